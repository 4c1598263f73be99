/** Where lines come from: standard input, or a file whose size is known, so that progress can be shown. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { systemCode } from '../base/system-code.ts'
import { Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

export interface Input {
  /** The whole size, where it is known. */
  readonly bytes: number | undefined
  bytesRead(): number
  /** Ends early, without a fault, when the person interrupts. */
  chunks(): AsyncIterable<Uint8Array>
}

/** Large reads: fewer turns of the event loop, fuller requests. */
const readBytes = 256 * 1024

export async function openInput(terminal: Terminal, file: string | undefined): Promise<Input> {
  if (file !== undefined) return fromFile(terminal, resolve(terminal.folder, file))
  if (terminal.stdin.isTTY) terminal.stderr.write('A line is a record. Ctrl-D ends.\n')
  return { bytes: undefined, bytesRead: () => 0, chunks: () => untilInterrupted(terminal, terminal.stdin) }
}

async function fromFile(terminal: Terminal, path: string): Promise<Input> {
  const unreadable = (cause: unknown) =>
    new Failure(`${path} cannot be read (${systemCode(cause) ?? String(cause)}).`, {
      nextStep: 'Check the path after --file.',
      cause,
    })
  const found = await stat(path).catch((cause) => {
    throw unreadable(cause)
  })
  if (found.isDirectory()) throw new Failure(`${path} is a folder.`, { nextStep: 'Give --file a file of lines.' })
  const stream = createReadStream(path, { highWaterMark: readBytes })
  return {
    bytes: found.isFile() ? found.size : undefined,
    bytesRead: () => stream.bytesRead,
    async *chunks() {
      try {
        yield* untilInterrupted(terminal, stream)
      } catch (cause) {
        throw unreadable(cause)
      }
    },
  }
}

async function* untilInterrupted(terminal: Terminal, stream: Terminal['stdin']): AsyncGenerator<Uint8Array> {
  // Destroying the stream is what ends a read that waits for a person to type.
  const stop = () => stream.destroy()
  terminal.interrupted.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) yield chunk
  } catch (fault) {
    if (!terminal.interrupted.aborted) throw fault
  } finally {
    terminal.interrupted.removeEventListener('abort', stop)
  }
}
