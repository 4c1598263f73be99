/** Pointers in their places, as readers want them: made once for each page and each head, however many reads they serve. */
import type { Offset, PartitionId } from '../base/ids.ts'
import type { Item } from '../store/meta-store.ts'
import { type Head, tailEntries } from './head.ts'
import { cacheKey, partitionKey } from './keys.ts'
import { parsePage } from './page.ts'
import type { Pointer } from './pointer.ts'

/** A pointer in its place: it covers [base, end). */
export interface PlacedPointer {
  readonly pointer: Pointer
  readonly base: Offset
  readonly end: Offset
  /** The pointer names a segment of the partition, not an intake object. */
  readonly segment: boolean
}

export interface IndexEntry extends PlacedPointer {
  /** What this process's memory knows its bytes by. */
  readonly cacheKey: string
}

export interface IndexedPage {
  readonly base: Offset
  readonly end: Offset
  readonly entries: readonly IndexEntry[]
}

/** About how many of an entry's bytes lie at or after an offset within it. */
export const bytesFrom = ({ pointer, base, end }: IndexEntry, from: Offset): number =>
  from <= base ? pointer.length : (pointer.length * (end - from)) / (end - base)

export function indexedPage(id: PartitionId, item: Item): IndexedPage {
  const { base, end, segment, entries } = parsePage(item)
  const partition = partitionKey(id)
  return {
    base,
    end,
    entries: entries.map((entry) => ({
      pointer: entry.pointer,
      base: entry.base,
      end: entry.end,
      segment,
      cacheKey: cacheKey(partition, entry.key),
    })),
  }
}

/** Sorted once for each head, however many reads it serves. */
const tails = new WeakMap<Head, readonly IndexEntry[]>()

export function indexedTail(id: PartitionId, head: Head): readonly IndexEntry[] {
  const known = tails.get(head)
  if (known) return known
  const partition = partitionKey(id)
  const entries = tailEntries(head).map(({ key, pointer, base, end }) => ({
    pointer,
    base,
    end,
    segment: false,
    cacheKey: cacheKey(partition, key),
  }))
  tails.set(head, entries)
  return entries
}
