/**
 * What one step may spend, in store calls and in time, and the stores that count against it. It is looked at between units
 * of work, never within one: a unit is small, or cannot be cut.
 */
import type { Clock } from '../base/clock.ts'
import type { Change, Guard, Item, Key, MetaStore, QueryRange, ReadOptions } from '../store/meta-store.ts'
import type { ByteRange, ObjectStore } from '../store/object-store.ts'

export interface JanitorBudget {
  /** Store calls after which no new unit begins. */
  readonly callsMax: number
  /** Milliseconds after which no new unit begins. */
  readonly msMax: number
}

/** What one step has spent of its budget, by its own clock's time. */
export class Spending {
  /** Store calls so far. */
  calls = 0
  readonly #clock: Clock
  readonly #budget: JanitorBudget
  readonly #startMs: number

  constructor(clock: Clock, budget: JanitorBudget) {
    this.#clock = clock
    this.#budget = budget
    this.#startMs = clock.now()
  }

  get isOver(): boolean {
    return this.calls >= this.#budget.callsMax || this.#clock.now() - this.#startMs >= this.#budget.msMax
  }
}

/** Counts each call, however it ends. */
export class MeteredMetaStore implements MetaStore {
  readonly #meta: MetaStore
  readonly #spending: Spending

  constructor(meta: MetaStore, spending: Spending) {
    this.#meta = meta
    this.#spending = spending
  }

  get(key: Key, options?: ReadOptions) {
    return this.#counted().get(key, options)
  }

  getMany(keys: readonly Key[], options?: ReadOptions) {
    return this.#counted().getMany(keys, options)
  }

  query(pk: string, range?: QueryRange) {
    return this.#counted().query(pk, range)
  }

  put(item: Item, guard?: Guard) {
    return this.#counted().put(item, guard)
  }

  update(key: Key, change: Change, guard?: Guard) {
    return this.#counted().update(key, change, guard)
  }

  delete(key: Key, guard?: Guard) {
    return this.#counted().delete(key, guard)
  }

  #counted(): MetaStore {
    this.#spending.calls++
    return this.#meta
  }
}

/** Counts each call, however it ends. */
export class MeteredObjectStore implements ObjectStore {
  readonly #objects: ObjectStore
  readonly #spending: Spending

  constructor(objects: ObjectStore, spending: Spending) {
    this.#objects = objects
    this.#spending = spending
  }

  put(key: string, chunks: readonly Uint8Array[], options?: { ifAbsent?: boolean }) {
    return this.#counted().put(key, chunks, options)
  }

  get(key: string, options?: { range?: ByteRange }) {
    return this.#counted().get(key, options)
  }

  list(prefix: string, options?: { startAfter?: string; limit?: number }) {
    return this.#counted().list(prefix, options)
  }

  delete(keys: readonly string[]) {
    return this.#counted().delete(keys)
  }

  compose(key: string, source: AsyncIterable<Uint8Array>, options?: { ifAbsent?: boolean }) {
    return this.#counted().compose(key, source, options)
  }

  #counted(): ObjectStore {
    this.#spending.calls++
    return this.#objects
  }
}
