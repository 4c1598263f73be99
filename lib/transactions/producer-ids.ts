/**
 * Producer ids: 64-bit numbers of which no two producers ever get the same. They come in blocks of 1,000, as in Kafka
 * (KIP-730), so that a new producer seldom costs a write. The item:
 *
 * Key       `cluster` / `producer-ids`
 * Content   `next`: the first id that no block has
 * Lifetime  from the first block on, for ever. Size: 40 bytes.
 *
 * Legal changes, each by its guard:
 *   make    put {next: 1000}, if absent            the first block is whose put it was
 *   block   next = next + 1000, if present         the answer carries `next`: the block ends there
 *
 * Both answers say which block was taken; one that is lost, or a process that dies with a block in hand, loses ids, of which
 * there are enough for a block a millisecond for 285 years. Nobody is ever given a block that another was.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { type ProducerId, producerId } from '../base/ids.ts'
import { producerIdsPerBlock, producerIdTriesMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { Change, Guard, Item, Key, MetaStore } from '../store/meta-store.ts'

const key: Key = { pk: 'cluster', sk: 'producer-ids' }
const first: Item = { ...key, next: producerIdsPerBlock }
const isAbsent: Guard = [{ path: ['next'], is: 'absent' }]
const isPresent: Guard = [{ path: ['next'], is: 'present' }]
const block: Change = [{ set: ['next'], to: { path: ['next'], plus: producerIdsPerBlock } }]

export class ProducerIds {
  readonly #meta: MetaStore
  readonly #clock: Clock
  #next = 0
  #end = 0
  /** The block that is being taken: whoever finds none left waits for the same one. */
  #taking: Promise<void> | undefined

  constructor({ meta, clock }: { readonly meta: MetaStore; readonly clock: Clock }) {
    this.#meta = meta
    this.#clock = clock
  }

  /** An id that nobody else has or had. One write in a thousand calls. Throws `OutcomeUnknown` and `StoreUnavailable`. */
  async next(): Promise<ProducerId> {
    // More than a block's worth may wait for one block: those who come too late take the next.
    for (let tries = 0; tries < producerIdTriesMax; tries++) {
      if (this.#next < this.#end) return producerId(this.#next++)
      this.#taking ??= this.#take().finally(() => {
        this.#taking = undefined
      })
      await this.#taking
    }
    throw new OutcomeUnknown('the taking of producer ids, which all go to others,')
  }

  async #take(): Promise<void> {
    const end = await this.#takenEnd()
    assert(Number.isSafeInteger(end), 'producer ids have run out')
    this.#end = end
    this.#next = end - producerIdsPerBlock
  }

  async #takenEnd(): Promise<number> {
    for (let tries = 0; tries < producerIdTriesMax; tries++) {
      // Sent twice, it takes a block that nobody uses: no harm.
      const { answer } = await untilKnown(this.#clock, () => this.#meta.update(key, block, isPresent))
      if ('done' in answer) return endOf(answer.done)
      // A try that was lost may have made the item: the refusal of the next then says so, and its block is nobody's.
      const { answer: made } = await untilKnown(this.#clock, () => this.#meta.put(first, isAbsent))
      if ('done' in made) return endOf(made.done)
    }
    throw new OutcomeUnknown('the taking of a block of producer ids')
  }
}

function endOf(item: Item): number {
  assert(typeof item.next === 'number', 'the item of producer ids has no number')
  return item.next
}
