/**
 * Records to standard output: many to a write when they come fast, each at once when they come slowly. A record counts as
 * printed when the stream has taken it; only then may its offset be committed.
 */
import type { ConsumerRecord } from '../client/client-types.ts'
import { written } from './output.ts'
import { type RecordFormat, recordLine } from './record-line.ts'
import type { Terminal } from './terminal.ts'

/** As much as goes into one write; a pipe takes 64 KiB at a time. */
const writeBytes = 64 * 1024

export class RecordPrinter {
  readonly #terminal: Terminal
  readonly #format: RecordFormat
  readonly #onPrinted: (records: readonly ConsumerRecord[]) => Promise<void>
  #lines: Buffer[] = []
  #records: ConsumerRecord[] = []
  #bytes = 0
  #soon: NodeJS.Immediate | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(
    terminal: Terminal,
    format: RecordFormat,
    onPrinted: (records: readonly ConsumerRecord[]) => Promise<void>,
  ) {
    this.#terminal = terminal
    this.#format = format
    this.#onPrinted = onPrinted
  }

  /** Resolves at once, or when the stream has room again. Throws what an earlier write or its `onPrinted` threw. */
  async print(record: ConsumerRecord): Promise<void> {
    const line = recordLine(record, this.#format)
    this.#lines.push(line)
    this.#records.push(record)
    this.#bytes += line.length
    if (this.#bytes >= writeBytes) return this.flush()
    this.#soon ??= setImmediate(() => {
      // Its fault is thrown by the next print or flush, which wait for it.
      this.flush().catch(() => undefined)
    })
  }

  /** Resolves when all that was printed so far has been written. */
  flush(): Promise<void> {
    clearImmediate(this.#soon)
    this.#soon = undefined
    const [lines, records] = [this.#lines, this.#records]
    if (lines.length > 0) {
      this.#lines = []
      this.#records = []
      this.#bytes = 0
      this.#writing = this.#writing.then(async () => {
        await written(this.#terminal.stdout, Buffer.concat(lines))
        await this.#onPrinted(records)
      })
      this.#writing.catch(() => undefined)
    }
    return this.#writing
  }
}
