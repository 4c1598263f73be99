/**
 * Where a producer's sequences in a partition begin, in its first epoch there. At 0, as a rule, and then nothing is stored.
 * But of a producer that the log does not know any first sequence is taken (KIP-360: it may have been forgotten for being
 * idle, or go on in a topic that was deleted and made again), and then what lies before is not known to be there:
 *
 *   client: sends batch 0 to the old leader, which fails ...................... sends it to the new leader -> out of order
 *   client:                                  sends batch 1 to the new leader
 *
 * Without its beginning batch 0 would be a duplicate of nothing: acknowledged, and lost. The map `g` of the head has it,
 * 4 to 21 bytes for each such producer; it is made when it is first needed, so that no other head pays for it.
 */
import type { Assignment, Clause } from '../store/meta-store.ts'
import { producerBeginsAbsent } from './guards.ts'
import type { Head } from './head.ts'
import type { ProducerItem } from './producer-item.ts'
import { isTelling, type ProducerClaim, type ProducerState, stateAfter, stateBefore } from './sequences.ts'

/** What one update changes of a producer: consecutive batches from `first` to `last`. */
export interface Chain {
  readonly first: ProducerClaim
  readonly last: ProducerClaim
}

/**
 * What an update must change of beginnings. They change with the producer's state only, under its clause, so that a view in
 * which the state is right has the right beginning.
 */
export function beginsOf(
  head: Head,
  items: ReadonlyMap<number, ProducerItem | undefined>,
  chains: Iterable<Chain>,
): { readonly clauses: readonly Clause[]; readonly assignments: readonly Assignment[] } {
  const added: Record<string, ProducerState> = {}
  const removed: Assignment[] = []
  for (const { first, last } of chains) {
    const id = String(first.producerId)
    const stored = head.producerBegins[id]
    const began = head.producers[id] === undefined ? beganBefore(items.get(first.producerId), first) : stored
    if (!isTelling(began, stateAfter(last))) {
      if (stored !== undefined) removed.push({ remove: ['g', id] })
    } else if (began !== stored) added[id] = began
  }
  if (Object.keys(added).length === 0) return { clauses: [], assignments: removed }
  // It is never removed, so nobody can be without it who has seen it.
  if (head.item.g === undefined)
    return { clauses: [producerBeginsAbsent], assignments: [{ set: ['g'], to: { value: added } }] }
  const set = Object.entries(added).map(([id, began]): Assignment => ({ set: ['g', id], to: { value: began } }))
  return { clauses: [], assignments: [...removed, ...set] }
}

/** Of a producer that the head does not hold. */
function beganBefore(item: ProducerItem | undefined, first: ProducerClaim): ProducerState | undefined {
  if (item) return item.began
  return first.firstSequence === 0 ? undefined : stateBefore(first)
}
