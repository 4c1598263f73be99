/**
 * Kafka's ListOffsets. By timestamp: the first record whose timestamp is at or after the target. Producers' timestamps are
 * in no order, so pointers are looked at one after the other, as Kafka looks at segments; each carries its records' largest
 * timestamp, so that bytes are read only where the answer is.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { readTriesMax } from '../base/limits.ts'
import { iterateRecords } from '../records/iterate.ts'
import type { PointerBytes, StampedBytes } from './bytes.ts'
import { epochsOf } from './epochs.ts'
import type { Head } from './head.ts'
import { lastStableOffset, readHead } from './head-read.ts'
import type { IndexEntry } from './index-entry.ts'
import type { ListOffsetsResult, OffsetSpec } from './log-types.ts'
import { BytesLost, IndexTorn } from './loss.ts'
import { pointerKey } from './pointer.ts'
import type { Isolation, ReadParts } from './read.ts'

/** A record found, `none`, or that the index moved while it was read: again, from the head. */
type Search =
  | { readonly offset: number; readonly timestamp: number }
  | 'none'
  | { readonly moved: IndexEntry | undefined }

/** `isolation` `read-committed` looks no further than the last stable offset. Throws as `readBatches` does. */
export async function listOffsets(
  parts: ReadParts,
  id: PartitionId,
  spec: OffsetSpec,
  isolation: Isolation = 'read-uncommitted',
): Promise<ListOffsetsResult> {
  const gone = new Set<string>()
  for (let tries = 0; tries < readTriesMax; tries++) {
    const head = await readHead(parts.meta, parts.hints, id)
    if (!head) return { outcome: 'unknown-partition' }
    const limit = isolation === 'read-committed' ? lastStableOffset(head) : head.next
    const found = (at: number, timestamp: number): ListOffsetsResult => ({
      outcome: 'found',
      offset: at,
      timestamp,
      // A record's is that of its batch; of what is not there yet it is the one that will append it.
      leaderEpoch: at >= 0 && at < head.next ? epochsOf(head)(at) : head.epoch,
    })
    if (spec === 'earliest') return found(head.logStart, -1)
    if (spec === 'latest') return found(limit, -1)
    const search =
      spec === 'max-timestamp'
        ? await searchLatest(parts, id, head, limit, gone)
        : await searchFrom(parts, id, head, limit, spec.timestamp, gone)
    if (search === 'none') return found(-1, -1)
    if ('offset' in search) return found(search.offset, search.timestamp)
    if (search.moved) gone.add(pointerKey(search.moved.pointer))
  }
  throw new IndexTorn(id, offset(0))
}

/** The first record at or after a timestamp. */
async function searchFrom(
  parts: ReadParts,
  id: PartitionId,
  head: Head,
  limit: Offset,
  target: number,
  gone: ReadonlySet<string>,
): Promise<Search> {
  for await (const entries of parts.index.allEntries(id, head, head.logStart)) {
    if (entries === 'gap') return { moved: undefined }
    for (const entry of entries) {
      if (entry.base >= limit) return 'none'
      if (entry.pointer.maxTimestamp < target) continue
      const record = await firstRecord(parts.bytes, id, head, entry, limit, target, gone)
      if (record !== 'none') return record
    }
  }
  return 'none'
}

/** The first of the records with the largest timestamp of all (KIP-734). */
async function searchLatest(
  parts: ReadParts,
  id: PartitionId,
  head: Head,
  limit: Offset,
  gone: ReadonlySet<string>,
): Promise<Search> {
  // Largest first; an entry that reaches over an end of the log may owe its timestamp to a record that does not count.
  const whole: { best: IndexEntry | undefined; cut: IndexEntry[] } = { best: undefined, cut: [] }
  for await (const entries of parts.index.allEntries(id, head, head.logStart)) {
    if (entries === 'gap') return { moved: undefined }
    for (const entry of entries) {
      if (entry.base >= limit) break
      if (entry.base < head.logStart || entry.end > limit) whole.cut.push(entry)
      else if (entry.pointer.maxTimestamp > (whole.best?.pointer.maxTimestamp ?? -1)) whole.best = entry
    }
  }
  let best: Search = 'none'
  for (const entry of [...whole.cut, ...(whole.best ? [whole.best] : [])].sort((a, b) => a.base - b.base)) {
    const record = await latestRecord(parts.bytes, id, head, entry, limit, gone)
    if (record === 'none') continue
    if (!('offset' in record)) return record
    if (best === 'none' || !('offset' in best) || record.timestamp > best.timestamp) best = record
  }
  return best
}

async function firstRecord(
  bytes: PointerBytes,
  id: PartitionId,
  head: Head,
  entry: IndexEntry,
  limit: Offset,
  target: number,
  gone: ReadonlySet<string>,
): Promise<Search> {
  const stamped = await bytesOf(bytes, id, head, entry, gone)
  if (!stamped) return { moved: entry }
  for (const batch of stamped.batches) {
    if (batch.maxTimestamp < target || batch.end <= head.logStart) continue
    for (const record of iterateRecords(stamped.bytes.subarray(batch.start, batch.stop))) {
      if (record.offset >= limit) return 'none'
      if (record.timestamp >= target && record.offset >= head.logStart) return record
    }
  }
  return 'none'
}

async function latestRecord(
  bytes: PointerBytes,
  id: PartitionId,
  head: Head,
  entry: IndexEntry,
  limit: Offset,
  gone: ReadonlySet<string>,
): Promise<Search> {
  const stamped = await bytesOf(bytes, id, head, entry, gone)
  if (!stamped) return { moved: entry }
  let best: { offset: number; timestamp: number } | undefined
  for (const batch of stamped.batches) {
    if (batch.maxTimestamp <= (best?.timestamp ?? -1) || batch.end <= head.logStart) continue
    for (const record of iterateRecords(stamped.bytes.subarray(batch.start, batch.stop))) {
      if (record.offset < head.logStart || record.offset >= limit) continue
      if (record.timestamp > (best?.timestamp ?? -1)) best = record
    }
  }
  return best ?? 'none'
}

/** Throws `BytesLost` for bytes that were gone before this head was read. */
async function bytesOf(
  bytes: PointerBytes,
  id: PartitionId,
  head: Head,
  entry: IndexEntry,
  gone: ReadonlySet<string>,
): Promise<StampedBytes | undefined> {
  if (gone.has(pointerKey(entry.pointer))) throw new BytesLost(id, entry.base, entry.pointer, 'its bytes are gone')
  const [stamped] = await bytes.fetch(id, [entry], { epochAt: epochsOf(head), strong: true })
  return stamped
}
