/**
 * The stored item of a group's coordinator: what the group is, who wrote it last, and where its payloads lie.
 *
 * Key       `group#<group id>` / `state`
 * Content   packed: deflated JSON of all of `StoredGroup` but what stands beside it; write: the mark of this write, never
 *           used twice, which the next one must name; writes: the last marks, this one's first, so that a writer whose
 *           answer was lost finds its own; announced: see `fence.ts`.
 * Lifetime  from the first join or deletion until the group is deleted or expires.
 * Size      300 bytes for a group of three, about 100 a member after that; `groupStateBytesMax` bounds it.
 *
 * Legal changes, each by its guard:
 *   create    put whole, if no item is there
 *   write     put whole, if the mark of the write that was seen is there
 *   delete    if the mark of the dead state that was seen is there
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { assert } from '../base/assert.ts'
import { groupStateInflatedBytesMax } from '../base/limits.ts'
import type { Guard, Item, Key } from '../store/meta-store.ts'
import type { GroupState } from './group-state.ts'
import { groupPartition } from './offsets-item.ts'
import type { PayloadRef } from './payload.ts'

export interface StoredGroup {
  readonly state: GroupState
  readonly write: string
  readonly writes: readonly string[]
  /** The process that wrote last: its members' sessions are in its memory. */
  readonly by: string
  /** When that process took the group over: nobody's silence counts from before. */
  readonly claimedMs: number
  /** See `fence.ts`. */
  readonly announced: number
  readonly raised: number
  /** Payloads that are small enough to lie here, as base64. */
  readonly inline: Readonly<Record<PayloadRef, string>>
  /** Items that hold the others, oldest first. */
  readonly blobs: readonly string[]
}

/**
 * Most states are short: with zlib's defaults most of the time goes into the tables that it clears for longer ones. A long
 * one needs them, since what its members have in common lies further apart than a small window reaches: without them 1,000
 * members take ten times what `groupStateBytesMax` counts with. What is read may have been written with any.
 */
const packingShort = { windowBits: 12, memLevel: 5, chunkSize: 1_024 }
const shortTextMax = 2 ** packingShort.windowBits
const unpacking = { maxOutputLength: groupStateInflatedBytesMax, chunkSize: 4_096 }

export function stateKey(group: string): Key {
  return { pk: groupPartition(group), sk: 'state' }
}

export function stateToItem(group: string, stored: StoredGroup): Item {
  const { write, writes, announced, ...rest } = stored
  const text = JSON.stringify(rest)
  const packed = deflateRawSync(text, text.length <= shortTextMax ? packingShort : {})
  return { ...stateKey(group), write, writes, announced, packed }
}

export function stateFromItem(item: Item): StoredGroup {
  const { write, announced, packed } = item
  assert(typeof write === 'string' && typeof announced === 'number', `${item.pk} has no mark of its write`)
  assert(packed instanceof Uint8Array, `${item.pk} has no state`)
  const text = inflateRawSync(packed, unpacking).toString()
  const rest: Omit<StoredGroup, 'write' | 'writes' | 'announced'> = JSON.parse(text)
  return { ...rest, write, writes: writesOf(item), announced }
}

/** The marks of the last writes. */
export function writesOf(item: Item): readonly string[] {
  const { writes } = item
  assert(Array.isArray(writes), `${item.pk} has no writes`)
  return writes.map(String)
}

const createStateGuard: Guard = [{ path: ['write'], is: 'absent' }]

export const stateGuard = (seen: StoredGroup | undefined): Guard =>
  seen === undefined ? createStateGuard : [{ path: ['write'], is: '=', than: { value: seen.write } }]
