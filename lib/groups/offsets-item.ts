/**
 * The stored item of the offsets that a group has committed for some partitions of one topic.
 *
 * Key       `group#<group id>` / `offsets#<topic id>#<shard>`: by the topic's id, so that a new topic of an old name has
 *           none; partition p is in shard floor(p / `offsetsShardPartitions`), as an item's price is its size.
 * Content   topic (its name, to be shown), generation (no commit of a lower one is taken: `fence.ts`; -1 while only simple
 *           consumers have committed), new (a mark, while the item has not got its generation: `offsets-commit.ts`), offsets: partition -> {o: offset, t: time of commit in ms, e: leader epoch, m: metadata};
 *           e and m only where given.
 * Lifetime  from the group's first commit in the shard until all of its offsets were deleted or have expired.
 * Size      25 entries of about 30 bytes and 150 for the rest: one write unit; at most 105 KB with the longest metadata.
 *
 * Legal changes, each by its guard:
 *   create    put whole, if no item is there
 *   commit    set entries (and the generation), if the item is there, not new, its generation is not a later one, and each
 *             entry is still the one that was seen before: a late copy of an older commit takes no offset back
 *   admit     set entries and the generation, and take the mark away, if it is the one that was seen
 *   raise     set the generation, and take the mark away, if the item is there and its generation is a lower one
 *   remove    remove entries, if each is still the one that was judged (expired, or unwanted)
 *   drop      delete the item, if all that it has are still the ones that were judged, or if its topic is gone
 */
import { assert } from '../base/assert.ts'
import { type Offset, offset, type TopicId, topicId } from '../base/ids.ts'
import { offsetsShardPartitions } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import type { Assignment, Change, Clause, Guard, Item, Key, Value } from '../store/meta-store.ts'

/** What a group has committed for one partition. */
export interface CommittedOffset {
  /** The offset of the next record to read. */
  readonly offset: Offset
  /** The leader epoch of the last record read, where the consumer gave it (KIP-320). */
  readonly leaderEpoch?: number
  /** The consumer's own words, '' when there are none. At most `offsetMetadataBytesMax` bytes of UTF-8. */
  readonly metadata: string
  /** When it was committed, by the clock of the process that took it. */
  readonly committedMs: number
}

/** A generation below every real one: a consumer that assigns itself its partitions (Kafka's -1). */
export const noGeneration = -1

export interface OffsetsShard {
  readonly topic: TopicRef
  readonly generation: number
  readonly offsets: ReadonlyMap<number, CommittedOffset>
}

export const offsetsFrom = 'offsets#'
/** The character after '#': every topic id sorts before it. */
export const offsetsTo = 'offsets$'

export function groupPartition(group: string): string {
  return `group#${group}`
}

export function shardOf(partition: number): number {
  return Math.floor(partition / offsetsShardPartitions)
}

export function offsetsKey(group: string, id: TopicId, shard: number): Key {
  // 10,000 partitions are 400 shards; three digits keep them in order.
  return { pk: groupPartition(group), sk: `${offsetsFrom}${id}#${String(shard).padStart(3, '0')}` }
}

export function shardToItem(key: Key, shard: OffsetsShard): Item {
  const offsets = Object.fromEntries([...shard.offsets].map(([partition, entry]) => [partition, entryToValue(entry)]))
  return { ...key, topic: shard.topic.name, generation: shard.generation, offsets }
}

export function shardFromItem(item: Item): OffsetsShard {
  const { topic, generation, offsets } = item
  const id = topicId(item.sk.slice(offsetsFrom.length, offsetsFrom.length + 22))
  assert(typeof topic === 'string' && typeof generation === 'number', `the offsets of ${id} have no name or generation`)
  assert(isMap(offsets), `the offsets of ${id} have no map`)
  const entries = Object.entries(offsets).map(
    ([partition, value]) => [Number(partition), entryFromValue(value)] as const,
  )
  return { topic: { id, name: topic }, generation, offsets: new Map(entries.sort(([a], [b]) => a - b)) }
}

/** The item is not there yet. */
export const createOffsetsGuard: Guard = [{ path: ['offsets'], is: 'absent' }]

