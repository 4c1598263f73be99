/**
 * A line to an object store on which every call takes its time, and a put may be done without an answer, or arrive long
 * after it was given up. What arrives is done by a real adapter.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { OutcomeUnknown } from '../../lib/store/errors.ts'
import type { ByteRange, ObjectStore } from '../../lib/store/object-store.ts'
import type { Chaos } from '../log/chaotic-meta.ts'

export class ChaoticObjects implements ObjectStore {
  readonly #inner: ObjectStore
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #chaos: Chaos
  readonly underWay = new Set<Promise<unknown>>()

  constructor(inner: ObjectStore, clock: Clock, entropy: Entropy, chaos: Chaos) {
    this.#inner = inner
    this.#clock = clock
    this.#entropy = entropy
    this.#chaos = chaos
  }

  put = (key: string, chunks: readonly Uint8Array[], options?: { ifAbsent?: boolean }) =>
    this.#write(() => this.#inner.put(key, chunks, options))

  get = async (key: string, options?: { range?: ByteRange }) => {
    await this.#way()
    const bytes = await this.#inner.get(key, options)
    await this.#way()
    return bytes
  }

  list = async (prefix: string, options?: { startAfter?: string; limit?: number }) => {
    await this.#way()
    const page = await this.#inner.list(prefix, options)
    await this.#way()
    return page
  }

  delete = (keys: readonly string[]) => this.#write(() => this.#inner.delete(keys))

  compose = async (key: string, source: AsyncIterable<Uint8Array>, options?: { ifAbsent?: boolean }) => {
    await this.#way()
    const stored = await this.#inner.compose(key, source, options)
    await this.#way()
    if (this.#entropy.fraction() < this.#chaos.answerLost) throw new OutcomeUnknown('a compose')
    return stored
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    await this.#way()
    const chance = this.#entropy.fraction()
    if (chance < this.#chaos.lost) throw new OutcomeUnknown('a write')
    if (chance < this.#chaos.lost + this.#chaos.late) {
      const late = this.#clock.sleep(Math.ceil(this.#entropy.fraction() * this.#chaos.lateMs)).then(write)
      this.underWay.add(late)
      throw new OutcomeUnknown('a late write')
    }
    const answer = await write()
    await this.#way()
    if (chance > 1 - this.#chaos.answerLost) throw new OutcomeUnknown('an answer')
    return answer
  }

  #way() {
    return this.#clock.sleep(Math.ceil(this.#entropy.fraction() * this.#chaos.delayMs))
  }
}
