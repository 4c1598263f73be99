/**
 * Batches that this process could not append, and that their producers will send again. Of a producer that the log does not
 * know any sequence is accepted, as in Kafka; were that the one behind a batch that failed, the failed one's retry would look
 * like a duplicate, be acknowledged, and be lost. So what follows it waits until it is there. A hint for a time: a client
 * that never sends it again is let through after `delivery.timeout.ms`.
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

export class MissingBatches {
  readonly #clock: Clock
  /** The first one of each producer. */
  readonly #missing = new BoundedMap<number, Missing>(rememberedProducersMax)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What became of a batch. */
  answered(claim: ProducerClaim, { outcome }: AppendResult): void {
    const known = this.#missing.get(claim.producerId)
    const isThere = outcome === 'appended' || outcome === 'duplicate' || outcome === 'duplicate-of-unknown-offset'
    const isBehind = known !== undefined && judge(stateBefore(known.claim), claim) === 'gap'
    if (isThere) this.#missing.delete(claim.producerId)
    else if (!isBehind) this.#missing.set(claim.producerId, { claim, sinceMs: this.#clock.now() })
  }

  /** Whether a batch before this one, of the same producer and epoch, has failed of late. */
  precede(claim: ProducerClaim): boolean {
    const known = this.#missing.get(claim.producerId)
    if (known === undefined || known.claim.producerEpoch !== claim.producerEpoch) return false
    const ageMs = this.#clock.now() - known.sinceMs
    return ageMs >= 0 && ageMs < missingBatchMsMax && judge(stateBefore(known.claim), claim) === 'gap'
  }
}
