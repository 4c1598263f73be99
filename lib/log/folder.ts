/**
 * One partition's folds in this process: at most one page put at a time, and a drop that waits for the next append to
 * carry it, so that folding costs one write unit in sixteen appends and no update of its own.
 */
import type { Clock } from '../base/clock.ts'
import type { PartitionId } from '../base/ids.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { type Drop, dropUpdate } from './attempt.ts'
import { foldIsDue, type Keep, keepUsual, putPage } from './fold.ts'
import { type Head, parseHead } from './head.ts'
import { headKey } from './keys.ts'

export interface FolderParts {
  readonly meta: MetaStore
  readonly clock: Clock
  /** What should never happen must be seen by somebody. */
  readonly onBug: (fault: unknown) => void
}

export class Folder {
  readonly #parts: FolderParts
  readonly #id: PartitionId
  #drop: Drop | undefined
  #putting: Promise<void> | undefined

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
      evictions: drop.evictions.filter(({ producerId, state }) => head.producers[producerId] === state),
    }
  }

  /** An eviction was refused: the producer writes on, so it stays. The pointers can still go. */
  keepProducers(): void {
    if (this.#drop) this.#drop = { ...this.#drop, evictions: [] }
  }

  /** To be told of every head that an append of this process left, with the pointers that it added. */
  appended(head: Head, added: number): void {
    if (this.#drop?.tailStart !== head.tailStart) this.#drop = undefined
    if (this.#putting || this.#drop || !foldIsDue(head, added)) return
    this.#putting = this.#put(head, keepUsual).finally(() => {
      this.#putting = undefined
    })
  }

  /**
   * Folds now and drops in an update of its own: for a tail, or a number of producers, that is full. Answers the head that
   * this left, if any.
   */
  async foldNow(head: Head, keep: Keep): Promise<Head | undefined> {
    await this.#putting
    await this.#put(head, keep)
    return this.#dropAlone()
  }

  /** Finishes what is under way; with `dropAlone`, for a process that may never append again, the drop as well. */
  async settle({ dropAlone }: { dropAlone: boolean }): Promise<void> {
    await this.#putting
    if (dropAlone) await this.#dropAlone()
  }

  get idle(): boolean {
    return this.#putting === undefined && this.#drop === undefined
  }

  async #put(head: Head, keep: Keep): Promise<void> {
    this.#drop = await this.#withoutFaults(
      putPage(this.#parts.meta, this.#id, head, { nowMs: this.#parts.clock.now(), keep }),
    )
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
