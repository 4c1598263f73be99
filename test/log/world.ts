/**
 * A small world for tests of the log: batches of numbered records, and what an oracle reads straight from the stores.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { offset, type PartitionId, topicId } from '../../lib/base/ids.ts'
import { parseHead, tailEntries } from '../../lib/log/head.ts'
import { headKey, pageSortKey, partitionKey } from '../../lib/log/keys.ts'
import { Log, type LogOptions } from '../../lib/log/log.ts'
import { parsePage } from '../../lib/log/page.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { iterateRecords } from '../../lib/records/iterate.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const topic = topicId('AAAAAAAAAAAAAAAAAAAAAA')
export const partitionOf = (partition: number): PartitionId => ({ topicId: topic, partition })
export const p0 = partitionOf(0)

export interface Sequenced {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

export const batchOf = (values: readonly string[], producer?: Sequenced, now = 1_790_000_000_000): Uint8Array =>
  buildBatch({ now, records: values.map((value) => ({ value: encoder.encode(value) })), ...producer })

export interface Stores {
  readonly meta: MetaStore
  readonly objects: ObjectStore
}

export const memoryStores = (): Stores => ({ meta: new MemoryMetaStore(), objects: new MemoryObjectStore() })

export const openLog = (stores: Stores, clock: Clock, entropy: Entropy, options: Partial<LogOptions> = {}) =>
  new Log({ ...stores, clock, entropy }, options)

/** Every record's value from the log's start to its end, as a consumer reads them; `offset` is checked to be dense. */
export async function readAll(log: Log, id = p0, maxBytes = 1_000_000, start = 0): Promise<string[]> {
  const values: string[] = []
  let from = offset(start)
  for (;;) {
    const read = await log.read(id, from, { maxBytes })
    if (read.outcome !== 'read') throw new Error(`cannot read at ${from}: ${JSON.stringify(read)}`)
    for (const record of read.chunks.flatMap(recordsOf)) {
      if (record.offset < from) continue
      if (record.offset !== from) throw new Error(`offset ${record.offset} where ${from} was expected`)
      values.push(record.value)
      from = offset(record.offset + 1)
    }
    if (read.chunks.length > 0) continue
    if (read.highWatermark === from) return values
    throw new Error(`nothing at ${from} below the high watermark ${read.highWatermark}`)
  }
}

export function recordsOf(chunk: Uint8Array): { offset: number; value: string }[] {
  const records: { offset: number; value: string }[] = []
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  for (let at = 0; at < chunk.byteLength; ) {
    const bytes = 12 + view.getInt32(at + 8)
    for (const record of iterateRecords(chunk.subarray(at, at + bytes))) {
      records.push({ offset: record.offset, value: record.value ? decoder.decode(record.value) : '' })
    }
    at += bytes
  }
  return records
}

/** Each batch's first offset, and the leader epoch that it carries. */
export function stampsOf(chunk: Uint8Array): { base: number; leaderEpoch: number }[] {
  const stamps: { base: number; leaderEpoch: number }[] = []
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  for (let at = 0; at < chunk.byteLength; at += 12 + view.getInt32(at + 8)) {
    stamps.push({ base: Number(view.getBigInt64(at)), leaderEpoch: view.getInt32(at + 12) })
  }
  return stamps
}

/**
 * The index as it lies in the store: pointer -> base offset, from pages below tailStart and from the tail. Throws when it
 * has a hole or an overlap, or names a pointer twice. Shares nothing with the log's reader but the items' codecs.
 */
export async function indexOf(meta: MetaStore, id = p0): Promise<Map<string, number>> {
  const item = await meta.get(headKey(id), { strong: true })
  if (!item) return new Map()
  const head = parseHead(item)
  const entries: { key: string; base: number; end: number }[] = []
  for (let from = pageSortKey(offset(0)); ; ) {
    const { items, more } = await meta.query(partitionKey(id), { from, to: 'page#~', strong: true })
    for (const page of items.map(parsePage)) {
      if (page.base >= head.tailStart) continue
      if (page.end > head.tailStart)
        throw new Error(`page ${page.base} reaches past the tail's start ${head.tailStart}`)
      for (const { pointer, base, end } of page.entries) entries.push({ key: JSON.stringify(pointer), base, end })
    }
    const last = items.at(-1)
    if (!more || !last) break
    from = `${last.sk}\0`
  }
  for (const { pointer, base, end } of tailEntries(head)) entries.push({ key: JSON.stringify(pointer), base, end })
  let at = 0
  const index = new Map<string, number>()
  for (const { key, base, end } of entries) {
    if (base !== at) throw new Error(`a hole or an overlap: ${base} where ${at} was expected`)
    if (index.has(key)) throw new Error(`twice in the index: ${key}`)
    index.set(key, base)
    at = end
  }
  if (at !== head.next) throw new Error(`the index ends at ${at}, the head says ${head.next}`)
  return index
}
