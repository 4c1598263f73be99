/**
 * Idempotent producers (KIP-98), as arithmetic. What is known of a producer in a partition is one number,
 * `epoch * 2^31 + next sequence`, so that one equality guards both. Sequences wrap at 2^31; equalities do not mind.
 */
const sequences = 2 ** 31

/** `epoch * 2^31 + next sequence`, below 2^46: epochs have 15 bits. */
export type ProducerState = number

/** What a batch says of its producer. */
export interface ProducerClaim {
  readonly producerId: number
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly lastSequence: number
}

/** The state in which the batch is the next one. */
export const stateBefore = (claim: ProducerClaim): ProducerState =>
  claim.producerEpoch * sequences + claim.firstSequence

/** The state that the batch leaves. */
export const stateAfter = (claim: ProducerClaim): ProducerState =>
  claim.producerEpoch * sequences + ((claim.lastSequence + 1) % sequences)

/** Every state of an older epoch is below this. */
export const firstStateOf = (producerEpoch: number): ProducerState => producerEpoch * sequences

/** A state's two halves. */
export const splitState = (state: ProducerState) => ({
  producerEpoch: Math.floor(state / sequences),
  nextSequence: state % sequences,
})

export const lastSequenceOf = (baseSequence: number, count: number) => (baseSequence + count - 1) % sequences

/**
 * - `next`: it may be appended. `new-epoch`: it may be, as the first of a newer epoch.
 * - `last-again`: it is the batch that was appended last. `duplicate`: an earlier one.
 * - `gap`: something before it is missing (OUT_OF_ORDER_SEQUENCE_NUMBER), or a new epoch does not begin at 0.
 * - `fenced`: a newer epoch has written (INVALID_PRODUCER_EPOCH).
 */
export type Judgement = 'next' | 'new-epoch' | 'last-again' | 'duplicate' | 'gap' | 'fenced'

/**
 * As `ProducerAppendInfo.checkSequence` in Kafka. A sequence less than half the circle ahead is a gap, else it is past.
 * `duplicate`, `last-again` and `fenced` never turn into anything else; a `gap` may, while what fills it is in flight.
 */
export function judge(state: ProducerState, claim: ProducerClaim): Judgement {
  const stateEpoch = Math.floor(state / sequences)
  if (claim.producerEpoch < stateEpoch) return 'fenced'
  if (claim.producerEpoch > stateEpoch) return claim.firstSequence === 0 ? 'new-epoch' : 'gap'
  const ahead = (claim.firstSequence - (state % sequences) + sequences) % sequences
  if (ahead === 0) return 'next'
  if (ahead < sequences / 2) return 'gap'
  return stateAfter(claim) === state ? 'last-again' : 'duplicate'
}

/** True when `later` may follow `earlier` in one update: the first is guarded, the last is set. */
export const continues = (earlier: ProducerClaim, later: ProducerClaim) => stateAfter(earlier) === stateBefore(later)
