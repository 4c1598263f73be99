/**
 * What happened, in lines: written only when somebody will read it, since a world without a violation has no story. The
 * lines are numbered by the world's time, which is the seed's: two runs of one seed tell the same story, byte for byte.
 */
import type { Clock } from '../../lib/base/clock.ts'

/** Lines that are kept; of a longer story the beginning is left out. */
const linesMax = 4_000

export class Story {
  readonly #clock: Clock
  readonly #startMs: number
  readonly isTold: boolean
  readonly #lines: string[] = []

  constructor(clock: Clock, isTold: boolean) {
    this.#clock = clock
    this.#startMs = clock.now()
    this.isTold = isTold
  }

  /** `line` is made only where the story is told. */
  tell(line: () => string): void {
    if (!this.isTold) return
    this.#lines.push(`${String(this.#clock.now() - this.#startMs).padStart(7)} ms  ${line()}`)
    if (this.#lines.length > linesMax) this.#lines.shift()
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
