/**
 * One update of a head, built from a view of it and the batches that are next: a pure function. An attempt is sent as it
 * is until its fate is known; nothing in it may change between two tries.
 */
import { assert } from '../base/assert.ts'
import { type Offset, offset } from '../base/ids.ts'
import {
  evictionsPerAppendMax,
  headProducersMax,
  pointersPerUpdateMax,
  producersPerUpdateMax,
  tailPointersMax,
} from '../base/limits.ts'
import type { Assignment, Change, Clause, Guard } from '../store/meta-store.ts'
import type { Batch, Flush, Placed } from './batch.ts'
import {
  aboveFloor,
  epochIs,
  pointerAbsent,
  producerAbsent,
  producerHasNoTransaction,
  producerIsAt,
  producerIsBelow,
  producersHaveRoom,
  producerWroteLastAt,
  tailHasRoom,
  tailStartsAt,
  viewNotOlderThanTail,
} from './guards.ts'
import type { Head } from './head.ts'
import { nameTime, type Pointer, pointerKey } from './pointer.ts'
import { beginsOf, type Chain } from './producer-begins.ts'
import type { ProducerItem } from './producer-item.ts'
import {
  continues,
  firstStateOf,
  judge,
  type ProducerClaim,
  type ProducerState,
  stateAfter,
  stateBefore,
} from './sequences.ts'

/** What a clause is about, so that a refusal can be told by its first name. */
export type ClauseName = 'epoch' | 'pointer' | 'view' | 'floor' | 'room' | 'producer' | 'begins' | 'fold' | 'eviction'

export interface NamedClause {
  readonly name: ClauseName
  readonly clause: Clause
  /** The first batch of the producer that a `producer` clause is about. */
  readonly first?: Placed
}

/** Pointers that a fold has written to a page, and producers it has written to their items: to be dropped from the head. */
export interface Drop {
  readonly tailStart: Offset
  readonly end: Offset
  readonly keys: readonly string[]
  readonly evictions: readonly Eviction[]
}

export interface Eviction {
  readonly producerId: number
  readonly lastBatch: Offset
  readonly began: ProducerState | undefined
}

/** Consecutive batches that one pointer names. */
interface Run {
  readonly key: string
  readonly placed: readonly Placed[]
  readonly count: number
}

export interface Attempt {
  readonly runs: readonly Run[]
  readonly clauses: readonly NamedClause[]
  readonly change: Change
  readonly guard: Guard
  readonly seenNext: Offset
  /** The earliest time of its names: a floor at or above it refuses the attempt for ever. */
  readonly nameTimeMs: number
  readonly drop: Drop | undefined
}

/** A producer that is not in the view: what its item says (`undefined`: there is none), read after the view was taken. */
export type ProducerItems = ReadonlyMap<number, ProducerItem | undefined>

/**
 * The longest prefix of `placed` that one update can carry. It ends before a batch that does not continue the same
 * producer's batch before it: that one is judged by the head that this update leaves.
 */
export function attemptable(placed: readonly Placed[]): Placed[] {
  const chains = new Map<number, ProducerClaim>()
  const taken: Placed[] = []
  let pointers = 0
  for (const next of placed) {
    const previous = taken.at(-1)
    if (!previous || !adjoins(previous, next)) pointers++
    const { claim } = next.batch
    if (claim) {
      const earlier = chains.get(claim.producerId)
      if (earlier && !continues(earlier, claim)) break
      if (!earlier && chains.size >= producersPerUpdateMax) break
      chains.set(claim.producerId, claim)
    }
    if (pointers > pointersPerUpdateMax) break
    taken.push(next)
  }
  return taken
}

/** The producers that the view does not hold, and whose items must therefore be read before an attempt. */
export function absentProducers(head: Head, placed: readonly Placed[]): number[] {
  const absent = new Set<number>()
  for (const { batch } of placed) {
    if (batch.claim && head.producers[batch.claim.producerId] === undefined) absent.add(batch.claim.producerId)
  }
  return [...absent]
}

export function buildAttempt(head: Head, items: ProducerItems, placed: readonly Placed[], drop?: Drop): Attempt {
  assert(placed.length > 0, 'an attempt without batches')
  const runs = runsOf(placed)
  const nameTimeMs = Math.min(...placed.map(({ flush }) => nameTime(flush.name)))
  const appends = appendAssignments(runs)
  const producers = producerParts(head, items, runs)
  const kept = drop && lessProducers(drop, producers.ids)
  const clauses: NamedClause[] = [
    { name: 'epoch', clause: epochIs(head.epoch) },
    { name: 'floor', clause: aboveFloor(nameTimeMs) },
    { name: 'view', clause: viewNotOlderThanTail(head.next) },
    ...runs.map(({ key }): NamedClause => ({ name: 'pointer', clause: pointerAbsent(key) })),
    ...producers.clauses,
    ...(kept ? dropClauses(kept) : [{ name: 'room', clause: tailHasRoom(tailPointersMax) } as const]),
  ]
  return {
    runs,
    clauses,
    change: [...appends, ...producers.assignments, ...(kept ? dropAssignments(kept) : [])],
    guard: clauses.map(({ clause }) => clause),
    seenNext: head.next,
    nameTimeMs,
    drop: kept,
  }
}

/** The update that drops what a fold has put away, alone: for processes that may never append again. */
export function dropUpdate(drop: Drop): { change: Change; guard: Guard } {
  return { change: dropAssignments(drop), guard: dropClauses(drop).map(({ clause }) => clause) }
}

