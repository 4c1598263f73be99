/** A `gregor start` as a person runs it: a process of its own, on free ports, that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const bin = resolve(import.meta.dirname, '../../lib/cli/bin.mjs')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** A command in a process of its own. */
export class GregorProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  out = ''
  err = ''

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [bin, ...words], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk) => {
      this.out += chunk
    })
    this.child.stderr?.on('data', (chunk) => {
      this.err += chunk
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal, out: this.out, err: this.err }))
  }

  /** The first line of standard output; throws when it ends without one. */
  async firstLine(): Promise<string> {
    while (!this.out.includes('\n')) {
      const more = once(this.child.stdout ?? this.child, 'data').then(() => true)
      const goesOn = await Promise.race([more, this.ended.then(() => false)])
      if (!goesOn && !this.out.includes('\n')) throw new Error(`it ended: ${this.err}`)
    }
    return this.out.slice(0, this.out.indexOf('\n'))
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }
}

export interface StartedGregor {
  readonly process: GregorProcess
  readonly url: string
  /** `127.0.0.1:9092`. */
  readonly kafka: string
}

/** `gregor start` with these words, ready. */
export async function startGregor(...words: string[]): Promise<StartedGregor> {
  const started = new GregorProcess(['start', '--http-port', '0', '--kafka-port', '0', '--output', 'json', ...words])
  const ready = JSON.parse(await started.firstLine()) as { http: string; kafka: string }
  return { process: started, url: ready.http, kafka: ready.kafka }
}