/** A simple consumer's commit leaves the generation as it is. */
export function commitChange(entries: ReadonlyMap<number, CommittedOffset>, generation: number): Change {
  const sets: Assignment[] = [...entries].map(([partition, entry]) => ({
    set: ['offsets', String(partition)],
    to: { value: entryToValue(entry) },
  }))
  if (generation !== noGeneration) sets.push({ set: ['generation'], to: { value: generation } })
  return sets
}

/**
 * The map is there, since no store makes a missing parent; and no later generation has committed: its members read what
 * an older one's may no longer move. A simple consumer has no generation that could be too old.
 */
export function commitGuard(generation: number): Guard {
  const isThere: Clause = { path: ['offsets'], is: 'present' }
  if (generation === noGeneration) return [isThere]
  return [isThere, { path: ['generation'], is: '<=', than: { value: generation } }]
}

/** A commit where the group has a coordinator: not to an item that is new. */
export function settledCommitGuard(generation: number): Guard {
  return [...commitGuard(generation), { path: ['new'], is: 'absent' }]
}

/** When each partition's last commit was, as far as somebody has seen: each is later than the one before, so it names it. */
export type SeenCommits = ReadonlyMap<number, number>

/** Nobody has committed for these partitions since. So of all copies of a commit one is done, and none after the next. */
export function seenCommitsGuard(partitions: Iterable<number>, seen: SeenCommits): Guard {
  return [...partitions].map((partition): Clause => {
    const atMs = seen.get(partition)
    if (atMs === undefined) return { path: ['offsets', String(partition)], is: 'absent' }
    return { path: ['offsets', String(partition), 't'], is: '=', than: { value: atMs } }
  })
}

/** An empty item that takes no commit before it has its generation. */
export function newItemOf(key: Key, topic: TopicRef, mark: string): Item {
  return { ...shardToItem(key, { topic, generation: noGeneration, offsets: new Map() }), new: mark }
}

/** Gives a new item its generation, and its first offsets. */
export function admitChange(entries: ReadonlyMap<number, CommittedOffset>, generation: number): Change {
  return [
    ...commitChange(entries, noGeneration),
    { set: ['generation'], to: { value: generation } },
    { remove: ['new'] },
  ]
}

export function admitGuard(mark: string, generation: number): Guard {
  return [...commitGuard(generation), { path: ['new'], is: '=', than: { value: mark } }]
}

export function raiseChange(generation: number): Change {
  return [{ set: ['generation'], to: { value: generation } }, { remove: ['new'] }]
}

export function raiseGuard(generation: number): Guard {
  return [
    { path: ['offsets'], is: 'present' },
    { path: ['generation'], is: '<', than: { value: generation } },
  ]
}

/** Takes these partitions’ offsets out. */
export function removeChange(partitions: Iterable<number>): Change {
  return [...partitions].map((partition) => ({ remove: ['offsets', String(partition)] }))
}

/** Every entry that is to go is the one that was judged: offset and time of commit are as they were read. */
export function removeGuard(judged: ReadonlyMap<number, CommittedOffset>): Guard {
  return [...judged].flatMap(([partition, entry]): Clause[] => [
    { path: ['offsets', String(partition), 't'], is: '=', than: { value: entry.committedMs } },
    { path: ['offsets', String(partition), 'o'], is: '=', than: { value: entry.offset } },
  ])
}

/** The same, and there is no other entry. */
export function dropGuard(judged: ReadonlyMap<number, CommittedOffset>): Guard {
  return [...removeGuard(judged), { path: ['offsets'], is: 'size<', than: judged.size + 1 }]
}

function entryToValue(entry: CommittedOffset): Value {
  return {
    o: entry.offset,
    t: entry.committedMs,
    ...(entry.leaderEpoch === undefined ? {} : { e: entry.leaderEpoch }),
    ...(entry.metadata === '' ? {} : { m: entry.metadata }),
  }
}

function entryFromValue(value: Value): CommittedOffset {
  assert(isMap(value), 'a committed offset is not a map')
  const { o, t, e, m } = value
  assert(typeof o === 'number' && typeof t === 'number', 'a committed offset has no offset or time')
  const metadata = typeof m === 'string' ? m : ''
  return { offset: offset(o), ...(typeof e === 'number' ? { leaderEpoch: e } : {}), metadata, committedMs: t }
}

function isMap(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array)
}
