/**
 * Tries a request until it is answered, refused, or patience runs out. Every request that comes here is safe to send
 * twice, and what became of its earlier tries is told to the next one and to the caller.
 */
import type { Clock } from '../../../base/clock.ts'
import { withDeadline } from '../../../base/deadline.ts'
import type { Entropy } from '../../../base/entropy.ts'
import { jitterMs } from '../../../base/jitter.ts'
import {
  objectBytesPerMsMin,
  objectCallMsMax,
  objectPauseMs,
  objectPauseMsMax,
  objectTriesMax,
} from '../../../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../errors.ts'
import { failureOf } from './failure.ts'

/** What a request is, as far as its tries go. */
export interface Request {
  /** What is done, for the error's sentence. */
  readonly call: string
  /** A request that only reads, or whose effect nobody sees: what became of it is never in doubt. */
  readonly harmless?: boolean
  /** Bytes sent: a large body is given more time. */
  readonly byteLength?: number
}

/** What one try is told. */
export interface Try {
  /** Aborted when this try has taken too long. */
  readonly signal: AbortSignal
  /** Begins the time of this try anew, for an answer with this many bytes. */
  readonly allow: (byteLength: number) => void
  /** True when an earlier try of this request may have happened. */
  readonly afterUnknown: boolean
}

/** The tries of all requests of one bucket. */
export class Patience {
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #patienceMs: number

  /** No new try begins more than `patienceMs` after the first. */
  constructor(clock: Clock, entropy: Entropy, patienceMs: number) {
    this.#clock = clock
    this.#entropy = entropy
    this.#patienceMs = patienceMs
  }

  /**
   * What `send` answers. Expected refusals (absent, exists) are answers of `send`; what it throws is judged here.
   * Throws `StoreUnavailable` or, when a request that changes something may have happened, `OutcomeUnknown`.
   */
  async request<T>(request: Request, send: (attempt: Try) => Promise<T>): Promise<T> {
    const { call, harmless = false, byteLength = 0 } = request
    const giveUpAt = this.#clock.now() + this.#patienceMs
    let afterUnknown = false
    for (let tries = 1; ; tries++) {
      try {
        return await withDeadline(this.#clock, callMs(byteLength), (signal, allow) =>
          send({ signal, allow: (bytes) => allow(callMs(bytes)), afterUnknown }),
        )
      } catch (error) {
        const failure = failureOf(error)
        if (failure === 'unknown' && !harmless) afterUnknown = true
        const pauseMs = jitterMs(this.#entropy, tries, objectPauseMs, objectPauseMsMax)
        if (failure === 'refused' || tries === objectTriesMax || this.#clock.now() + pauseMs > giveUpAt) {
          throw afterUnknown ? new OutcomeUnknown(call, error) : new StoreUnavailable(call, error)
        }
        await this.#clock.sleep(pauseMs)
      }
    }
  }
}

const callMs = (byteLength: number) => objectCallMsMax + byteLength / objectBytesPerMsMin
