/**
 * What a command sees of the process that runs it: streams, environment, time. Commands take a `Terminal` and nothing else
 * from the process, so a test runs them in its own process and reads what they wrote.
 */
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/system.ts'

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths are relative to. */
  readonly folder: string
  /** Milliseconds since the Unix epoch, and sleep. */
  readonly clock: Clock
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process. Commands stop cleanly on it. */
  readonly interrupted: AbortSignal
}

/** One Ctrl-C arrives twice under `npm start`: from the terminal, and passed on by npm. */
const sameInterruptMs = 500

/** Who has pressed Ctrl-C and sees nothing happen for so long must be told what goes on: a cluster may not answer. */
const patienceMs = 2_000

/** This process as a terminal. Call it once: it takes over SIGINT and SIGTERM. */
export function processTerminal(): Terminal {
  const interrupt = new AbortController()
  let interruptedAt = 0
  const stop = (signal: NodeJS.Signals) => {
    const now = systemClock.now()
    if (!interrupt.signal.aborted) {
      interruptedAt = now
      interrupt.abort()
      setTimeout(
        () => process.stderr.write('Still at what was begun; Ctrl-C again stops at once.\n'),
        patienceMs,
      ).unref()
    } else if (now - interruptedAt > sameInterruptMs) {
      process.stderr.write('Stopped at once.\n')
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // `gregor consume t | head` closes the pipe: that is how a reader says "enough", not a fault.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (fault.code === 'EPIPE') process.exit(0)
    process.stderr.write(`Standard output cannot be written to (${fault.code}).\nIs its disk full?\n`)
    process.exit(1)
  })
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    folder: process.cwd(),
    clock: systemClock,
    interrupted: interrupt.signal,
  }
}
