/**
 * What one step may spend, in store calls and in time, and the stores that count against it. It is looked at between units
 * of work, never within one: a unit is small, or cannot be cut.
 */
import type { Clock } from '../base/clock.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'

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

  /** The store with each call counted, however it ends. */
  metaStore(inner: MetaStore): MetaStore {
    return {
      get: (...call) => this.#counted(inner).get(...call),
      getMany: (...call) => this.#counted(inner).getMany(...call),
      query: (...call) => this.#counted(inner).query(...call),
      put: (...call) => this.#counted(inner).put(...call),
      update: (...call) => this.#counted(inner).update(...call),
      delete: (...call) => this.#counted(inner).delete(...call),
    }
  }

  /** As `metaStore`. */
  objectStore(inner: ObjectStore): ObjectStore {
    return {
      put: (...call) => this.#counted(inner).put(...call),
      get: (...call) => this.#counted(inner).get(...call),
      list: (...call) => this.#counted(inner).list(...call),
      delete: (...call) => this.#counted(inner).delete(...call),
      compose: (...call) => this.#counted(inner).compose(...call),
    }
  }

  #counted<Store>(store: Store): Store {
    this.calls++
    return store
  }
}
