/**
 * The bytes of pointers, base offsets and leader epochs stamped: from the cache, from a read that is under way, else by
 * ranged GETs (neighbours in one object are one GET) and one batched get of inline items, some in parallel. The cache
 * holds what was read.
 *
 * Stamping happens once, on bytes that are this process's alone: fresh from a store, or a copy of what a writer put into
 * the cache. What readers hold never changes.
 */
import type { PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { readCallsAtOnceMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { NotTheseBatches, stampBatches, type WalkedBatch, walkBatches } from './batch-walk.ts'
import type { BytesCache, CachedBytes } from './bytes-cache.ts'
import { CacheCounter, type CacheCounts } from './cache-counts.ts'
import type { EpochAt } from './epochs.ts'
import type { IndexEntry, PlacedPointer } from './index-entry.ts'
import { parseInline } from './inline.ts'
import { inlineKey, intakeObjectKey, segmentObjectKey } from './keys.ts'
import { BytesLost } from './loss.ts'
import { joinsRange, ObjectRanges } from './object-ranges.ts'

/** A pointer's bytes with true base offsets and leader epochs. Nobody may change them: they are in the cache. */
export interface StampedBytes {
  readonly bytes: Uint8Array
  readonly batches: readonly WalkedBatch[]
}

interface Range<Entry> {
  readonly objectKey: string
  readonly start: number
  end: number
  readonly entries: Entry[]
}

export interface FetchOptions {
  /** Of offsets below the `next` of the head that the entries were found with. */
  readonly epochAt: EpochAt
  /** Read inline items strongly. Objects always are. */
  readonly strong: boolean
  /** Nobody waits for it yet: it is not counted. */
  readonly isAhead?: boolean
}

/** By `cacheKey`; what is gone is not in it. */
type Loaded = ReadonlyMap<string, StampedBytes>

export class PointerBytes {
  readonly #meta: MetaStore
  readonly #ranges: ObjectRanges
  readonly #cache: BytesCache
  readonly #counter = new CacheCounter()
  /** By `cacheKey`: what is being read, for whoever wants it meanwhile. */
  readonly #underWay = new Map<string, Promise<Loaded>>()

  constructor({ meta, objects, cache }: { meta: MetaStore; objects: ObjectStore; cache: BytesCache }) {
    this.#meta = meta
    this.#ranges = new ObjectRanges(objects)
    this.#cache = cache
  }

  /**
   * The stamped bytes of each entry, `undefined` for those that are gone. Throws `BytesLost` when bytes are there but are
   * not the batches that the index says, and what the stores throw.
   */
  async fetch(
    id: PartitionId,
    entries: readonly IndexEntry[],
    options: FetchOptions,
  ): Promise<(StampedBytes | undefined)[]> {
    const found = entries.map((entry) => this.#cached(id, entry, options.epochAt))
    const missing = entries.filter((_, index) => found[index] === undefined)
    if (!options.isAhead) this.#count(entries, found)
    if (missing.length === 0) return found
    const loads = this.#loads(id, missing, options)
    const distinct = [...new Set(loads)]
    const loaded = new Map<Promise<Loaded>, Loaded>()
    for (const [index, end] of (await Promise.allSettled(distinct)).entries()) {
      if (end.status === 'rejected') throw end.reason
      loaded.set(distinct[index] as Promise<Loaded>, end.value)
    }
    let next = 0
    return entries.map(({ cacheKey }, index) => {
      const cached = found[index]
      return cached ?? loaded.get(loads[next++] as Promise<Loaded>)?.get(cacheKey)
    })
  }

  /** Of all that was fetched here, but ahead of readers. */
  get counts(): CacheCounts {
    return this.#counter
  }

  /** Whether the bytes are in memory, or will be. */
  isKnown({ cacheKey }: IndexEntry): boolean {
    return this.#cache.has(cacheKey) || this.#underWay.has(cacheKey)
  }

  /** The bytes of each pointer as they are stored, past the cache, and the caller's own. */
  async load(
    id: PartitionId,
    placed: readonly PlacedPointer[],
    { strong }: { strong: boolean },
  ): Promise<(Uint8Array | undefined)[]> {
    const found = new Map<PlacedPointer, Uint8Array>()
    const keep = (each: PlacedPointer, bytes: Uint8Array) => found.set(each, bytes)
    const inline = placed.filter(({ pointer }) => pointer.inline)
    const stored = placed.filter(({ pointer }) => !pointer.inline)
    const calls = rangesOf(id, stored).map((range) => () => this.#getRange(id, range, keep))
    if (inline.length > 0) calls.push(() => this.#getInline(id, inline, strong, keep))
    await inParallel(calls, readCallsAtOnceMax, (call) => call())
    return placed.map((each) => found.get(each))
  }

  #count(entries: readonly IndexEntry[], found: readonly (StampedBytes | undefined)[]): void {
    for (const [index, { cacheKey, pointer }] of entries.entries()) {
      const otherwise = this.#underWay.has(cacheKey) ? 'joined' : 'miss'
      this.#counter.count(found[index] === undefined ? otherwise : 'hit', pointer.length)
    }
  }

  #cached(id: PartitionId, entry: IndexEntry, epochAt: EpochAt): StampedBytes | undefined {
    const cached = this.#cache.get(entry.cacheKey)
    if (!cached) return undefined
    return isStamped(cached) ? cached : this.#stamp(id, entry, cached.bytes.slice(), epochAt, false)
  }

  /**
   * For each entry the read that will bring it. Some at a time: each lane takes its next call when its last one has ended,
   * and none after a fault.
   */
  #loads(id: PartitionId, entries: readonly IndexEntry[], options: FetchOptions): Promise<Loaded>[] {
    const { strong } = options
    // A strong read of an item does not wait for one that may be none; what is gone from an object is gone.
    const joins = (entry: IndexEntry) => !(strong && entry.pointer.inline) && this.#underWay.has(entry.cacheKey)
    const rest = entries.filter((entry) => !joins(entry))
    const inline = rest.filter(({ pointer }) => pointer.inline)
    const stored = rest.filter(({ pointer }) => !pointer.inline)
    const calls: { own: IndexEntry[]; run: (keep: Keep<IndexEntry>) => Promise<void> }[] = rangesOf(id, stored).map(
      (range) => ({ own: range.entries, run: (keep) => this.#getRange(id, range, keep) }),
    )
    if (inline.length > 0) calls.push({ own: inline, run: (keep) => this.#getInline(id, inline, strong, keep) })
    const own = new Map<string, Promise<Loaded>>()
    const lanes: Promise<unknown>[] = []
    for (const [index, call] of calls.entries()) {
      const lane = index % readCallsAtOnceMax
      const load = () => this.#load(id, call.run, options.epochAt)
      const loading = lanes[lane] ? lanes[lane].then(load) : load()
      lanes[lane] = loading
      for (const { cacheKey } of call.own) own.set(cacheKey, loading)
      this.#announce(call.own, loading)
    }
    return entries.map(({ cacheKey }) => own.get(cacheKey) ?? (this.#underWay.get(cacheKey) as Promise<Loaded>))
  }

  #announce(entries: readonly IndexEntry[], loading: Promise<Loaded>): void {
    for (const { cacheKey } of entries) this.#underWay.set(cacheKey, loading)
    const ended = () => {
      for (const { cacheKey } of entries) {
        if (this.#underWay.get(cacheKey) === loading) this.#underWay.delete(cacheKey)
      }
    }
    loading.then(ended, ended)
  }

  async #load(id: PartitionId, run: (keep: Keep<IndexEntry>) => Promise<void>, epochAt: EpochAt): Promise<Loaded> {
    const loaded = new Map<string, StampedBytes>()
    await run((entry, bytes) => {
      const sharesBuffer = !entry.pointer.inline
      loaded.set(entry.cacheKey, this.#stamp(id, entry, bytes, epochAt, sharesBuffer))
    })
    return loaded
  }

  async #getRange<Entry extends PlacedPointer>(id: PartitionId, range: Range<Entry>, keep: Keep<Entry>): Promise<void> {
    const bytes = await this.#ranges.get(range.objectKey, range.start, range.end)
    if (!bytes) return
    for (const entry of range.entries) keep(entry, cut(id, entry, bytes, entry.pointer.position - range.start))
  }

  async #getInline<Entry extends PlacedPointer>(
    id: PartitionId,
    entries: readonly Entry[],
    strong: boolean,
    keep: Keep<Entry>,
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
      if (item) keep(entry, cut(id, entry, parseInline(item).bytes, entry.pointer.position))
    }
  }

  /** `own` belongs to nobody else. */
  #stamp(id: PartitionId, entry: IndexEntry, own: Uint8Array, epochAt: EpochAt, sharesBuffer: boolean): StampedBytes {
    const batches = batchesOf(id, entry, own)
    stampBatches(own, batches, epochAt)
    const stamped = { bytes: own, batches }
    this.#cache.put(entry.cacheKey, stamped, { sharesBuffer })
    return stamped
  }
}

const isStamped = (cached: CachedBytes): cached is StampedBytes => cached.batches !== undefined

type Keep<Entry> = (entry: Entry, bytes: Uint8Array) => void

const objectKeyOf = (id: PartitionId, { pointer, segment }: PlacedPointer): string =>
  segment ? segmentObjectKey(id, pointer.name) : intakeObjectKey(pointer.name)

function cut(id: PartitionId, { pointer, base }: PlacedPointer, bytes: Uint8Array, start: number): Uint8Array {
  if (start + pointer.length > bytes.byteLength) {
    throw new BytesLost(id, base, pointer, `only ${Math.max(0, bytes.byteLength - start)} bytes are there`)
  }
  return start === 0 && pointer.length === bytes.byteLength ? bytes : bytes.subarray(start, start + pointer.length)
}

function batchesOf(id: PartitionId, { pointer, base, end }: PlacedPointer, bytes: Uint8Array): WalkedBatch[] {
  try {
    return walkBatches(bytes, base, end)
  } catch (cause) {
    if (cause instanceof NotTheseBatches) throw new BytesLost(id, base, pointer, 'other bytes are there', cause)
    throw cause
  }
}

/** Pointers that follow each other in one object are one range, up to a size, and with a small gap at most. */
function rangesOf<Entry extends PlacedPointer>(id: PartitionId, entries: readonly Entry[]): Range<Entry>[] {
  const ranges: Range<Entry>[] = []
  for (const entry of entries) {
    const objectKey = objectKeyOf(id, entry)
    const { position, length } = entry.pointer
    const last = ranges.at(-1)
    if (last?.objectKey === objectKey && joinsRange(last.start, last.end, position, position + length)) {
      last.end = position + length
      last.entries.push(entry)
    } else {
      ranges.push({ objectKey, start: position, end: position + length, entries: [entry] })
    }
  }
  return ranges
}
