/**
 * A line to a store on which every call takes its time and may fail, by a seed: a write may be lost, may be done without an
 * answer, may arrive long after it was given up, and a second copy of it may arrive later still. What arrives is done by a
 * real adapter.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { Change, Guard, Item, Key, MetaStore, QueryRange, ReadOptions } from '../../lib/store/meta-store.ts'

/** Shares of calls, 0 to 1. */
export interface Chaos {
  readonly lost: number
  readonly answerLost: number
  readonly late: number
  readonly twice: number
  readonly refused: number
  /** A call's way, one direction, ms. */
  readonly delayMs: number
  readonly lateMs: number
}

export const mild: Chaos = { lost: 0, answerLost: 0, late: 0, twice: 0.15, refused: 0, delayMs: 5, lateMs: 60 }
export const wild: Chaos = {
  lost: 0.06,
  answerLost: 0.06,
  late: 0.06,
  twice: 0.15,
  refused: 0.03,
  delayMs: 10,
  lateMs: 3_000,
}

export class ChaoticMeta implements MetaStore {
  readonly #inner: MetaStore
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #chaos: Chaos
  /** Copies that may still arrive. */
  readonly underWay = new Set<Promise<unknown>>()

  constructor(inner: MetaStore, clock: Clock, entropy: Entropy, chaos: Chaos) {
    this.#inner = inner
    this.#clock = clock
    this.#entropy = entropy
    this.#chaos = chaos
  }

  get = (key: Key, options?: ReadOptions) => this.#read(() => this.#inner.get(key, options))
  getMany = (keys: readonly Key[], options?: ReadOptions) => this.#read(() => this.#inner.getMany(keys, options))
  query = (pk: string, range?: QueryRange) => this.#read(() => this.#inner.query(pk, range))
  put = (item: Item, guard?: Guard) => this.#write(() => this.#inner.put(item, guard))
  update = (key: Key, change: Change, guard?: Guard) => this.#write(() => this.#inner.update(key, change, guard))
  delete = (key: Key, guard?: Guard) => this.#write(() => this.#inner.delete(key, guard))

  async #read<T>(read: () => Promise<T>): Promise<T> {
    await this.#way()
    if (this.#happens(this.#chaos.refused)) throw new StoreUnavailable('a read')
    const answer = await read()
    await this.#way()
    return answer
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    const { lost, answerLost, late, twice, refused, lateMs } = this.#chaos
    if (this.#happens(refused)) throw new StoreUnavailable('a write')
    const isLate = this.#happens(late)
    // Of two copies either may be the one whose answer counts.
    const sent = [this.#arrives(write, isLate ? lateMs : 0)]
    if (this.#happens(twice)) sent.push(this.#arrives(write, lateMs))
    if (sent.length > 1 && this.#happens(0.5)) sent.reverse()
    await this.#way()
    if (this.#happens(lost)) {
      this.#forget(sent[0])
      throw new OutcomeUnknown('a write')
    }
    if (isLate) throw new OutcomeUnknown('a write')
    const answer = await sent[0]
    await this.#way()
    if (this.#happens(answerLost) || !answer) throw new OutcomeUnknown('a write')
    return answer.value
  }

  readonly #lost = new Set<unknown>()

  #forget(copy: Promise<unknown> | undefined) {
    if (copy) this.#lost.add(copy)
  }

  #arrives<T>(write: () => Promise<T>, lateMs: number): Promise<{ value: T } | undefined> {
    const travels = async () => {
      await this.#way()
      await this.#clock.sleep(Math.ceil(this.#entropy.fraction() * lateMs))
    }
    const copy: Promise<{ value: T } | undefined> = travels().then(async () =>
      this.#lost.has(copy) ? undefined : { value: await write() },
    )
    this.underWay.add(copy)
    const ended = () => this.underWay.delete(copy)
    copy.then(ended, ended)
    return copy
  }

  #way = () => this.#clock.sleep(Math.ceil(this.#entropy.fraction() * this.#chaos.delayMs))
  #happens = (share: number) => this.#entropy.fraction() < share
}
