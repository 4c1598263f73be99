/**
 * The bytes of recently written and read pointers, least recently used first out, bounded by bytes. A pointer never stands
 * for other bytes, so an entry is never stale; it may outlive the bytes in the store, which harms nobody.
 *
 * Entries are immutable: whoever wants to stamp takes a copy and puts that. `stamp` says for which leader epoch an entry's
 * batches carry their true base offsets; without it the bytes are as the producer sent them.
 */
import { bytesCacheBytesMax } from '../base/limits.ts'

export interface CachedBytes {
  readonly bytes: Uint8Array
  readonly stampedEpoch: number | undefined
}

export class BytesCache {
  readonly #bytesMax: number
  readonly #entries = new Map<string, CachedBytes>()
  #bytes = 0

  constructor({ bytesMax = bytesCacheBytesMax }: { bytesMax?: number } = {}) {
    this.#bytesMax = bytesMax
  }

  /**
   * `partitionKey` by `keys.ts`, `pointerKey` by `pointer.ts`. Nobody may change `bytes` afterwards. One entry may take an
   * eighth of the cache; larger ones are not kept, so that one of them does not clear all the others out.
   */
  put(partitionKey: string, pointerKey: string, bytes: Uint8Array, stampedEpoch?: number): void {
    if (bytes.byteLength > this.#bytesMax / 8) return
    const key = `${partitionKey}/${pointerKey}`
    this.#drop(key)
    this.#entries.set(key, { bytes: unpinned(bytes), stampedEpoch })
    this.#bytes += bytes.byteLength
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.#drop(oldest)
    }
  }

  get(partitionKey: string, pointerKey: string): CachedBytes | undefined {
    const key = `${partitionKey}/${pointerKey}`
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes.byteLength
  }
}

/** A small view would keep the whole buffer behind it (a frame, a coalesced read) alive: the bound would be a lie. */
function unpinned(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.byteLength ? bytes.slice() : bytes
}
