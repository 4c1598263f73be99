/**
 * The bytes of recently written and read pointers, bounded by bytes, least recently used first out. A pointer never stands
 * for other bytes, so an entry is never stale; it may outlive the bytes in the store, which harms nobody.
 *
 * Large is not better here: memory that is used again at once stays in the processor's cache and costs no collection (a scan
 * through 64 MiB of it costs twice the CPU of one through 8). So what a reader has passed is dropped (`read-ahead.ts`), and
 * what was written where nobody reads has a small share of its own.
 */
import { bytesCacheBytesMax, bytesCacheEntryShare, bytesCacheUnreadShare } from '../base/limits.ts'
import type { WalkedBatch } from './batch-walk.ts'
import type { ReadBuffer } from './read-buffers.ts'

export interface CachedBytes {
  readonly bytes: Uint8Array
  /** Where its batches lie; they carry their true base offsets and leader epochs. Without: bytes as the producer sent them. */
  readonly batches?: readonly WalkedBatch[]
  /** Memory that is used again: the cache holds it for as long as the entry is in it. */
  readonly buffer?: ReadBuffer | undefined
}

export class BytesCache {
  readonly bytesMax: number
  readonly #entryBytesMax: number
  readonly #read: RecentBytes
  readonly #unread: RecentBytes

  constructor({ bytesMax = bytesCacheBytesMax }: { bytesMax?: number } = {}) {
    const unreadMax = Math.floor(bytesMax / bytesCacheUnreadShare)
    this.bytesMax = bytesMax
    this.#entryBytesMax = Math.floor(bytesMax / bytesCacheEntryShare)
    this.#read = new RecentBytes(bytesMax - unreadMax)
    this.#unread = new RecentBytes(unreadMax)
  }

  /** Larger entries are not kept, so that one of them does not clear all the others out. */
  get entryBytesMax(): number {
    return this.#entryBytesMax
  }

  /**
   * What a reader got, or will get; `cacheKey` by `keys.ts`. Nobody may change `bytes` afterwards. `sharesBuffer`: the rest of
   * its buffer is put as well, so that it is no waste to keep it alive.
   */
  put(key: string, entry: CachedBytes, { sharesBuffer = false }: { sharesBuffer?: boolean } = {}): void {
    this.drop(key)
    if (entry.bytes.byteLength > this.#entryBytesMax) return
    this.#read.put(key, sharesBuffer ? entry : unpinned(entry))
  }

  /**
   * What this process has appended, as it was sent. `isAwaited`: somebody reads there. Where nobody does, a small view of a
   * large buffer is not kept: to copy it would cost more than it is worth.
   */
  putWritten(key: string, bytes: Uint8Array, { isAwaited }: { isAwaited: boolean }): void {
    this.drop(key)
    if (bytes.byteLength > this.#entryBytesMax) return
    if (isAwaited) this.#read.put(key, unpinned({ bytes }))
    else if (!pinsMuch(bytes)) this.#unread.put(key, { bytes })
  }

  get(key: string): CachedBytes | undefined {
    return this.#read.get(key) ?? this.#unread.get(key)
  }

  /** Without using it. */
  has(key: string): boolean {
    return this.#read.has(key) || this.#unread.has(key)
  }

  drop(key: string): void {
    this.#read.drop(key)
    this.#unread.drop(key)
  }

  /** Bytes of memory held now. */
  get bytes(): number {
    return this.#read.bytes + this.#unread.bytes
  }
}

/** Least recently used first out. Buffers are counted, not views of them: a view keeps all of its buffer alive. */
class RecentBytes {
  readonly #bytesMax: number
  readonly #entries = new Map<string, CachedBytes>()
  readonly #views = new Map<ArrayBufferLike, number>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  put(key: string, entry: CachedBytes): void {
    const { buffer } = entry.bytes
    const views = this.#views.get(buffer) ?? 0
    if (views === 0) this.#bytes += buffer.byteLength
    this.#views.set(buffer, views + 1)
    entry.buffer?.hold()
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.drop(oldest)
    }
  }

  get(key: string): CachedBytes | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  drop(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    entry.buffer?.release()
    const { buffer } = entry.bytes
    const views = (this.#views.get(buffer) ?? 1) - 1
    if (views > 0) {
      this.#views.set(buffer, views)
      return
    }
    this.#views.delete(buffer)
    this.#bytes -= buffer.byteLength
  }
}

/** A small view would keep the whole buffer behind it (a frame, a coalesced read) alive: little would fit. */
const pinsMuch = (bytes: Uint8Array) => bytes.buffer.byteLength > 2 * bytes.byteLength

function unpinned(entry: CachedBytes): CachedBytes {
  return pinsMuch(entry.bytes) ? { ...entry, bytes: entry.bytes.slice(), buffer: undefined } : entry
}
