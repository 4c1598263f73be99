/**
 * Batches that this process could not append, and that their producers will send again. Of a producer that the log does not
 * know any first sequence is taken in the end, as in Kafka before 4.5; were that the one behind a batch that failed, here or
 * at another process, what failed would come too late for its place:
 *
 *   client: sends batch 0 to the old leader, which fails ..................... sends it to the new one -> out of order
 *   client:                                 sends batch 1 to the new leader
 *
 * So what follows a batch that failed here waits for it. And a producer's first batch that does not begin at 0 is refused
 * when it is seen first: a client that has something before it outstanding does not send it again before that is decided
 * (Java's sends again its first batch in flight only, librdkafka and franz-go send everything again from the first one on), one
 * that has not sends it again at once. A hint for a time: what truly lies before a producer's beginning is told so whoever
 * let it begin there (`producer-begins.ts`).
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import { missingBatchMsMax, rememberedProducersMax } from '../base/limits.ts'
import type { AppendResult } from './log-types.ts'
import { judge, type ProducerClaim, stateBefore } from './sequences.ts'

interface Missing {
  readonly claim: ProducerClaim
  readonly sinceMs: number
}

const isBehind = (missing: ProducerClaim | undefined, claim: ProducerClaim) =>
  missing !== undefined && judge(stateBefore(missing), claim) === 'gap'

export class MissingBatches {
  readonly #clock: Clock
  /** The first one of each producer. */
  readonly #missing = new BoundedMap<number, Missing>(rememberedProducersMax)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What became of a batch. */
  answered(claim: ProducerClaim, { outcome }: AppendResult): void {
    const isThere = outcome === 'appended' || outcome === 'duplicate' || outcome === 'duplicate-of-unknown-offset'
    if (isThere) this.#missing.delete(claim.producerId)
    else if (!isBehind(this.#young(claim), claim))
      this.#missing.set(claim.producerId, { claim, sinceMs: this.#clock.now() })
  }

  /**
   * Whether a batch of a producer that the log does not know is to be sent again later: one before it, of the same epoch, has
   * failed of late, or nobody can say that there is none. A marker of a transaction (-1) has no place among sequences.
   */
  mustWait(claim: ProducerClaim): boolean {
    const missing = this.#young(claim)
    const isSeenBefore = missing?.firstSequence === claim.firstSequence
    return isBehind(missing, claim) || (claim.firstSequence > 0 && !isSeenBefore)
  }

  #young({ producerId, producerEpoch }: ProducerClaim): ProducerClaim | undefined {
    const known = this.#missing.get(producerId)
    if (known === undefined || known.claim.producerEpoch !== producerEpoch) return undefined
    const ageMs = this.#clock.now() - known.sinceMs
    return ageMs >= 0 && ageMs < missingBatchMsMax ? known.claim : undefined
  }
}
