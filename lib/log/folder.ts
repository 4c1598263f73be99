/**
 * One partition's folds in this process: at most one page put at a time, and a drop that waits for the next append to
 * carry it, so that folding costs one write unit in sixteen appends and no update of its own.
 *
 * Whoever stands still after an answer (`foldsFirst`: a function) would keep its caller waiting for both. It folds with its
 * next append instead: the page is put while the bytes are, and the drop goes with the very update. Should that append never
 * come, a new process folds for it, which finds the head heavy before its first append; or, among many, the next that is due.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { othersExpectedAppends } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { type Drop, dropUpdate } from './attempt.ts'
import { foldIsDue, isHeavy, type Keep, keepContended, keepUsual, putPage } from './fold.ts'
import { type Head, parseHead } from './head.ts'
import { headKey } from './keys.ts'

export interface FolderParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly foldsFirst: boolean
  /** What should never happen must be seen by somebody. */
  readonly onBug: (fault: unknown) => void
}

export class Folder {
  readonly #parts: FolderParts
  readonly #id: PartitionId
  #drop: Drop | undefined
  /** Where a tail began whose page another process had put: its drop is left to that process, once. */
  #leftToOther: Offset | undefined
  /** So many more appends of this process count other writers in. */
  #othersExpected = othersExpectedAppends
  /** Not only expected: where they are, the head grows too fast for a fold to wait. */
  #hasMetOthers = false
  #putting: Promise<void> | undefined
  /** Where a tail began that this process is to fold with its next append. At its first it folds whatever is heavy. */
  #postponed: Offset | 'any' | undefined = 'any'

  constructor(parts: FolderParts, id: PartitionId) {
    this.#parts = parts
    this.#id = id
  }

  /** The drop that an append from this view may carry. */
  dropFor(head: Head): Drop | undefined {
    const drop = this.#drop
    if (!drop) return undefined
    if (drop.tailStart !== head.tailStart) {
      this.#drop = undefined
      return undefined
    }
    // What the view already shows to be in vain is left out; the clauses guard the rest.
    return {
      ...drop,
      evictions: drop.evictions.filter(({ producerId, lastBatch }) => head.lastBatches[producerId] === lastBatch),
    }
  }

  /** This process has appended, and has met nobody else lately. */
  get alone(): boolean {
    return this.#othersExpected === 0
  }

  /** An eviction was refused: the producer writes on, so it stays. The pointers can still go. */
  keepProducers(): void {
    if (this.#drop) this.#drop = { ...this.#drop, evictions: [] }
  }

  /** Before an append is made from this view, while its bytes are put: the fold that was left to it. */
  async first(head: Head): Promise<void> {
    const postponed = this.#postponed
    this.#postponed = undefined
    if (!this.#parts.foldsFirst || this.#putting || this.#drop) return
    const contended = this.#othersExpected > 0
    const isDue = postponed === 'any' ? isHeavy(head, contended) : postponed === head.tailStart
    if (isDue) await this.#put(head, contended ? keepContended : keepUsual)
  }

  /**
   * To be told of every head that an append of this process left, with the pointers that it added, and whether others had
   * appended since the one before.
   */
  appended(head: Head, added: number, othersToo: boolean): void {
    this.#othersExpected = othersToo ? othersExpectedAppends : Math.max(0, this.#othersExpected - 1)
    const contended = this.#othersExpected > 0
    const dropped = this.#drop !== undefined && this.#drop.tailStart !== head.tailStart
    if (dropped) this.#drop = undefined
    this.#hasMetOthers ||= othersToo
    if (this.#putting || this.#drop || !foldIsDue(head, { added, dropped, contended })) return
    if (this.#parts.foldsFirst && !(contended && this.#hasMetOthers)) {
      this.#postponed = head.tailStart
      return
    }
    this.#putting = this.#put(head, contended ? keepContended : keepUsual).finally(() => {
      this.#putting = undefined
    })
  }

  /**
   * Folds now and drops in an update of its own: for a tail, or a number of producers, that is full. Answers the head that
   * this left, if any.
   */
  async foldNow(head: Head, keep: Keep): Promise<Head | undefined> {
    await this.#putting
    this.#leftToOther = head.tailStart
    await this.#put(head, keep)
    return this.#dropAlone()
  }

  /** Finishes what is under way; with `dropAlone`, for a process that may never append again, the drop as well. */
  async settle({ dropAlone }: { dropAlone: boolean }): Promise<void> {
    await this.#putting
    if (dropAlone) await this.#dropAlone()
  }

  /** A drop that still waits may be forgotten: its page is there, and whoever folds next drops it. */
  get idle(): boolean {
    return this.#putting === undefined
  }

  async #put(head: Head, keep: Keep): Promise<void> {
    const { meta, clock } = this.#parts
    const put = await this.#withoutFaults(putPage(meta, this.#id, head, { nowMs: clock.now(), keep }))
    const isOurs = put?.putHere || this.#leftToOther === head.tailStart
    if (put && !isOurs) this.#leftToOther = head.tailStart
    this.#drop = isOurs ? put?.drop : undefined
  }

  async #dropAlone(): Promise<Head | undefined> {
    const drop = this.#drop
    if (!drop) return undefined
    this.#drop = undefined
    const { change, guard } = dropUpdate(drop)
    const answer = await this.#withoutFaults(this.#parts.meta.update(headKey(this.#id), change, guard))
    const item = answer && ('done' in answer ? answer.done : answer.refused)
    return item && parseHead(item)
  }

  /** A fold that fails has changed nothing that a reader sees, and a later append is due to fold again. */
  async #withoutFaults<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work
    } catch (fault) {
      if (!(fault instanceof OutcomeUnknown) && !(fault instanceof StoreUnavailable)) this.#parts.onBug(fault)
      return undefined
    }
  }
}
