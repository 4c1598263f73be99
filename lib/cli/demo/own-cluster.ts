/** A cluster of the demo's own: a `gregor start` in a process of its own, as a person would start it. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Failure } from '../failure.ts'

export interface OwnCluster {
  readonly url: string
  readonly process: ChildProcess
  /** Stops it as Ctrl-C does; resolves when it has ended. */
  stop(): Promise<void>
}

const bin = fileURLToPath(new URL('../bin.mjs', import.meta.url))

/** Starts it with these words behind `gregor start`, on a free port; resolves when it is ready. */
export async function startOwnCluster(words: readonly string[]): Promise<OwnCluster> {
  const child = spawn(process.execPath, [bin, 'start', '--http-port', '0', '--output', 'json', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-saidMax)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = () => {
    process.removeListener('exit', kill)
    child.kill('SIGTERM')
    return ended
  }
  const ready = await Promise.race([firstLine(child.stdout), ended])
  if (ready === undefined)
    throw new Failure(`The demo's own cluster did not start: ${said.trim() || 'it said nothing'}`)
  return { url: (JSON.parse(ready) as { http: string }).http, process: child, stop }
}

/** As much of what it complains of as is worth repeating. */
const saidMax = 2_000

/** What follows is read as well, and dropped: a full pipe would stop the other end. */
function firstLine(stream: Readable): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    stream.on('data', (chunk) => {
      if (text.includes('\n')) return
      text += chunk
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}
