#!/usr/bin/env node
/**
 * The command `gregor`. Plain JavaScript, since the Node that runs it may be older than the 24 that the sources need (type
 * stripping, node:sqlite, zstd): in a clone a Node 24 lies in node_modules and takes over, elsewhere a sentence says what
 * to do. In a clone the sources run as they are; the published package has them compiled in dist/.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const nodeMajor = 24
const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../..')

/** The Node 24 that the clone's own development dependency brought, if it is there. */
function bundledNode() {
  const names = [
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ]
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  return names.map((name) => join(root, 'node_modules', name, 'bin', file)).find((path) => existsSync(path))
}

/** Runs this file again under another Node, as if it were this process. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; passed on, it would count as the second one, which forces.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.once('error', (fault) => {
    process.stderr.write(`${node} could not be started: ${fault.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM')
    process.kill(process.pid, signal)
  })
}

const isClone = existsSync(join(root, '.ci/install.mjs'))

function complain(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}

async function runHere() {
  module.enableCompileCache?.()
  try {
    const { main } = existsSync(join(here, 'main.ts'))
      ? await import('./main.ts')
      : await import('../../dist/cli/main.js')
    await main(process.argv.slice(2))
  } catch (fault) {
    if (fault.code !== 'ERR_MODULE_NOT_FOUND' || !isClone || process.env.GREGOR_DEBUG === '1') throw fault
    complain('What this clone needs is not installed yet. Run "node .ci/install.mjs" once (npm start does it too).')
  }
}

const major = Number(process.versions.node.split('.')[0])
const bundled = major >= nodeMajor ? undefined : bundledNode()
if (major >= nodeMajor) await runHere()
else if (bundled) runUnder(bundled)
else {
  const step = isClone
    ? 'Run "node .ci/install.mjs" once (npm start does it too): it brings a Node 24 for this folder.'
    : `Install Node ${nodeMajor} or later from https://nodejs.org, then try again.`
  complain(`Gregor needs Node ${nodeMajor} or later; this is ${process.versions.node}. ${step}`)
}
