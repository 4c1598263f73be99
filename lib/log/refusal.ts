/**
 * What a refusal of an attempt means: a pure function of the attempt and the item that refused it. The question that
 * matters is whether the refusal is *final*: whether every other copy of the attempt, still in flight, will be refused too.
 */
import { holds } from '../store/evaluate.ts'
import type { Item } from '../store/meta-store.ts'
import type { Attempt, ClauseName, NamedClause } from './attempt.ts'
import { judge, type ProducerClaim } from './sequences.ts'

export interface Refusal {
  readonly failed: readonly NamedClause[]
  readonly final: boolean
}

/** `item` is the head as it was instead; `undefined`: there is none, and a topic id is never used twice. */
export function explainRefusal(attempt: Attempt, item: Item | undefined): Refusal {
  const failed = attempt.clauses.filter(({ clause }) => !holds(clause, item))
  return { failed, final: item === undefined || failed.some((named) => isFinal(named, item)) }
}

export const failedBy = (refusal: Refusal, name: ClauseName) => refusal.failed.some((named) => named.name === name)

/** A clause that no later state of the head can satisfy again. */
function isFinal({ name, clause, first }: NamedClause, item: Item): boolean {
  switch (name) {
    // The epoch, the tail's start and the floor never go down; a pointer that left the tail has moved its start; the map of
    // beginnings stays once it is there.
    case 'epoch':
    case 'view':
    case 'floor':
    case 'fold':
    case 'begins':
      return true
    // A fold makes room; the pointer being there is no refusal but the answer.
    case 'room':
    case 'pointer':
      return false
    // A producer's last batch is never the one before it again; an open transaction does end.
    case 'eviction':
      return clause.is === '='
    case 'producer': {
      const state = (item.p as Record<string, number>)[String(first?.batch.claim?.producerId)]
      // Evicted: what is appended next may bring the very state that is asked for.
      if (state === undefined) return false
      // Absent in the view and present now: when it is evicted again, the tail begins after the view.
      if (clause.is === 'absent') return true
      const judgement = judge(state, first?.batch.claim as ProducerClaim)
      return judgement !== 'next' && judgement !== 'new-epoch' && judgement !== 'gap'
    }
  }
}
