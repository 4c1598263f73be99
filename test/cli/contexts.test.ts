import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ClusterOptions, clusterPlace } from '../../lib/cli/cluster.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'
import { gregor } from './scripted-terminal.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gregor-home-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const at = (...words: string[]) => gregor(words, { env: { HOME: home } })
const file = () => join(home, '.config/gregor/contexts.json')

describe('contexts', () => {
  test('the first one that is added is in use; another is chosen, listed and removed', async () => {
    expect(
      (await at('context', 'add', 'prod', '--url', 'https://api.example.com/v1/', '--header', 'x-api-key=s=1')).out,
    ).toBe('Context prod is https://api.example.com/v1. It is in use.\n')
    await at('context', 'add', 'test', '--url', 'localhost:1')
    expect((await at('context', 'use', 'test')).out).toContain('talk to test')
    expect(JSON.parse((await at('context', 'list', '--output', 'json')).out)).toEqual([
      { name: 'prod', url: 'https://api.example.com/v1', headers: ['x-api-key'], current: false },
      { name: 'test', url: 'http://localhost:1', headers: [], current: true },
    ])
    await at('context', 'remove', 'test')
    expect((await at('context', 'list')).out).toContain('prod')
    expect(JSON.parse((await at('context', 'list', '--output', 'json')).out)).toMatchObject([
      { name: 'prod', current: false },
    ])
  })

  test('are kept for their owner only, since a header may be a key, and are not shown', async () => {
    await at('context', 'add', 'prod', '--url', 'https://x', '--header', 'x-api-key=secret')
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect((await at('context', 'list')).out).not.toContain('secret')
    expect(readFileSync(file(), 'utf8')).toContain('secret')
  })

  test('respect XDG_CONFIG_HOME', async () => {
    await gregor(['context', 'add', 'a', '--url', 'http://x'], { env: { XDG_CONFIG_HOME: join(home, 'xdg') } })
    expect(statSync(join(home, 'xdg/gregor/contexts.json')).isFile()).toBe(true)
  })

  test('a name that nobody added, one that is none, and a file that is no JSON are each said', async () => {
    expect(await at('context', 'use', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no context nobody.'),
    })
    expect(await at('context', 'remove', 'toString')).toMatchObject({ code: 1 })
    expect(await at('context', 'add', 'a b', '--url', 'http://x')).toMatchObject({ code: 2 })
    expect(await at('context', 'add', 'a', '--url', 'http://x', '--header', 'a b=c')).toMatchObject({ code: 2 })
    await at('context', 'add', 'a', '--url', 'http://x')
    writeFileSync(file(), '{')
    expect(await at('context', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('are not JSON') })
  })
})

describe('the cluster that a command talks to', () => {
  const place = async (env: Record<string, string>, options: ClusterOptions = {}) =>
    (await clusterPlace({ env: { HOME: home, ...env } } as Partial<Terminal> as Terminal, options)).url

  test('is --url, else --context, else GREGOR_URL, else the context in use, else this machine', async () => {
    await at('context', 'add', 'one', '--url', 'http://one')
    await at('context', 'add', 'two', '--url', 'http://two')
    const env = { GREGOR_URL: 'http://environment/' }
    expect(await place(env, { url: 'http://option', context: 'two' })).toBe('http://option')
    expect(await place(env, { context: 'two' })).toBe('http://two')
    expect(await place(env)).toBe('http://environment')
    expect(await place({})).toBe('http://one')
    rmSync(file())
    expect(await place({})).toBe('http://127.0.0.1:8082')
  })

  test('is sent the headers of its context, and of no other', async () => {
    await at('context', 'add', 'prod', '--url', 'http://one', '--header', 'x-api-key=secret')
    const terminal = { env: { HOME: home } } as Partial<Terminal> as Terminal
    expect((await clusterPlace(terminal, {})).headers).toEqual({ 'x-api-key': 'secret' })
    expect((await clusterPlace(terminal, { url: 'http://elsewhere' })).headers).toEqual({})
  })

  test('is sent signed requests where it, or its context, says so', async () => {
    const url = 'https://abc.execute-api.eu-central-1.amazonaws.com'
    await at('context', 'add', 'aws', '--url', url, '--sigv4')
    await at('context', 'add', 'own', '--url', 'https://kafka.test', '--sigv4', '--region', 'eu-west-1')
    await at('context', 'add', 'open', '--url', 'http://open')
    const terminal = { env: { HOME: home } } as Partial<Terminal> as Terminal
    expect((await clusterPlace(terminal, {})).sign).toBeTypeOf('function')
    expect((await clusterPlace(terminal, { context: 'own' })).sign).toBeTypeOf('function')
    expect((await clusterPlace(terminal, { context: 'open' })).sign).toBeUndefined()
    expect((await clusterPlace(terminal, { url, sigv4: true })).sign).toBeTypeOf('function')
    expect((await clusterPlace(terminal, { url })).sign).toBeUndefined()
  })

  test('is not guessed a region for', async () => {
    for (const words of [
      ['context', 'add', 'own'],
      ['topic', 'list'],
    ]) {
      expect(await at(...words, '--url', 'https://kafka.test', '--sigv4')).toMatchObject({
        code: 2,
        err: expect.stringContaining('Give it with --region.'),
      })
      expect(await at(...words, '--url', 'https://kafka.test', '--region', 'eu-west-1')).toMatchObject({
        code: 2,
        err: expect.stringContaining('--region is for --sigv4.'),
      })
    }
  })

  test('is said to be wrong when GREGOR_URL is no URL or the context is unknown', async () => {
    const listed = (env: Record<string, string>, ...words: string[]) =>
      gregor(['topic', 'list', ...words], { env: { HOME: home, ...env } })
    expect(await listed({ GREGOR_URL: 'ftp://x' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('GREGOR_URL is not a URL: ftp://x'),
    })
    expect(await listed({}, '--context', 'gone')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no context gone.'),
    })
  })
})
