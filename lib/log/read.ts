/**
 * Reading: the head, then pages, then bytes. Head before pages, because a page is written before its pointers leave the
 * tail. None of the three is a snapshot with the others, so whatever does not fit is read again from the head on:
 *
 *   gap between pointers      -> again, strongly; never skipped
 *   bytes gone                -> again, strongly: a sweep deletes only what the index has stopped naming. If a head and
 *                                pages read *after* that still name them, they are lost, and that is said
 *   out of range, or deleted  -> only after a strongly consistent read of the head
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { headHintAgeMsMax, readBytesMax, readTriesMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { WalkedBatch } from './batch-walk.ts'
import { type PointerBytes, releaseBytes, type StampedBytes } from './bytes.ts'
import { epochsOf } from './epochs.ts'
import { deletedEpoch, type Head } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import { lastStableOffset, readHead } from './head-read.ts'
import { bytesFrom, type IndexEntry } from './index-entry.ts'
import type { IndexLookup } from './index-lookup.ts'
import type { ReadResult } from './log-types.ts'
import { BytesLost, IndexTorn } from './loss.ts'
import { pointerKey } from './pointer.ts'

export type Isolation = 'read-uncommitted' | 'read-committed'

export interface ReadOptions {
  /** Bytes of batches, as far as whole ones go; the first batch comes even when it is larger. At most `readBytesMax`. */
  readonly maxBytes: number
  /** `read-committed` ends at the last stable offset. Default `read-uncommitted`. */
  readonly isolation?: Isolation
}

export interface ReadParts {
  readonly meta: MetaStore
  readonly hints: HeadHints
  readonly index: IndexLookup
  readonly bytes: PointerBytes
}

export interface BatchesRead {
  readonly result: ReadResult
  /** The entries of which the last batch is in the answer, or was in one before. */
  readonly passed: readonly IndexEntry[]
}

/** Throws `BytesLost` and `IndexTorn`, and what the stores throw. */
export async function readBatches(
  parts: ReadParts,
  id: PartitionId,
  from: Offset,
  { maxBytes, isolation = 'read-uncommitted' }: ReadOptions,
): Promise<BatchesRead> {
  const bytesWanted = Math.min(maxBytes, readBytesMax)
  const gone = new Set<string>()
  for (let tries = 0; tries < readTriesMax; tries++) {
    const strong = tries > 0
    const hinted = strong ? undefined : hintWithData(parts.hints, id, from, isolation)
    const head = hinted ?? (await readHead(parts.meta, parts.hints, id))
    if (!head) return withoutBatches({ outcome: 'unknown-partition' })
    if (from < head.logStart || from > head.next) {
      const { logStart: logStartOffset, next: highWatermark } = head
      return withoutBatches({ outcome: 'offset-out-of-range', logStartOffset, highWatermark })
    }
    const limit = readLimit(head, isolation)
    if (from >= limit) return withoutBatches(readResult(head, from, []))

    const entries = await parts.index.entriesFrom(id, head, from, { bytesWanted, strong })
    if (entries === 'gap') continue
    const planned = enough(entries, from, bytesWanted)
    const [first] = planned
    if (!first) continue
    // The head and the pages were read after the bytes were found gone, and still name them.
    if (gone.has(pointerKey(first.pointer))) throw new BytesLost(id, from, first.pointer, 'its bytes are gone')
    const found = await parts.bytes.fetch(id, planned, { epochAt: epochsOf(head), strong })
    if (found[0]) {
      const { chunks, nextOffset } = cutOut(found, from, limit, bytesWanted)
      const result = readResult(head, nextOffset, chunks, onlyOnce(found))
      return { result, passed: planned.filter(({ end }) => end <= nextOffset) }
    }
    releaseBytes(found)
    // Read eventually, an inline item may merely not be there yet.
    if (strong || !first.pointer.inline) gone.add(pointerKey(first.pointer))
  }
  throw new IndexTorn(id, from)
}

/** A young head that has data past the offset: it lies below its `next` for ever. Anything else asks for the head itself. */
function hintWithData(hints: HeadHints, id: PartitionId, from: Offset, isolation: Isolation): Head | undefined {
  const head = hints.young(id, headHintAgeMsMax)
  if (!head || head.epoch === deletedEpoch) return undefined
  return from >= head.logStart && from < readLimit(head, isolation) ? head : undefined
}

const readLimit = (head: Head, isolation: Isolation): Offset =>
  isolation === 'read-committed' ? lastStableOffset(head) : head.next

const withoutBatches = (result: ReadResult): BatchesRead => ({ result, passed: [] })

/** Releases all that was found, in the answer or not: a second call would take memory from under somebody else. */
function onlyOnce(found: readonly (StampedBytes | undefined)[]): () => void {
  let held = found
  return () => {
    releaseBytes(held)
    held = []
  }
}

const nothingHeld = (): void => undefined

function readResult(head: Head, nextOffset: Offset, chunks: readonly Uint8Array[], release = nothingHeld): ReadResult {
  return {
    outcome: 'read',
    chunks,
    release,
    nextOffset,
    highWatermark: head.next,
    lastStableOffset: lastStableOffset(head),
    logStartOffset: head.logStart,
    leaderEpoch: head.epoch,
  }
}

/** The first entries that together hold about that many bytes from the offset on; at least one. */
export function enough(entries: readonly IndexEntry[], from: Offset, bytesWanted: number): IndexEntry[] {
  let bytes = 0
  const planned: IndexEntry[] = []
  for (const entry of entries) {
    if (planned.length > 0 && bytes >= bytesWanted) break
    planned.push(entry)
    bytes += bytesFrom(entry, from)
  }
  return planned
}

/** Whole batches from the one that contains `from` up to a limit in offsets and, but for the first, in bytes. */
function cutOut(found: readonly (StampedBytes | undefined)[], from: Offset, limit: Offset, maxBytes: number) {
  const chunks: Uint8Array[] = []
  let position: number = from
  let room = maxBytes
  for (const stamped of found) {
    // Bytes that went away behind the first ones are the next read's to look for.
    if (!stamped) break
    const { bytes, batches } = stamped
    const first = batches.find((batch) => batch.end > position)
    if (!first || first.base >= limit) break
    let last: WalkedBatch | undefined
    for (const batch of batches) {
      if (batch.end <= position) continue
      const isFirst = batch === first && chunks.length === 0
      if (batch.base >= limit || (!isFirst && batch.stop - first.start > room)) break
      last = batch
    }
    if (!last) break
    chunks.push(bytes.subarray(first.start, last.stop))
    room -= last.stop - first.start
    position = last.end
    if (last !== batches.at(-1)) break
  }
  return { chunks, nextOffset: offset(position) }
}
