/**
 * The bytes of pointers, base offsets and leader epochs stamped: from the cache, from a read that is under way, else by
 * ranged GETs (neighbours in one object are one GET) and one batched get of inline items, some in parallel. The cache
 * holds what was read.
 *
 * Stamping happens once, on bytes that are this process's alone: fresh from a store, or a copy of what a writer put into
 * the cache. What readers hold never changes, and its memory is used again only when all of them have released it: the load
 * that read it, for those who wait for it; the cache; and each who was answered.
 */

import { assert } from '../base/assert.ts'
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
import type { ReadBuffer, ReadBuffers } from './read-buffers.ts'

/** A pointer's bytes with true base offsets and leader epochs. Nobody may change them: they are in the cache. */
export interface StampedBytes {
  readonly bytes: Uint8Array
  readonly batches: readonly WalkedBatch[]
  /** Where they lie in memory that is used again. */
  readonly buffer: ReadBuffer | undefined
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

/** A read that is under way, and what it has brought until the last of those who wait for it has taken his own hold of it. */
class Load {
  readonly ended: Promise<void>
  /** By `cacheKey`, each with a hold; what is gone is not in it. */
  readonly #found = new Map<string, StampedBytes>()
  #waiting = 0
  #isOver = false

  /** `run` is called at once, or `after` another load has ended well. */
  constructor(run: (found: Map<string, StampedBytes>) => Promise<void>, after: Load | undefined) {
    this.ended = after ? after.ended.then(() => run(this.#found)) : run(this.#found)
  }

  join(): void {
    assert(!this.#isOver, 'a read is joined after its bytes have gone back')
    this.#waiting++
  }

  /** Held for the caller. */
  taken(cacheKey: string): StampedBytes | undefined {
    assert(!this.#isOver, 'bytes are taken after they have gone back')
    const stamped = this.#found.get(cacheKey)
    stamped?.buffer?.hold()
    return stamped
  }

  leave(): void {
    if (--this.#waiting > 0) return
    this.#isOver = true
    releaseBytes([...this.#found.values()])
  }
}

/** Says that the caller of `fetch` is done with what it was answered. Who does not leaves it to the garbage collector. */
export function releaseBytes(found: readonly (StampedBytes | undefined)[]): void {
  for (const stamped of found) stamped?.buffer?.release()
}

export interface PointerBytesParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly cache: BytesCache
  /** What is read into. Without: memory of its own for each read. */
  readonly buffers?: ReadBuffers
}

export class PointerBytes {
  readonly #meta: MetaStore
  readonly #ranges: ObjectRanges
  readonly #cache: BytesCache
  readonly #buffers: ReadBuffers | undefined
  readonly #counter = new CacheCounter()
  /** By `cacheKey`: what is being read, for whoever wants it meanwhile. */
  readonly #underWay = new Map<string, Load>()

  constructor({ meta, objects, cache, buffers }: PointerBytesParts) {
    this.#meta = meta
    this.#ranges = new ObjectRanges(objects, buffers)
    this.#cache = cache
    this.#buffers = buffers
  }

  /**
   * The stamped bytes of each entry, `undefined` for those that are gone; the caller has a hold of each (`releaseBytes`). Throws `BytesLost` when bytes are there but are
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
    for (const load of distinct) load.join()
    try {
      // All of them, whatever becomes of one: who joined a load leaves it when it has ended.
      const ends = distinct.length === 1 ? [] : await Promise.allSettled(distinct.map(({ ended }) => ended))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
      await distinct[0]?.ended
      let next = 0
      return entries.map(({ cacheKey }, index) => found[index] ?? loads[next++]?.taken(cacheKey))
    } catch (fault) {
      releaseBytes(found)
      throw fault
    } finally {
      for (const load of distinct) load.leave()
    }
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
    const keep = (each: PlacedPointer, { bytes }: OwnBytes) => found.set(each, bytes)
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
    if (!isStamped(cached)) return this.#stamp(id, entry, this.#copyOf(cached.bytes), epochAt)
    cached.buffer?.hold()
    return cached
  }

  /**
   * For each entry the read that will bring it. Some at a time: each lane takes its next call when its last one has ended,
   * and none after a fault.
   */
  #loads(id: PartitionId, entries: readonly IndexEntry[], options: FetchOptions): Load[] {
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
    const own = new Map<string, Load>()
    const lanes: Load[] = []
    for (const [index, call] of calls.entries()) {
      const lane = index % readCallsAtOnceMax
      const load = new Load((found) => this.#load(id, call.run, options.epochAt, found), lanes[lane])
      lanes[lane] = load
      for (const { cacheKey } of call.own) own.set(cacheKey, load)
      this.#announce(call.own, load)
    }
    return entries.map(({ cacheKey }) => own.get(cacheKey) ?? (this.#underWay.get(cacheKey) as Load))
  }

  /** Until it has ended, which is heard of here first: whoever joins it then comes before those who wait have left. */
  #announce(entries: readonly IndexEntry[], load: Load): void {
    for (const { cacheKey } of entries) this.#underWay.set(cacheKey, load)
    const ended = () => {
      for (const { cacheKey } of entries) {
        if (this.#underWay.get(cacheKey) === load) this.#underWay.delete(cacheKey)
      }
    }
    load.ended.then(ended, ended)
  }

  async #load(
    id: PartitionId,
    run: (keep: Keep<IndexEntry>) => Promise<void>,
    epochAt: EpochAt,
    found: Map<string, StampedBytes>,
  ): Promise<void> {
    await run((entry, own) => {
      found.set(entry.cacheKey, this.#stamp(id, entry, own, epochAt))
    })
  }

  async #getRange<Entry extends PlacedPointer>(id: PartitionId, range: Range<Entry>, keep: Keep<Entry>): Promise<void> {
    const found = await this.#ranges.get(range.objectKey, range.start, range.end)
    if (!found) return
    const { bytes: all, buffer } = found
    for (const entry of range.entries) {
      const bytes = cut(id, entry, all, entry.pointer.position - range.start)
      buffer?.hold()
      keep(entry, { bytes, buffer, sharesBuffer: true })
    }
    buffer?.release()
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
      if (!item) continue
      const bytes = cut(id, entry, parseInline(item).bytes, entry.pointer.position)
      keep(entry, { bytes, buffer: undefined, sharesBuffer: false })
    }
  }

  #copyOf(bytes: Uint8Array): OwnBytes {
    const copy = this.#buffers?.take(bytes.length)
    if (!copy) return { bytes: bytes.slice(), buffer: undefined, sharesBuffer: false }
    copy.bytes.set(bytes)
    return { ...copy, sharesBuffer: true }
  }

  /** The hold of `own` is the answer's. */
  #stamp(
    id: PartitionId,
    entry: IndexEntry,
    { bytes, buffer, sharesBuffer }: OwnBytes,
    epochAt: EpochAt,
  ): StampedBytes {
    const batches = batchesOf(id, entry, bytes)
    stampBatches(bytes, batches, epochAt)
    const stamped = { bytes, batches, buffer }
    this.#cache.put(entry.cacheKey, stamped, { sharesBuffer })
    return stamped
  }
}

/** Bytes that belong to nobody else, with a hold of the memory that they lie in. */
interface OwnBytes {
  readonly bytes: Uint8Array
  readonly buffer: ReadBuffer | undefined
  /** The rest of their memory is in use as well. */
  readonly sharesBuffer: boolean
}

const isStamped = (cached: CachedBytes): cached is StampedBytes => cached.batches !== undefined

type Keep<Entry> = (entry: Entry, own: OwnBytes) => void

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
