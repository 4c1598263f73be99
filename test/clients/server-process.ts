/** A server that a run starts: it has an address for clients, a process whose load can be read, and it is stopped by its id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { folderOf } from './cache.ts'

export interface ServerProcess {
  /** What clients are given: `127.0.0.1:PORT`. */
  readonly bootstrap: string
  readonly pid: number
  stop(): Promise<void>
}

/** A child whose standard error (and output, unless `out` takes it) goes to a file of that name in the cache. */
export function startProcess(
  name: string,
  [command = '', ...args]: readonly string[],
  { env = {}, out = 'log' }: { readonly env?: Readonly<Record<string, string>>; readonly out?: 'log' | 'pipe' } = {},
): ChildProcess {
  const log = openSync(join(folderOf('logs'), `${name}.log`), 'w')
  const stdout = out === 'pipe' ? 'pipe' : log
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', stdout, log] })
  closeSync(log)
  child.once('error', (fault) => console.error(`${name} cannot be run: ${fault.message}`))
  return child
}

/** Asks it to end, and makes it after `msMax`. */
export async function stopProcess(child: ChildProcess, msMax = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('close', done))
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), msMax)
  await ended
  clearTimeout(stubborn)
}

/** Waits until somebody accepts connections at a port of 127.0.0.1. Throws when the child ends before that. */
export async function accepting(child: ChildProcess, port: number, msMax = 60_000): Promise<void> {
  for (const started = performance.now(); !(await accepts(port)); await pause(50)) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    if (performance.now() - started > msMax) throw new Error(`the server was not up after ${msMax} ms`)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
