/**
 * Waiting for records. An append of this process wakes its waiters at once; appends of other processes are found by asking
 * for the heads with a growing pause. A wake-up is a hint: whoever is woken reads, and may have to wait again.
 *
 * Cost of polling: with the defaults one wait of 500 ms (Kafka's fetch.max.wait.ms) asks 3 times, half a read unit a
 * partition each; 8 hours of an idle consumer on one partition are 86,400 half units, half a cent. A process that owns all
 * writers (`polls: false`, the local cluster) asks at most once a wait.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { watchersMax, watchPauseMsMax, watchPauseMsMin } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { deletedEpoch, type Head, parseHead } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import { headKey, partitionKey } from './keys.ts'

/** Woken when the partition's log end passes `offset`: give the high watermark that the last read answered. */
export interface WatchPosition {
  readonly partition: PartitionId
  readonly offset: Offset
}

interface Watcher {
  readonly offset: Offset
  readonly wake: () => void
}

export interface WatchParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly hints: HeadHints
  /** False where no other process writes. Default true. */
  readonly polls?: boolean
}

export class Watch {
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #hints: HeadHints
  readonly #polls: boolean
  readonly #watchers = new Map<string, Set<Watcher>>()
  #count = 0

  constructor({ meta, clock, hints, polls = true }: WatchParts) {
    this.#meta = meta
    this.#clock = clock
    this.#hints = hints
    this.#polls = polls
  }

  /** To be called with each newer head that this process's writes bring. */
  appended(partition: PartitionId, head: Head): void {
    this.#hints.put(partition, head)
    for (const watcher of this.#watchers.get(partitionKey(partition)) ?? []) {
      if (passes(head, watcher.offset)) watcher.wake()
    }
  }

  /** True: the log end has passed `offset`, or the topic is gone. False: after `waitMs`, or when the signal is aborted. */
  awaitBeyond(partition: PartitionId, offset: Offset, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.awaitAny([{ partition, offset }], waitMs, signal)
  }

  /** As `awaitBeyond`, for the first of several partitions; the heads of one round are asked for together. */
  async awaitAny(positions: readonly WatchPosition[], waitMs: number, signal?: AbortSignal): Promise<boolean> {
    if (waitMs <= 0 || signal?.aborted) return this.#knownBeyond(positions)
    const woken = new AbortController()
    let beyond = false
    const wake = () => {
      beyond = true
      woken.abort()
    }
    const cancel = () => woken.abort()
    signal?.addEventListener('abort', cancel, { once: true })
    const unregister = this.#register(positions, wake)
    try {
      // After registering, so that no append falls between the look and the wait.
      if (this.#knownBeyond(positions)) return true
      await this.#poll(positions, waitMs, woken.signal, wake)
      return beyond
    } finally {
      unregister()
      signal?.removeEventListener('abort', cancel)
    }
  }

  async #poll(
    positions: readonly WatchPosition[],
    waitMs: number,
    signal: AbortSignal,
    wake: () => void,
  ): Promise<void> {
    let restMs = waitMs
    let pauseMs = watchPauseMsMin
    // Where nobody polls, a partition that this process has not heard of is asked for once.
    if (!this.#polls && positions.some(({ partition }) => !this.#hints.get(partition))) {
      if (await this.#askBeyond(positions)) return wake()
    }
    while (!signal.aborted && restMs > 0) {
      const begunMs = this.#clock.now()
      const sleepMs = this.#polls ? Math.min(pauseMs, restMs) : restMs
      await this.#clock.sleep(sleepMs, signal)
      // The reader that called reads once more when the time is over: no need to ask here as well.
      if (signal.aborted || restMs <= sleepMs) return
      if (this.#polls && (await this.#askBeyond(positions))) return wake()
      // What was slept is over, whatever the clock says: one that is set back must not make the wait longer.
      restMs -= Math.max(sleepMs, this.#clock.now() - begunMs)
      pauseMs = Math.min(pauseMs * 2, watchPauseMsMax)
    }
  }

  async #askBeyond(positions: readonly WatchPosition[]): Promise<boolean> {
    try {
      const items = await this.#meta.getMany(positions.map(({ partition }) => headKey(partition)))
      let beyond = false
      for (const [index, { partition, offset }] of positions.entries()) {
        const item = items[index]
        if (!item) continue
        const head = parseHead(item)
        this.#hints.put(partition, head)
        if (passes(head, offset)) beyond = true
      }
      return beyond
    } catch (fault) {
      // A store that does not answer is asked again after a longer pause; the read that follows reports it.
      if (fault instanceof StoreUnavailable || fault instanceof OutcomeUnknown) return false
      throw fault
    }
  }

  #knownBeyond(positions: readonly WatchPosition[]): boolean {
    return positions.some(({ partition, offset }) => {
      const hint = this.#hints.get(partition)
      return hint !== undefined && passes(hint.head, offset)
    })
  }

  /** Past the limit a waiter is not registered and only polls. */
  #register(positions: readonly WatchPosition[], wake: () => void): () => void {
    if (this.#count + positions.length > watchersMax) return () => {}
    const added = positions.map(({ partition, offset }) => {
      const key = partitionKey(partition)
      const watcher: Watcher = { offset, wake }
      const watchers = this.#watchers.get(key) ?? new Set<Watcher>()
      this.#watchers.set(key, watchers.add(watcher))
      return { key, watchers, watcher }
    })
    this.#count += added.length
    return () => {
      this.#count -= added.length
      for (const { key, watchers, watcher } of added) {
        watchers.delete(watcher)
        if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key)
      }
    }
  }
}

const passes = (head: Head, offset: Offset) => head.next > offset || head.epoch === deletedEpoch
