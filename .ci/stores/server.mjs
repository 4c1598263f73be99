/**
 * What every stand-in's starter needs: a free port, one npm package in `.stores`, and a server process that is up when
 * it accepts connections and gone, by its own process id, when it is stopped.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'

/** Where stand-ins are installed; ignored by git. */
export const folder = resolve(import.meta.dirname, '../../.stores')

/** A reason in words why a stand-in cannot be had on this machine. */
export class Unavailable extends Error {
  name = 'Unavailable'
}

/** Installs exactly `name@version` into `.stores` unless it is there; answers its folder. */
export function installPackage(name, version) {
  mkdirSync(folder, { recursive: true })
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true, "type": "commonjs" }\n')
  const home = join(folder, 'node_modules', name)
  if (versionIn(home) === version) return home
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const call = [...npm, 'install', '--prefix', folder, '--save-exact', '--no-audit', '--no-fund', `${name}@${version}`]
  try {
    execFileSync(call[0], call.slice(1), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (fault) {
    throw new Unavailable(
      `npm could not install ${name}@${version}: ${String(fault.stderr ?? fault)
        .trim()
        .slice(-400)}`,
    )
  }
  return home
}

function versionIn(home) {
  const manifest = join(home, 'package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts a server and waits until `port` accepts connections; its output goes to `.stores/<name>.log`. Throws when it
 * ends before that or is not up within `upMsMax`.
 */
export async function startServer({ name, command, args, port, env = process.env, cwd = folder, upMsMax = 60_000 }) {
  const log = openSync(join(folder, `${name}.log`), 'w')
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log] })
  const ended = new Promise((resolve) => {
    child.once('error', (fault) => resolve(fault.message))
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`))
  })
  let reason
  ended.then((why) => {
    reason = why
  })
  const stop = async () => {
    if (reason !== undefined) return
    child.kill('SIGTERM')
    const stubborn = setTimeout(() => child.kill('SIGKILL'), 3_000)
    await ended
    clearTimeout(stubborn)
  }
  for (const started = Date.now(); !(await accepts(port)); await pause(50)) {
    if (reason === undefined && Date.now() - started < upMsMax) continue
    await stop()
    throw new Error(`${name} did not start: ${reason ?? `not up after ${upMsMax} ms`}; see .stores/${name}.log`)
  }
  return stop
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true) || socket.destroy())
    socket.once('error', () => resolve(false))
  })
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
