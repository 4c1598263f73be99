/**
 * When a partition's next update goes out. At most one is in flight, so a batch whose bytes are durable a moment after it has
 * gone waits for all of it and for its own: of a producer's five requests in flight some would always be late, and three
 * groups of them take turns where two could. So an update waits a little for bytes that are about to be durable. It waits for
 * nothing that is not due, and never where a store answers within a few milliseconds.
 */
import type { Clock } from '../base/clock.ts'
import { callOff } from '../base/deadline.ts'
import { gatherShareOfUpdate } from '../base/limits.ts'
import type { Flush, Placed } from './batch.ts'
import { nameTime } from './pointer.ts'

/** A longer time is believed slowly, since it may hold waiting for something else; a shorter one at once. */
const eased = (knownMs: number, seenMs: number) =>
  seenMs <= knownMs || knownMs === 0 ? seenMs : knownMs + (seenMs - knownMs) / 16

export class UpdatePace {
  readonly #clock: Clock
  #putMs = 0
  #updateMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for the bytes of the first batch that `queue` answers, and a little for those that are due. Never rejects. */
  async gathered(queue: () => readonly Placed[]): Promise<void> {
    const first = queue()[0]?.flush
    if (first === undefined) return
    const mustWait = first.result() === undefined
    await first.put
    if (mustWait) this.#putMs = eased(this.#putMs, this.#ageMs(first))
    const waitMsMax = Math.floor(this.#updateMs * gatherShareOfUpdate)
    if (waitMsMax < 1 || this.#due(queue(), waitMsMax) === undefined) return
    const over = new AbortController()
    let isOver = false
    const end = this.#clock.sleep(waitMsMax, over.signal).then(() => {
      isOver = true
    })
    for (let due = this.#due(queue(), waitMsMax); due !== undefined && !isOver; due = this.#due(queue(), waitMsMax)) {
      await Promise.race([due.put, end])
    }
    callOff(over)
  }

  /** Runs what ends with an update, and learns how long that takes. */
  async timed(append: () => Promise<void>): Promise<void> {
    const startedMs = this.#clock.now()
    await append()
    this.#updateMs = eased(this.#updateMs, Math.max(0, this.#clock.now() - startedMs))
  }

  /** The first flush whose bytes are still being put, if they should be durable within `waitMs` from now. */
  #due(queue: readonly Placed[], waitMs: number): Flush | undefined {
    const next = queue.find(({ flush }) => flush.result() === undefined)?.flush
    return next !== undefined && Math.abs(this.#putMs - this.#ageMs(next)) <= waitMs ? next : undefined
  }

  /** A flush is named when its put begins. */
  #ageMs({ name }: Flush): number {
    return Math.max(0, this.#clock.now() - nameTime(name))
  }
}
