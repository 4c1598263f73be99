/** A terminal whose input is given and whose output is kept: commands run in the test's own process. */
import { Readable, Writable } from 'node:stream'
import { systemClock } from '../../lib/base/system.ts'
import { run } from '../../lib/cli/main.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

class Kept extends Writable {
  text = ''
  readonly #onText: (text: string) => void

  constructor(onText: (text: string) => void) {
    super()
    this.#onText = onText
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += Buffer.from(chunk).toString()
    this.#onText(this.text)
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
  /** Called with all of standard output so far, whenever there is more. */
  readonly onOutput?: (text: string) => void
}

/** Runs one command line, as if typed in a folder of its own, to its end. */
export async function gregor(words: readonly string[], script: Script = {}): Promise<Outcome> {
  const stdout = new Kept(script.onOutput ?? (() => undefined))
  const stderr = new Kept(() => undefined)
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
