/** A terminal whose input is given and whose output is kept: commands run in the test's own process. */
import { Readable, Writable } from 'node:stream'
import { systemClock } from '../../lib/base/system.ts'
import { run } from '../../lib/cli/main.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

class Kept extends Writable {
  text = ''
  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += Buffer.from(chunk).toString()
    done()
  }
}

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Script {
  readonly input?: string | Readable
  readonly env?: Readonly<Record<string, string>>
  readonly interrupted?: AbortSignal
}

/** Runs one command line, as if typed in a folder of its own, to its end. */
export async function gregor(words: readonly string[], script: Script = {}): Promise<Outcome> {
  const stdout = new Kept()
  const stderr = new Kept()
  const terminal: Terminal = {
    stdin:
      script.input instanceof Readable
        ? script.input
        : Readable.from(script.input === undefined ? [] : [Buffer.from(script.input)]),
    stdout,
    stderr,
    // No home: contexts of whoever runs the tests must not matter.
    env: { HOME: '/nonexistent', ...script.env },
    folder: process.cwd(),
    clock: systemClock,
    interrupted: script.interrupted ?? new AbortController().signal,
  }
  const code = await run(words, terminal)
  return { code, out: stdout.text, err: stderr.text }
}
