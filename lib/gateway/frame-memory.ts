/**
 * Where connections put what they read. What lies between frames, and the beginnings of them, goes into one buffer that all
 * connections share: what a read brings is copied out before the next one. A frame of Produce lies in memory that other
 * frames get once its handler has said that nobody looks at it any more (`giveBack`). Memory that is fresh for every frame
 * is dear: V8 collects the whole heap for every 50 MB of it, and it is never in the processor's cache.
 *
 * A frame that is not given back is the garbage collector's, as is every frame of another API: to forget costs a little. To
 * give back what somebody still looks at would put other records in the place of these, so who cannot be sure does not.
 */
import { frameMemoryFreeBytesMax, lentFrameBytesMax, lentFrameBytesMin, socketReadBytesMax } from '../base/limits.ts'
import type { FrameRoom } from '../wire/frames.ts'
import { produceApi } from '../wire/schemas/00-produce.ts'

/** What is done to memory that is given back: nothing, but in tests that look for those who read it nevertheless. */
export type Spoil = (bytes: Uint8Array) => void

export interface FrameMemoryOptions {
  /**
   * Whether frames are lent at all: only where neither store looks at what it was given once a put is answered, not even in
   * a copy of the call that is still on its way.
   */
  readonly lends: boolean
  readonly spoil?: Spoil
}

export class FrameMemory implements FrameRoom {
  /** Read into, and emptied at once: nobody keeps a view of it. */
  readonly between = Buffer.allocUnsafeSlow(socketReadBytesMax)
  readonly #lends: boolean
  readonly #spoil: Spoil | undefined
  /** By length, in the order in which they came back: the last is the most likely to be in the processor's cache. */
  readonly #free = new Map<number, Buffer[]>()
  #freeBytes = 0
  /** Frames that are lent, and all of the memory that each of them is a view of. */
  readonly #lent = new WeakMap<Buffer, Buffer>()

  constructor({ lends, spoil }: FrameMemoryOptions) {
    this.#lends = lends
    this.#spoil = spoil
  }

  take(length: number, head: Uint8Array, freshBytesMax: number): Buffer {
    const isLent = this.#lends && length >= lentFrameBytesMin && length <= lentFrameBytesMax && isProduce(head)
    if (!isLent) return Buffer.allocUnsafe(Math.min(length, freshBytesMax))
    const known = this.#obtain(sizeFor(length))
    if (known !== undefined) return this.#lend(known, length)
    const first = Math.min(length, freshBytesMax)
    const size = sizeFor(first)
    return this.#lend((first < length && this.#obtain(size)) || Buffer.allocUnsafeSlow(size), first)
  }

  giveBack(frame: Buffer): void {
    const memory = this.#lent.get(frame)
    if (memory === undefined) return
    this.#lent.delete(frame)
    this.#spoil?.(memory)
    // What is more than enough is the collector's.
    if (this.#freeBytes + memory.length > frameMemoryFreeBytesMax) return
    this.#freeBytes += memory.length
    const free = this.#free.get(memory.length)
    if (free === undefined) this.#free.set(memory.length, [memory])
    else free.push(memory)
  }

  isLent(frame: Buffer): boolean {
    return this.#lent.has(frame)
  }

  /** Bytes that wait to be lent again. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  #obtain(size: number): Buffer | undefined {
    const memory = this.#free.get(size)?.pop()
    if (memory !== undefined) this.#freeBytes -= size
    return memory
  }

  /** A view of its own each time: who gives one back twice, or late, never means the next one's memory. */
  #lend(memory: Buffer, length: number): Buffer {
    const frame = memory.subarray(0, length)
    this.#lent.set(frame, memory)
    return frame
  }
}

/** To a quarter of a power of two: lengths that differ a little are of one size, and at most a fifth is left over. */
function sizeFor(length: number): number {
  const step = 2 ** (Math.floor(Math.log2(length)) - 2)
  return Math.ceil(length / step) * step
}

/** The first two bytes of a request are its API. */
const isProduce = (head: Uint8Array): boolean => head[0] === produceApi.key >> 8 && head[1] === (produceApi.key & 0xff)
