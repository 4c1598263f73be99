/**
 * The bytes of pointers, base offsets and leader epoch stamped: from the cache, else by ranged GETs (neighbours in one
 * object are one GET) and one batched get of inline items, some in parallel. The cache holds what was read.
 *
 * Stamping happens once, on bytes that are this process's alone: fresh from a store, or a copy of what a writer put into
 * the cache. A new leader epoch makes a new copy; what readers already hold never changes.
 */
import type { Epoch, PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { rangeBytesMax, rangeGapBytesMax, readCallsAtOnceMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { NotTheseBatches, stampBatches, type WalkedBatch, walkBatches } from './batch-walk.ts'
import type { BytesCache } from './bytes-cache.ts'
import type { IndexEntry } from './index-lookup.ts'
import { parseInline } from './inline.ts'
import { inlineKey, intakeObjectKey, partitionKey, segmentObjectKey } from './keys.ts'
import { BytesLost } from './loss.ts'
import { pointerKey } from './pointer.ts'

/** A pointer's bytes with true base offsets and leader epoch. Nobody may change them: they are in the cache. */
export interface StampedBytes {
  readonly bytes: Uint8Array
  readonly batches: readonly WalkedBatch[]
}

interface Range {
  readonly objectKey: string
  readonly start: number
  end: number
  readonly entries: IndexEntry[]
}

export interface FetchOptions {
  readonly leaderEpoch: Epoch
  /** Read inline items strongly. Objects always are. */
  readonly strong: boolean
}

export class PointerBytes {
  readonly #meta: MetaStore
  readonly #objects: ObjectStore
  readonly #cache: BytesCache

  constructor({ meta, objects, cache }: { meta: MetaStore; objects: ObjectStore; cache: BytesCache }) {
    this.#meta = meta
    this.#objects = objects
    this.#cache = cache
  }

  /**
   * The stamped bytes of each entry, `undefined` for those that are gone. Throws `BytesLost` when bytes are there but are
   * not the batches that the index says, and what the stores throw.
   */
  async fetch(
    id: PartitionId,
    entries: readonly IndexEntry[],
    { leaderEpoch, strong }: FetchOptions,
  ): Promise<(StampedBytes | undefined)[]> {
    const cached = entries.map((entry) => this.#cached(id, entry, leaderEpoch))
    const missing = entries.filter((_, index) => !cached[index])
    const loaded = await this.load(id, missing, { strong })
    const byEntry = new Map(missing.map((entry, index) => [entry, loaded[index]]))
    return entries.map((entry, index) => {
      const own = byEntry.get(entry)
      return cached[index] ?? (own && this.#stamp(id, entry, own, leaderEpoch))
    })
  }

  /** The bytes of each entry as they are stored, past the cache, and the caller's own. */
  async load(
    id: PartitionId,
    entries: readonly IndexEntry[],
    { strong }: { strong: boolean },
  ): Promise<(Uint8Array | undefined)[]> {
    const found = new Map<IndexEntry, Uint8Array>()
    const inline = entries.filter(({ pointer }) => pointer.inline)
    const stored = entries.filter(({ pointer }) => !pointer.inline)
    const calls = rangesOf(id, stored).map((range) => () => this.#loadRange(id, range, found))
    if (inline.length > 0) calls.push(() => this.#loadInline(id, inline, found, strong))
    await inParallel(calls, readCallsAtOnceMax, (call) => call())
    return entries.map((entry) => found.get(entry))
  }

  #cached(id: PartitionId, entry: IndexEntry, leaderEpoch: Epoch): StampedBytes | undefined {
    const cached = this.#cache.get(partitionKey(id), pointerKey(entry.pointer))
    if (!cached) return undefined
    if (cached.stampedEpoch === leaderEpoch) return { bytes: cached.bytes, batches: batchesOf(id, entry, cached.bytes) }
    return this.#stamp(id, entry, new Uint8Array(cached.bytes), leaderEpoch)
  }

  async #loadRange(id: PartitionId, range: Range, found: Map<IndexEntry, Uint8Array>): Promise<void> {
    const bytes = await this.#objects.get(range.objectKey, { range: { start: range.start, end: range.end } })
    if (!bytes) return
    for (const entry of range.entries) {
      found.set(entry, cut(id, entry, bytes, entry.pointer.position - range.start))
    }
  }

  async #loadInline(
    id: PartitionId,
    entries: readonly IndexEntry[],
    found: Map<IndexEntry, Uint8Array>,
    strong: boolean,
  ): Promise<void> {
    const names = [...new Set(entries.map(({ pointer }) => pointer.name))]
    const items = await this.#meta.getMany(
      names.map((name) => inlineKey(id, name)),
      { strong },
    )
    const byName = new Map(names.map((name, index) => [name, items[index]]))
    for (const entry of entries) {
      const item = byName.get(entry.pointer.name)
      // The bytes of an answer are ours; two pointers into one item have none in common.
      if (item) found.set(entry, cut(id, entry, parseInline(item).bytes, entry.pointer.position))
    }
  }

  /** `own` belongs to nobody else. */
  #stamp(id: PartitionId, entry: IndexEntry, own: Uint8Array, leaderEpoch: Epoch): StampedBytes {
    const batches = batchesOf(id, entry, own)
    stampBatches(own, batches, leaderEpoch)
    this.#cache.put(partitionKey(id), pointerKey(entry.pointer), own, leaderEpoch)
    return { bytes: own, batches }
  }
}

const objectKeyOf = (id: PartitionId, { pointer, segment }: IndexEntry): string =>
  segment ? segmentObjectKey(id, pointer.name) : intakeObjectKey(pointer.name)

function cut(id: PartitionId, { pointer, base }: IndexEntry, bytes: Uint8Array, start: number): Uint8Array {
  if (start + pointer.length > bytes.byteLength) {
    throw new BytesLost(id, base, pointer, `only ${Math.max(0, bytes.byteLength - start)} bytes are there`)
  }
  return bytes.subarray(start, start + pointer.length)
}

function batchesOf(id: PartitionId, { pointer, base, end }: IndexEntry, bytes: Uint8Array): WalkedBatch[] {
  try {
    return walkBatches(bytes, base, end)
  } catch (cause) {
    if (cause instanceof NotTheseBatches) throw new BytesLost(id, base, pointer, 'other bytes are there', cause)
    throw cause
  }
}

/** Entries that follow each other in one object are one range, up to a size, and with a small gap at most. */
function rangesOf(id: PartitionId, entries: readonly IndexEntry[]): Range[] {
  const ranges: Range[] = []
  for (const entry of entries) {
    const objectKey = objectKeyOf(id, entry)
    const { position, length } = entry.pointer
    const last = ranges.at(-1)
    const joins =
      last?.objectKey === objectKey &&
      position >= last.end &&
      position - last.end <= rangeGapBytesMax &&
      position + length - last.start <= rangeBytesMax
    if (joins) {
      last.end = position + length
      last.entries.push(entry)
    } else {
      ranges.push({ objectKey, start: position, end: position + length, entries: [entry] })
    }
  }
  return ranges
}
