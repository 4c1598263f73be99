/**
 * Sends a request until it is answered or patience runs out. One try is one request (the SDK's own retries are off), and a
 * write that may have happened is never sent again here: whether that is safe is for its caller to say.
 */
import type { Clock } from '../../../base/clock.ts'
import { withDeadline } from '../../../base/deadline.ts'
import type { Entropy } from '../../../base/entropy.ts'
import { jitterMs } from '../../../base/jitter.ts'
import { itemCallMsMax, itemPatienceMs, itemPauseMs, itemPauseMsMax, itemTriesMax } from '../../../base/limits.ts'
import { InvalidCall, OutcomeUnknown, StoreUnavailable } from '../../errors.ts'
import { failureOf } from './failure.ts'

export interface PatienceOptions {
  readonly clock: Clock
  readonly entropy: Entropy
  /** A try that is not answered within this many milliseconds is given up; default 3,000. */
  readonly callMsMax?: number
  /** No new try begins more than this many milliseconds after the first; default 10,000. */
  readonly patienceMs?: number
}

/** The tries of all requests of one table. */
export class Patience {
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #callMsMax: number
  readonly #patienceMs: number

  constructor({ clock, entropy, callMsMax = itemCallMsMax, patienceMs = itemPatienceMs }: PatienceOptions) {
    this.#clock = clock
    this.#entropy = entropy
    this.#callMsMax = callMsMax
    this.#patienceMs = patienceMs
  }

  /** Throws `StoreUnavailable` or `InvalidCall`; a read that may have happened did no harm and is tried again. */
  read<Result>(call: string, send: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#request(call, true, send)
  }

  /** Throws `OutcomeUnknown` at once when a try may have happened; else as `read`. */
  write<Result>(call: string, send: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#request(call, false, send)
  }

  /** Waits before the try after `tries`; false when there must be none. */
  async pause(tries: number, startedAtMs: number): Promise<boolean> {
    const pauseMs = jitterMs(this.#entropy, tries, itemPauseMs, itemPauseMsMax)
    if (tries >= itemTriesMax || this.#clock.now() + pauseMs > startedAtMs + this.#patienceMs) return false
    await this.#clock.sleep(pauseMs)
    return true
  }

  now(): number {
    return this.#clock.now()
  }

  async #request<Result>(
    call: string,
    harmless: boolean,
    send: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const startedAtMs = this.#clock.now()
    for (let tries = 1; ; tries++) {
      try {
        return await withDeadline(this.#clock, this.#callMsMax, send)
      } catch (error) {
        const failure = error instanceof InvalidCall ? 'invalid' : failureOf(error)
        if (failure === 'invalid')
          throw new InvalidCall(`${call}: ${error instanceof Error ? error.message : error}`, { cause: error })
        if (failure === 'unknown' && !harmless) throw new OutcomeUnknown(call, error)
        if (failure === 'refused' || !(await this.pause(tries, startedAtMs))) throw new StoreUnavailable(call, error)
      }
    }
  }
}
