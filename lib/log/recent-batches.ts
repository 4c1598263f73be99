/**
 * The last five batches of each producer that this process has appended to one partition, as Kafka's brokers keep them: a
 * client that lost an answer is told the original offset without a call to the store. A memory, not a fact: what is not
 * here is asked of the head.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Offset } from '../base/ids.ts'
import { rememberedBatches, rememberedProducersMax } from '../base/limits.ts'
import type { ProducerClaim } from './sequences.ts'

interface Remembered {
  readonly claim: ProducerClaim
  readonly base: Offset
}

export class RecentBatches {
  readonly #producers = new BoundedMap<number, readonly Remembered[]>(rememberedProducersMax)

  remember(claim: ProducerClaim, base: Offset): void {
    const earlier = this.#producers.get(claim.producerId) ?? []
    this.#producers.set(claim.producerId, [...earlier, { claim, base }].slice(-rememberedBatches))
  }

  /** The offset at which this very batch was appended: same producer, epoch, first and last sequence. */
  find(claim: ProducerClaim): Offset | undefined {
    return this.#producers
      .get(claim.producerId)
      ?.find(
        ({ claim: known }) =>
          known.producerEpoch === claim.producerEpoch &&
          known.firstSequence === claim.firstSequence &&
          known.lastSequence === claim.lastSequence,
      )?.base
  }
}
