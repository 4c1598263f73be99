/**
 * When what is read from a socket may have come, at the earliest. A process that stood still, or did something else for
 * long, reads at once what was sent to it meanwhile: by clients that may have given up, asked another gateway, and gone on
 * from its answer. What this process sees of a clock then says nothing of when they asked.
 *
 * So it beats. Between two beats everything that had come is read; the first beat after a standstill may be before that is
 * read, so that what is read now came after the last beat but one.
 */
import type { Clock } from '../base/clock.ts'
import { pulseMs } from '../base/limits.ts'

export class Pulse {
  readonly #clock: Clock
  #lastMs: number
  #lastButOneMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lastMs = clock.now()
    this.#lastButOneMs = this.#lastMs
  }

  /** ms since the epoch. */
  get earliestMs(): number {
    return this.#lastButOneMs
  }

  /** Until it is stopped. */
  async beat(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#clock.sleep(pulseMs, stopped)
      this.#lastButOneMs = this.#lastMs
      this.#lastMs = this.#clock.now()
    }
  }
}
