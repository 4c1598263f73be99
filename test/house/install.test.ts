/** The installer in a clone of its own, with an npm that does as it is told. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
let clone: string

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'gregor-clone-'))
  mkdirSync(join(clone, '.ci/node-runtime'), { recursive: true })
  copyFileSync(join(root, '.ci/install.mjs'), join(clone, '.ci/install.mjs'))
  for (const file of ['package.json', 'package-lock.json', '.ci/node-runtime/package.json'])
    writeFileSync(join(clone, file), '{}')
})
afterEach(() => rmSync(clone, { recursive: true }))

/** An npm that notes its words, complains and ends as told: `codes` for one call after the other, the last for all others. */
function install(complaint = '', ...codes: number[]) {
  const npm = join(clone, 'npm-cli.js')
  const source = `const { appendFileSync, mkdirSync, readFileSync } = require('node:fs')
mkdirSync('node_modules', { recursive: true })
appendFileSync('node_modules/left', 'by a call')
appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n')
process.stderr.write(${JSON.stringify(complaint)})
const codes = ${JSON.stringify(codes)}
appendFileSync('this-run', '.')
process.exit(codes[Math.min(readFileSync('this-run').length, codes.length) - 1])`
  rmSync(join(clone, 'this-run'), { force: true })
  writeFileSync(npm, source)
  const env = { ...process.env, npm_execpath: npm }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, '.ci/install.mjs')], {
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

const calls = () =>
  existsSync(join(clone, 'calls')) ? readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n') : []

describe('the installer', () => {
  test('calls npm once, and not again while nothing has changed', () => {
    expect(install()).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('Installing') })
    expect(install()).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(calls()).toHaveLength(1)
    expect(calls()[0]).toMatch(/^install --no-save /)
  })

  test.each(['package.json', 'package-lock.json', '.ci/node-runtime/package.json'])(
    'calls npm again when %s has changed',
    (file) => {
      install()
      writeFileSync(join(clone, file), '{"changed":true}')
      install()
      expect(calls()).toHaveLength(2)
    },
  )

  test('calls npm again when node_modules was deleted, or when it failed before', () => {
    install('npm error code ENOSPC', 1)
    install()
    rmSync(join(clone, 'node_modules'), { recursive: true })
    install()
    expect(calls()).toHaveLength(3)
  })

  test('begins once more from nothing where npm itself stumbles in a fresh clone, and only there', () => {
    expect(install('npm error code ENOENT', 1, 0)).toMatchObject({ status: 0 })
    expect(calls()).toHaveLength(2)
    expect(readFileSync(join(clone, 'node_modules/left'), 'utf8')).toBe('by a call')
    // What was installed once is its owner's: nothing of it is deleted.
    writeFileSync(join(clone, 'package.json'), '{"changed":true}')
    expect(install('npm error code ENOENT', 1, 0)).toMatchObject({ status: 1 })
    expect(calls()).toHaveLength(3)
  })

  test.each([
    ['no network', 'npm error code ENOTFOUND', 'Check the network'],
    ['a full disk', 'npm error code ENOSPC', 'Free some space'],
    ['a folder that is closed', 'npm error code EACCES', 'Make the folder yours'],
    ['anything else', 'npm error something odd', 'something odd'],
  ])('says what to do about %s', (_, complaint, step) => {
    const { status, stdout, stderr } = install(complaint, 1)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(step)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('the command under an older Node', () => {
  /** Says that it is 20, once: what it starts is the Node that it is. */
  const older =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})'
  const gregor = (bin: string) =>
    spawnSync(process.execPath, ['--import', older, bin, '--version'], { encoding: 'utf8' })

  test('hands over to the Node of its clone', (context) => {
    if (!existsSync(join(root, 'node_modules/.bin/node'))) return context.skip('no Node is packaged for this platform')
    expect(gregor(join(root, 'lib/cli/bin.mjs'))).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test('says what to do in a clone where nothing is installed', () => {
    copyFileSync(join(root, 'package.json'), join(clone, 'package.json'))
    cpSync(join(root, 'lib'), join(clone, 'lib'), { recursive: true })
    const { status, stderr } = spawnSync(process.execPath, [join(clone, 'lib/cli/bin.mjs'), 'topic', 'list'], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'What this clone needs is not installed yet. Run "node .ci/install.mjs" once (npm start does it too).\n',
    })
  })

  test('says what to do where there is none', () => {
    mkdirSync(join(clone, 'lib/cli'), { recursive: true })
    copyFileSync(join(root, 'lib/cli/bin.mjs'), join(clone, 'lib/cli/bin.mjs'))
    expect(gregor(join(clone, 'lib/cli/bin.mjs'))).toMatchObject({
      status: 1,
      stderr:
        'Gregor needs Node 24 or later; this is 20.1.0. Run "node .ci/install.mjs" once (npm start does it too): it brings a Node 24 for this folder.\n',
    })
  })
})
