/**
 * A store between the code under test and a real adapter that counts the calls and, where told so, loses them, loses
 * their answers, delivers them late or twice, or dies. What it does deliver is done by the adapter.
 */
import { OutcomeUnknown } from '../../lib/store/errors.ts'
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
  /** The process dies instead. */
  | 'dies'

export class Died extends Error {}

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
  readonly #late: (() => Promise<unknown>)[] = []
  #writes = 0

  constructor(inner: MetaStore) {
    this.#inner = inner
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
    for (const write of this.#late.splice(0)) await write()
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
    return this.#write('put', () => this.#inner.put(item, guard))
  }

  update(key: Key, change: Change, guard?: Guard) {
    return this.#write('update', () => this.#inner.update(key, change, guard))
  }

  delete(key: Key, guard?: Guard) {
    return this.#write('delete', () => this.#inner.delete(key, guard))
  }

  async #write<T>(call: string, write: () => Promise<T>): Promise<T> {
    this.calls.push(call)
    const fate = this.fate(this.#writes++, call)
    await this.before()
    if (fate === 'dies') throw new Died()
    if (fate === 'late' || fate === 'twice') this.#late.push(write)
    if (fate === 'lost' || fate === 'late') throw new OutcomeUnknown(call)
    const answer = await write()
    if (fate === 'answer-lost') throw new OutcomeUnknown(call)
    return answer
  }
}
