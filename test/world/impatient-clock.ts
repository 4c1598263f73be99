/** Time for tests of tries and deadlines: it passes when the code under test wants it to. */
import type { Clock } from '../../lib/base/clock.ts'

/**
 * Nobody waits here: a pause (a sleep without a signal) passes at once and moves the time; what can be called off, a
 * deadline, waits for `expire`. Otherwise the time stands still.
 */
export class ImpatientClock implements Clock {
  /** Every pause so far, ms. */
  readonly pauses: number[] = []
  #nowMs = 1_700_000_000_000
  readonly #deadlines = new Set<() => void>()

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) {
      this.pauses.push(ms)
      this.#nowMs += ms
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const end = () => {
        this.#deadlines.delete(end)
        resolve()
      }
      this.#deadlines.add(end)
      signal.addEventListener('abort', end, { once: true })
    })
  }

  jump(ms: number): void {
    this.#nowMs += ms
  }

  /** All deadlines that run now are over. */
  expire(): void {
    for (const end of [...this.#deadlines]) end()
  }
}
