/**
 * Reads primitives from one frame. Every read is held against the end, and every count against what the bytes that are
 * left could hold, before anything is allocated for it: a length of 2 GB costs an error, not memory. What small elements
 * cost as objects is bounded by `frameElementsMax`.
 */
import { frameElementsMax } from '../base/limits.ts'
import { zeroUuid } from './schema.ts'
import { MalformedFrame } from './wire-errors.ts'

export class WireReader {
  readonly bytes: Buffer
  position: number
  /** No read passes it. Moved while a tagged field is read. */
  end: number
  #elementsLeft = frameElementsMax

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes
    this.position = position
    this.end = bytes.length
  }

  /** Passes over `length` bytes and answers where they began. */
  skip(length: number): number {
    const start = this.position
    if (length > this.end - start) throw this.#malformed(`${length} bytes where ${this.end - start} are left`)
    this.position = start + length
    return start
  }

  readInt8(): number {
    return ((this.bytes[this.skip(1)] as number) << 24) >> 24
  }

  /** As in Java, anything but zero is true. */
  readBool(): boolean {
    return this.bytes[this.skip(1)] !== 0
  }

  readUint16(): number {
    const { bytes } = this
    const at = this.skip(2)
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  }

  readInt16(): number {
    return (this.readUint16() << 16) >> 16
  }

  readInt32(): number {
    const { bytes } = this
    const at = this.skip(4)
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    )
  }

  readInt64(): bigint {
    return this.bytes.readBigInt64BE(this.skip(8))
  }

  readSafeInt64(): number {
    const high = this.readInt32()
    const value = high * 2 ** 32 + (this.readInt32() >>> 0)
    if (!Number.isSafeInteger(value)) throw this.#malformed('a number beyond 2^53')
    return value
  }

  readFloat64(): number {
    return this.bytes.readDoubleBE(this.skip(8))
  }

  readUuid(): string {
    const at = this.skip(16)
    const { bytes } = this
    for (let index = at; index < at + 16; index++) {
      if (bytes[index] !== 0) return bytes.toString('base64url', at, at + 16)
    }
    return zeroUuid
  }

  /** Invalid UTF-8 becomes replacement characters, as in Java. */
  readString(length: number): string {
    const at = this.skip(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  /** A view of the frame. */
  readBytes(length: number): Buffer {
    const at = this.skip(length)
    return this.bytes.subarray(at, at + length)
  }

  /** At most five bytes and 32 bits. */
  readUnsignedVarint(): number {
    const { bytes } = this
    const first = bytes[this.skip(1)] as number
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let scale = 2 ** 7; scale <= 2 ** 28; scale *= 2 ** 7) {
      const byte = bytes[this.skip(1)] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value >= 2 ** 32) break
        return value
      }
    }
    throw this.#malformed('a varint of more than 32 bits')
  }

  /** A length or count of a flexible version: one more than it is, zero for null, which is answered as -1. */
  readCompactLength(): number {
    return this.readUnsignedVarint() - 1
  }

  /** Refuses a count that the bytes left cannot hold, or that passes what one frame may make of objects. */
  countElements(count: number, elementBytesMin: number): void {
    if (count * elementBytesMin > this.end - this.position) {
      throw this.#malformed(`${count} elements where ${this.end - this.position} bytes are left`)
    }
    this.#elementsLeft -= count
    if (this.#elementsLeft < 0) throw this.#malformed(`more than ${frameElementsMax} elements`)
  }

  #malformed(reason: string): MalformedFrame {
    return new MalformedFrame(`${reason}, at byte ${this.position}`)
  }
}
