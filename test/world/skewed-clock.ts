import type { Clock } from '../../lib/base/clock.ts'

/** A clock that is wrong by some time, and may be set: what it says jumps, what sleeps on it does not. */
export class SkewedClock implements Clock {
  readonly #true: Clock
  skewMs = 0

  constructor(trueClock: Clock) {
    this.#true = trueClock
  }

  now = () => this.#true.now() + this.skewMs
  sleep = (ms: number, signal?: AbortSignal) => this.#true.sleep(ms, signal)
}
