/**
 * A line to a store on which a test says what becomes of each write, one by one: it is lost, or its answer is, it arrives late
 * or twice, or its process dies. Faults are the memory adapter's; what is late arrives when the test says so.
 */
import { type Fault, Faults } from '../../lib/store/adapters/memory/faults.ts'
import type { Change, Guard, Item, Key, MetaStore, QueryRange, ReadOptions } from '../../lib/store/meta-store.ts'

export type Fate =
  | 'done'
  /** Never arrives; the caller cannot know. */
  | 'lost'
  /** Done, but the caller is not told. */
  | 'answer-lost'
  /** Arrives only with `deliver`; the caller cannot know. */
  | 'late'
  /** Done and answered, and a second copy arrives with `deliver`. */
  | 'twice'
  /** Done twice, and the caller is given the second answer. */
  | 'retried'
  /** The process dies instead. */
  | 'dies'

export class Died extends Error {}

const faults: Readonly<Record<Exclude<Fate, 'dies'>, Fault>> = {
  done: { kind: 'none' },
  lost: { kind: 'request-lost' },
  'answer-lost': { kind: 'answer-lost' },
  late: { kind: 'late', lateMs: 1 },
  twice: { kind: 'twice', againMs: 1 },
  retried: { kind: 'retried', againMs: 0 },
}

export class UnreliableMeta implements MetaStore {
  /** Every call so far: `get`, `query`, `put`, `update`, `delete`. */
  readonly calls: string[] = []
  /** The fate of each write, given its number from 0 and its name. */
  fate: (write: number, call: string) => Fate = () => 'done'
  /** What others do just before each write. */
  before: () => Promise<unknown> = async () => {}
  /** What a read waits for between finding and answering. */
  answering: Promise<unknown> = Promise.resolve()
  readonly #inner: MetaStore
  readonly #line: MetaStore
  readonly #late: (() => void)[] = []
  #fault: Fault = faults.done
  #writes = 0
  readonly #faults: Faults

  constructor(inner: MetaStore) {
    // Time that passes only when late copies are delivered.
    const sleep = () => new Promise<void>((resolve) => this.#late.push(resolve))
    this.#inner = inner
    this.#faults = new Faults({ next: () => this.#fault }, { now: () => 0, sleep })
    this.#line = this.#faults.metaStore(inner)
  }

  get writes(): number {
    return this.#writes
  }

  /** Counts, and numbers writes, from 0 again. */
  reset(fate: (write: number, call: string) => Fate = () => 'done'): void {
    this.calls.length = 0
    this.#writes = 0
    this.fate = fate
  }

  /** What was late arrives now. */
  async deliver(): Promise<void> {
    for (const arrive of this.#late.splice(0)) arrive()
    await this.#faults.settled()
  }

  async get(key: Key, options?: ReadOptions) {
    this.calls.push('get')
    const { answering } = this
    const item = await this.#inner.get(key, options)
    await answering
    return item
  }

  getMany(keys: readonly Key[], options?: ReadOptions) {
    this.calls.push('getMany')
    return this.#inner.getMany(keys, options)
  }

  query(pk: string, range?: QueryRange) {
    this.calls.push('query')
    return this.#inner.query(pk, range)
  }

  put(item: Item, guard?: Guard) {
    return this.#write('put', () => this.#line.put(item, guard))
  }

  update(key: Key, change: Change, guard?: Guard) {
    return this.#write('update', () => this.#line.update(key, change, guard))
  }

  delete(key: Key, guard?: Guard) {
    return this.#write('delete', () => this.#line.delete(key, guard))
  }

  async #write<T>(call: string, write: () => Promise<T>): Promise<T> {
    this.calls.push(call)
    const fate = this.fate(this.#writes++, call)
    await this.before()
    if (fate === 'dies') throw new Died()
    // The line asks for it at once.
    this.#fault = faults[fate]
    return write()
  }
}
