/**
 * When a flush leaves: after its linger, or as soon as it is full. A local one, which does not linger, waits a little longer
 * where all its senders are about to send more: two batches in one flush are one update.
 */
import type { Clock } from '../base/clock.ts'
import { gatherBytesMax, gatherBytesMin, gatherLongerBytesMin } from '../base/limits.ts'

export interface DepartureOptions {
  /** How long the first batch of a flush waits for others, ms. 0: for what is in the same turn of the event loop. */
  readonly lingerMs: number
  /**
   * A flush also leaves when nothing has come for so long, ms, if the one before it left at least `lingerMs` ago. Default: it
   * lingers to the end. Either way at most one flush leaves in `lingerMs`.
   */
  readonly quietMs?: number
  /**
   * A flush of at least `gatherBytesMin`, whose batches' senders all have more to send, waits for that: so long, ms, at most,
   * with less than `gatherLongerBytesMin` for a millisecond; `gatherBytesMax` end it as well. Default 0: it does not.
   */
  readonly gatherMs?: number
  /** Bytes of one flush; a batch that is larger is a flush of its own. */
  readonly flushBytesMax: number
}

/** The flush that is gathering, as it is now. */
export interface GatheringFlush {
  readonly bytes: () => number
  /** None of its senders stands still until it is answered. */
  readonly moreIsDue: () => boolean
  /** It may have nothing in it by then, or may not leave. Then `schedule` is called again when it has and may. */
  readonly leave: () => void
}

export class Departure {
  readonly #clock: Clock
  readonly #options: DepartureOptions
  readonly #flush: GatheringFlush
  #isScheduled = false
  #lingering: AbortController | undefined
  /** Batches that ever came: that none did shows by it. */
  #came = 0
  #leftMs = Number.NEGATIVE_INFINITY
  /** While a flush waits for what its senders have under way besides. */
  #gathersSinceMs: number | undefined
  #hasTimer = false

  constructor(clock: Clock, options: DepartureOptions, flush: GatheringFlush) {
    this.#clock = clock
    this.#options = options
    this.#flush = flush
  }

  /** A batch more is in it. */
  came(): void {
    this.#came++
  }

  /** A flush has left. */
  left(): void {
    this.#leftMs = this.#clock.now()
  }

  /** Ends its linger. */
  hurry(): void {
    this.#lingering?.abort(null)
  }

  /** It has something in it and may leave: it will, in a later turn. As often as one likes. */
  schedule(): void {
    // It still waits for more of its senders.
    if (this.#gathersSinceMs !== undefined && this.#mayGather()) return
    const full = this.#flush.bytes() >= this.#options.flushBytesMax
    if (this.#isScheduled) {
      if (full) this.hurry()
      return
    }
    this.#isScheduled = true
    const lingerMs = full ? 0 : this.#options.lingerMs
    // Nobody cuts short what waits for nothing, and a controller for every flush is dear.
    if (lingerMs > 0) this.#lingering = new AbortController()
    const ended = this.#lingering ? this.#lingered(lingerMs, this.#lingering.signal) : this.#clock.sleep(0)
    ended.then(() => {
      this.#isScheduled = false
      this.#lingering = undefined
      // Whoever comes next schedules again.
      if (this.#mayGather()) this.#gather()
      else this.#leave()
    })
  }

  async #lingered(lingerMs: number, signal: AbortSignal): Promise<void> {
    const { quietMs = lingerMs } = this.#options
    for (let sleptMs = 0; sleptMs < lingerMs && !signal.aborted; sleptMs += quietMs) {
      const came = this.#came
      await this.#clock.sleep(Math.min(quietMs, lingerMs - sleptMs), signal)
      const sinceLeftMs = this.#clock.now() - this.#leftMs
      // A clock that was set back says nothing.
      if (this.#came === came && sinceLeftMs >= lingerMs) return
    }
  }

  #leave(): void {
    this.#gathersSinceMs = undefined
    this.#flush.leave()
  }

  #mayGather(): boolean {
    const { gatherMs = 0 } = this.#options
    if (gatherMs <= 0) return false
    const bytes = this.#flush.bytes()
    return bytes >= gatherBytesMin && bytes < gatherBytesMax && this.#flush.moreIsDue()
  }

  /** One timer at a time, for flush after flush: one a flush would cost more than many a flush does. */
  #gather(): void {
    this.#gathersSinceMs ??= this.#clock.now()
    if (this.#hasTimer) return
    this.#hasTimer = true
    this.#endGathering(this.#gatherMs)
  }

  get #gatherMs(): number {
    const { gatherMs = 0 } = this.#options
    return this.#flush.bytes() < gatherLongerBytesMin ? Math.min(gatherMs, 1) : gatherMs
  }

  #endGathering(afterMs: number): void {
    this.#clock.sleep(afterMs).then(() => {
      if (this.#gathersSinceMs !== undefined) {
        const leftMs = this.#gatherMs - (this.#clock.now() - this.#gathersSinceMs)
        // A clock that was set back would make it long.
        if (leftMs > 0 && leftMs <= this.#gatherMs) return this.#endGathering(leftMs)
        this.#leave()
      }
      this.#hasTimer = false
    })
  }
}
