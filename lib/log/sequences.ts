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
 * - `behind`: its place is past, and it is not there, or not all of it (OUT_OF_ORDER_SEQUENCE_NUMBER): it lies before
 *   the producer's beginning.
 * - `gap`: something before it is missing (OUT_OF_ORDER_SEQUENCE_NUMBER), or a new epoch does not begin at 0.
 * - `fenced`: a newer epoch has written (INVALID_PRODUCER_EPOCH).
 */
export type Judgement = 'next' | 'new-epoch' | 'last-again' | 'duplicate' | 'behind' | 'gap' | 'fenced'

/**
 * As `ProducerAppendInfo.checkSequence` in Kafka. A sequence less than half the circle ahead is a gap, else it is past.
 * `began`: where the producer began, if not at 0. States only move by equalities, so all that lies between is there; Kafka,
 * which knows a producer's last five batches only, calls `behind` what we know to be a duplicate.
 * `duplicate`, `last-again`, `behind` and `fenced` never turn into anything else; a `gap` may, while what fills it is in flight.
 */
export function judge(state: ProducerState, claim: ProducerClaim, began?: ProducerState): Judgement {
  const stateEpoch = Math.floor(state / sequences)
  if (claim.producerEpoch < stateEpoch) return 'fenced'
  if (claim.producerEpoch > stateEpoch) return claim.firstSequence === 0 ? 'new-epoch' : 'gap'
  const back = distance(stateBefore(claim), state)
  if (back === 0) return 'next'
  if (back > sequences / 2) return 'gap'
  const count = distance(stateBefore(claim), stateAfter(claim))
  const isThere = count <= back && !(isTelling(began, state) && distance(began, state) < back)
  if (!isThere) return 'behind'
  return count === back ? 'last-again' : 'duplicate'
}

/** How many sequences lie between two states of one epoch. */
const distance = (from: ProducerState, to: ProducerState) => (to - from + sequences) % sequences

/**
 * Whether a beginning says something of a state: it is of the same epoch, and not further behind than a sequence can be past.
 * Every epoch that is not a producer's first one in a partition begins at 0.
 */
export const isTelling = (began: ProducerState | undefined, state: ProducerState): began is ProducerState =>
  began !== undefined &&
  Math.floor(began / sequences) === Math.floor(state / sequences) &&
  distance(began, state) < sequences / 2

/** True when `later` may follow `earlier` in one update: the first is guarded, the last is set. */
export const continues = (earlier: ProducerClaim, later: ProducerClaim) => stateAfter(earlier) === stateBefore(later)
