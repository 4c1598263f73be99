/**
 * The head: the one item of a partition that decides its order. `partition#<topic id>#<n>` / `head`.
 *
 * Lifetime: made by the first append (a partition that was never written to has none); fenced for ever (epoch -1) when its
 * topic is deleted; deleted by the janitor a day after that. Size: near 1,000 bytes, because a write costs its whole item;
 * the tail is bounded by `tailPointersMax`, the producers by `headProducersMax` (5 KB, while so
 * many are busy at once).
 *
 * | attribute | what | may change only |
 * |---|---|---|
 * | `e` epoch | leader epoch; -1 when the topic is deleted | up by one, by an election; or to -1 |
 * | `l` leader | broker id; 0 are the functions | with `e` |
 * | `b` epoch begins | epoch -> `n` at its election: `epochs.ts` | entries added by elections, which drop old ones |
 * | `n` next | the offset of the next record = log end offset | up, by the append that adds a pointer |
 * | `t` tailStart | the offset at which the tail begins | up, by a fold, with the pointers it drops |
 * | `s` logStart | the first offset that may be read | up, not past `n` |
 * | `f` floor | ms; pointers named at or before it are refused | up, by a sweep or a cancel |
 * | `q` tail | pointer -> base offset | entries added by appends, dropped by folds |
 * | `p` producers | producer id -> epoch * 2^31 + next sequence | by appends; dropped by a fold's eviction |
 * | `o` | producer id -> base offset of its last batch | with `p` |
 * | `g` producer begins | producer id -> the state it began in: `producer-begins.ts` | with `p`; absent until one is known |
 * | `x` | producer id -> first offset of its open transaction | by transactional appends and markers |
 * | `a` | `producer id:pointer` -> first offset of an abort in the tail | by markers, folds |
 */
import { type Epoch, epoch, type Offset, offset, type PartitionId } from '../base/ids.ts'
import { functionsBrokerId } from '../cluster/brokers.ts'
import type { Item } from '../store/meta-store.ts'
import { headKey } from './keys.ts'
import { type Pointer, parsePointerKey } from './pointer.ts'

/** The epoch of a head whose topic is deleted: it equals no writer's. */
export const deletedEpoch = epoch(-1)
const firstEpoch = epoch(0)

/** A head as some process saw it: a hint, however new. */
export interface Head {
  readonly epoch: Epoch
  readonly leader: number
  readonly next: Offset
  readonly tailStart: Offset
  readonly logStart: Offset
  readonly floorMs: number
  /** Pointer key -> base offset, in no order. */
  readonly tail: Readonly<Record<string, number>>
  readonly producers: Readonly<Record<string, number>>
  readonly lastBatches: Readonly<Record<string, number>>
  /** Of those that did not begin at sequence 0: see `producer-begins.ts`. */
  readonly producerBegins: Readonly<Record<string, number>>
  readonly openTransactions: Readonly<Record<string, number>>
  /** Leader epoch -> the offset at which it began: see `epochs.ts`. */
  readonly epochBegins: Readonly<Record<string, number>>
  /** The item itself: what guards are explained by, and what is weighed. */
  readonly item: Item
}

/** A pointer, as the tail has it, and the offsets that it covers, `base` included and `end` excluded. */
export interface TailRun {
  readonly key: string
  readonly base: Offset
  readonly end: Offset
}

export interface TailEntry extends TailRun {
  readonly pointer: Pointer
}

/** `leader`: the broker that makes it, since it is the one that appends. */
export const newHead = (id: PartitionId, leader = functionsBrokerId): Item => ({
  ...headKey(id),
  e: firstEpoch,
  l: leader,
  b: { [firstEpoch]: 0 },
  n: 0,
  t: 0,
  s: 0,
  f: 0,
  q: {},
  p: {},
  o: {},
  x: {},
  a: {},
})

export function parseHead(item: Item): Head {
  return {
    epoch: item.e as Epoch,
    leader: item.l as number,
    next: item.n as Offset,
    tailStart: item.t as Offset,
    logStart: item.s as Offset,
    floorMs: item.f as number,
    tail: item.q as Record<string, number>,
    producers: item.p as Record<string, number>,
    lastBatches: item.o as Record<string, number>,
    producerBegins: (item.g ?? {}) as Record<string, number>,
    openTransactions: item.x as Record<string, number>,
    // Heads from before there were elections have none.
    epochBegins: (item.b ?? {}) as Record<string, number>,
    item,
  }
}

/** The keys of the tail in the order of their offsets: a map has none. */
const tailKeys = (head: Head): string[] => {
  const bases = head.tail
  return Object.keys(bases).sort((a, b) => (bases[a] as number) - (bases[b] as number))
}

/** The tail in the order of its offsets; each run ends where the next one begins, the last at `next`. */
export function tailRuns(head: Head): TailRun[] {
  const keys = tailKeys(head)
  return keys.map((key, index) => {
    const following = keys[index + 1]
    const end = following === undefined ? head.next : offset(head.tail[following] as number)
    return { key, base: offset(head.tail[key] as number), end }
  })
}

/** The same, with the pointers read. */
export const tailEntries = (head: Head): TailEntry[] =>
  tailRuns(head).map(({ key, base, end }) => ({ key, pointer: parsePointerKey(key), base, end }))
