/**
 * Memory that is read into, and read into again when nobody holds it any more. Fresh memory for every read is dear in a
 * process whose heap is small: V8 collects all of it for every 140 MB that a server hands out, 0.3 CPU seconds a gigabyte.
 *
 * Memory has holds, and goes back when the last of them is released; whoever may still look at it has one of his own. Who
 * forgets to release costs a slab that the garbage collector takes instead. Who releases too early would hand out other
 * records than were asked for, so `hold` and `release` of memory that has gone back are bugs that fail at once.
 */
import { assert } from '../base/assert.ts'
import {
  bytesCacheBytesMax,
  readAloneBytesMax,
  readFreeCacheShare,
  readSlabBytesMax,
  readSlabCacheShare,
} from '../base/limits.ts'

/** Memory that is held; made with one hold, its maker's. */
export class ReadBuffer {
  /** All of it: slices are of several reads, and none of them overlap. */
  readonly bytes: Uint8Array
  readonly #freed: (buffer: ReadBuffer) => void
  #holds = 1

  constructor(bytes: Uint8Array, freed: (buffer: ReadBuffer) => void) {
    this.bytes = bytes
    this.#freed = freed
  }

  get holds(): number {
    return this.#holds
  }

  hold(): void {
    assert(this.#holds > 0, 'memory that has gone back is held again')
    this.#holds++
  }

  release(): void {
    assert(this.#holds > 0, 'memory is released more often than it was held')
    if (--this.#holds === 0) this.#freed(this)
  }
}

export interface ReadSlice {
  readonly bytes: Uint8Array
  /** What `bytes` are a part of; it has a hold for whoever took the slice. */
  readonly buffer: ReadBuffer
}

/** What is done to memory that nobody holds: nothing, but in tests that look for those who read it nevertheless. */
export type Spoil = (bytes: Uint8Array) => void

export class ReadBuffers {
  readonly #freeBytesMax: number
  readonly #slabBytes: number
  readonly #spoil: Spoil | undefined
  /** In the order in which they went back; the last is used first, it is still in the processor's cache. */
  readonly #free: Uint8Array[] = []
  #freeBytes = 0
  /** The slab that small reads are made into side by side, held for that, and how much of it is taken. */
  #slab: ReadBuffer | undefined
  #taken = 0

  /** `cacheBytesMax`: of the cache that will keep what is read, in which a slab counts as a whole. */
  constructor({ cacheBytesMax = bytesCacheBytesMax, spoil }: { cacheBytesMax?: number; spoil?: Spoil } = {}) {
    this.#freeBytesMax = Math.floor(cacheBytesMax / readFreeCacheShare)
    this.#slabBytes = Math.min(readSlabBytesMax, Math.floor(cacheBytesMax / readSlabCacheShare))
    this.#spoil = spoil
  }

  /** Memory for `length` bytes, whatever is in it. */
  take(length: number): ReadSlice {
    if (length > this.#slabBytes) return this.#takeAlone(length)
    const isFull = this.#taken + length > this.#slabBytes
    // All of its slices were released: it goes back, and is the first one to be obtained again.
    const isUnused = this.#taken > 0 && this.#slab?.holds === 1
    if (!this.#slab || isFull || isUnused) {
      this.#slab?.release()
      this.#slab = this.#obtain(this.#slabBytes)
      this.#taken = 0
    }
    const buffer = this.#slab
    const start = this.#taken
    // On a cache line of its own.
    this.#taken = Math.ceil((start + length) / 64) * 64
    buffer.hold()
    return { bytes: buffer.bytes.subarray(start, start + length), buffer }
  }

  /** Memory that waits to be used. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  #takeAlone(length: number): ReadSlice {
    const size = roundedUp(length)
    // Longer than reads are as a rule: the collector's.
    const buffer = size > readAloneBytesMax ? new ReadBuffer(fresh(length), () => undefined) : this.#obtain(size)
    return { bytes: buffer.bytes.subarray(0, length), buffer }
  }

  #obtain(size: number): ReadBuffer {
    const index = this.#free.findLastIndex(({ length }) => length === size)
    const [found] = index < 0 ? [] : this.#free.splice(index, 1)
    if (found) this.#freeBytes -= size
    // A buffer of its own each time: who released too often meets a dead one, never the next reader's.
    return new ReadBuffer(found ?? fresh(size), ({ bytes }) => this.#takeBack(bytes))
  }

  #takeBack(bytes: Uint8Array): void {
    this.#spoil?.(bytes)
    this.#free.push(bytes)
    this.#freeBytes += bytes.length
    while (this.#freeBytes > this.#freeBytesMax) this.#freeBytes -= this.#free.shift()?.length ?? 0
  }
}

/** To a quarter of a power of two: lengths that differ a little are of one size, and at most a fifth is left over. */
function roundedUp(length: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(length)) - 2)
  return Math.ceil(length / step) * step
}

function fresh(length: number): Uint8Array {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer)
}