const adjoins = (a: Placed, b: Placed) => a.flush === b.flush && a.position + a.batch.bytes.length === b.position

function runsOf(placed: readonly Placed[]): Run[] {
  const groups: Placed[][] = []
  let previous: Placed | undefined
  for (const next of placed) {
    const group = groups.at(-1)
    if (group && previous && adjoins(previous, next)) group.push(next)
    else groups.push([next])
    previous = next
  }
  return groups.map((group) => {
    const [first] = group
    assert(first, 'an empty run')
    return { key: pointerKey(pointerOf(first, group)), placed: group, count: sum(group, (batch) => batch.count) }
  })
}

const pointerOf = ({ flush, position }: { flush: Flush; position: number }, group: readonly Placed[]): Pointer => ({
  name: flush.name,
  inline: flush.inline,
  position,
  length: sum(group, (batch) => batch.bytes.length),
  maxTimestamp: Math.max(...group.map(({ batch }) => batch.maxTimestamp)),
})

const sum = (placed: readonly Placed[], value: (batch: Batch) => number) =>
  placed.reduce((total, { batch }) => total + value(batch), 0)

/** `q.#k = n, n = n + count`: right-hand sides read the item as it was, so the store itself assigns the offsets. */
function appendAssignments(runs: readonly Run[]): Assignment[] {
  let before = 0
  const pointers = runs.map(({ key, count }): Assignment => {
    const plus = before
    before += count
    return { set: ['q', key], to: plus === 0 ? { path: ['n'] } : { path: ['n'], plus } }
  })
  return [...pointers, { set: ['n'], to: { path: ['n'], plus: before } }]
}

/** The first batch of each producer is guarded, the state after its last one is set. */
function producerParts(head: Head, items: ProducerItems, runs: readonly Run[]) {
  const chains = new Map<number, { first: Placed; last: ProducerClaim; lastDelta: number }>()
  let delta = 0
  for (const placed of runs.flatMap((run) => run.placed)) {
    const { claim, count } = placed.batch
    if (claim) {
      const first = chains.get(claim.producerId)?.first ?? placed
      chains.set(claim.producerId, { first, last: claim, lastDelta: delta })
    }
    delta += count
  }
  const clauses: NamedClause[] = []
  const assignments: Assignment[] = []
  const claims: Chain[] = []
  let newcomers = 0
  for (const [id, { first, last, lastDelta }] of chains) {
    const claim = first.batch.claim as ProducerClaim
    claims.push({ first: claim, last })
    const clause = producerClause(head, items, claim)
    if (clause.is === 'absent') newcomers++
    clauses.push({ name: 'producer', clause, first })
    assignments.push(
      { set: ['p', String(id)], to: { value: stateAfter(last) } },
      { set: ['o', String(id)], to: lastDelta === 0 ? { path: ['n'] } : { path: ['n'], plus: lastDelta } },
    )
  }
  if (newcomers > 0) clauses.push({ name: 'room', clause: producersHaveRoom(headProducersMax - newcomers + 1) })
  const begins = beginsOf(head, items, claims)
  clauses.push(...begins.clauses.map((clause) => ({ name: 'begins', clause }) as const))
  return { clauses, assignments: [...assignments, ...begins.assignments], ids: new Set(chains.keys()) }
}

/** What must hold of a producer whose next batch is `claim`. It follows from the batch: the view only says which form. */
function producerClause(head: Head, items: ProducerItems, claim: ProducerClaim): Clause {
  const known = head.producers[claim.producerId]
  if (known === undefined) {
    assert(items.has(claim.producerId), `the item of producer ${claim.producerId} was not read`)
    return producerAbsent(claim.producerId)
  }
  return judge(known, claim) === 'new-epoch'
    ? producerIsBelow(claim.producerId, firstStateOf(claim.producerEpoch))
    : producerIsAt(claim.producerId, stateBefore(claim))
}

/** A producer that writes in this very update stays, and those that are too many for one leave with a later fold. */
const lessProducers = (drop: Drop, ids: ReadonlySet<number>): Drop => ({
  ...drop,
  evictions: drop.evictions.filter(({ producerId }) => !ids.has(producerId)).slice(0, evictionsPerAppendMax),
})

const dropClauses = (drop: Drop): NamedClause[] => [
  { name: 'fold', clause: tailStartsAt(drop.tailStart) },
  ...drop.evictions.flatMap(({ producerId, lastBatch }): NamedClause[] => [
    { name: 'eviction', clause: producerWroteLastAt(producerId, lastBatch) },
    { name: 'eviction', clause: producerHasNoTransaction(producerId) },
  ]),
]

const dropAssignments = (drop: Drop): Assignment[] => [
  { set: ['t'], to: { value: drop.end } },
  ...drop.keys.map((key): Assignment => ({ remove: ['q', key] })),
  ...drop.evictions.flatMap(({ producerId, began }): Assignment[] => [
    { remove: ['p', String(producerId)] },
    { remove: ['o', String(producerId)] },
    ...(began === undefined ? [] : [{ remove: ['g', String(producerId)] } as const]),
  ]),
]

/** The base offset of each batch, given where the attempt's runs landed. */
export function basesOf(attempt: Attempt, runBases: ReadonlyMap<string, number>): { placed: Placed; base: Offset }[] {
  return attempt.runs.flatMap(({ key, placed }) => {
    let at = runBases.get(key)
    assert(at !== undefined, `a run without a base offset: ${key}`)
    return placed.map((each) => {
      const base = offset(at as number)
      at = base + each.batch.count
      return { placed: each, base }
    })
  })
}
