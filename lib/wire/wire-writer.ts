/**
 * Writes one frame, as a list of chunks that follow each other: small fields go into a buffer that grows, large records
 * are chunks of their own and are never copied. A chunk that is sealed does not move again, so growing copies only what
 * was written since.
 */
import { assert } from '../base/assert.ts'
import { frameScratchBytes, recordsCopiedBytesMax } from '../base/limits.ts'
import { UnencodableMessage } from './wire-errors.ts'

/** What a frame's own length takes, before the frame. */
export const frameLengthBytes = 4

export class WireWriter {
  #buffer = Buffer.allocUnsafe(frameScratchBytes)
  /** Where the chunk begins that is being written, and where it ends so far. */
  #start = 0
  #position = frameLengthBytes
  readonly #chunks: Uint8Array[] = []
  #sealedBytes = 0

  /** The frame with its length before it. The writer is spent. */
  finish(): Uint8Array[] {
    this.#seal()
    const first = this.#chunks[0]
    assert(first !== undefined && first.length >= frameLengthBytes, 'a frame begins with room for its length')
    new DataView(first.buffer, first.byteOffset).setInt32(0, this.#sealedBytes - frameLengthBytes)
    return this.#chunks
  }

  writeInt8(value: number): void {
    check(value >= -0x80 && value <= 0x7f, value, 'int8')
    const at = this.#reserve(1)
    this.#buffer[at] = value
  }

  writeBool(value: boolean): void {
    const at = this.#reserve(1)
    this.#buffer[at] = value ? 1 : 0
  }

  writeInt16(value: number): void {
    check(value >= -0x8000 && value <= 0x7fff, value, 'int16')
    this.#writeTwoBytes(value)
  }

  writeUint16(value: number): void {
    check(value >= 0 && value <= 0xffff, value, 'uint16')
    this.#writeTwoBytes(value)
  }

  #writeTwoBytes(value: number): void {
    const at = this.#reserve(2)
    const buffer = this.#buffer
    buffer[at] = value >> 8
    buffer[at + 1] = value
  }

  writeInt32(value: number): void {
    check(value === (value | 0), value, 'int32')
    this.#writeFourBytes(value)
  }

  #writeFourBytes(value: number): void {
    const at = this.#reserve(4)
    const buffer = this.#buffer
    buffer[at] = value >> 24
    buffer[at + 1] = value >> 16
    buffer[at + 2] = value >> 8
    buffer[at + 3] = value
  }

  writeInt64(value: bigint): void {
    check(typeof value === 'bigint' && BigInt.asIntN(64, value) === value, value, 'int64')
    const at = this.#reserve(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  writeSafeInt64(value: number): void {
    check(Number.isSafeInteger(value), value, 'safe int64')
    this.#writeFourBytes(Math.floor(value / 2 ** 32))
    this.#writeFourBytes(value | 0)
  }

  writeFloat64(value: number): void {
    const at = this.#reserve(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  writeUuid(value: string): void {
    check(/^[A-Za-z0-9_-]{22}$/.test(value), value, 'uuid')
    const at = this.#reserve(16)
    this.#buffer.write(value, at, 16, 'base64url')
  }

  /** The bytes of a string whose length, `byteLength(value)`, has been written. */
  writeText(value: string, length: number): void {
    const at = this.#reserve(length)
    if (length !== value.length) {
      this.#buffer.write(value, at, length, 'utf8')
      return
    }
    const buffer = this.#buffer
    for (let index = 0; index < length; index++) buffer[at + index] = value.charCodeAt(index)
  }

  writeBytes(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
  }

  /** As `writeBytes`, but large pieces become chunks as they are: whoever gave them must not change them any more. */
  writePiece(value: Uint8Array): void {
    if (value.length <= recordsCopiedBytesMax) {
      this.writeBytes(value)
      return
    }
    this.#seal()
    this.#chunks.push(value)
    this.#sealedBytes += value.length
  }

  /** 0 to 2^32 - 1. */
  writeUnsignedVarint(value: number): void {
    let at = this.#reserve(sizeOfUnsignedVarint(value))
    const buffer = this.#buffer
    let rest = value
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at] = rest
  }

  /** What `write` writes, with its length before it. */
  writeSized(write: () => void): void {
    const from = this.#position - this.#start
    const sealed = this.#chunks.length
    write()
    assert(
      this.#chunks.length === sealed,
      'records are never in a tagged field: their length could not be put before them',
    )
    const length = this.#position - this.#start - from
    this.#reserve(sizeOfUnsignedVarint(length))
    // Growing moves the chunk to the start of a new buffer, so places are counted from the chunk's own start.
    const at = this.#start + from
    this.#buffer.copyWithin(this.#position - length, at, at + length)
    this.#position = at
    this.writeUnsignedVarint(length)
    this.#position += length
  }

  #seal(): void {
    if (this.#position === this.#start) return
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position))
    this.#sealedBytes += this.#position - this.#start
    this.#start = this.#position
  }

  /** Makes room for `length` bytes and answers where they begin, which must be asked for before `#buffer` is. */
  #reserve(length: number): number {
    const at = this.#position
    const next = at + length
    if (next <= this.#buffer.length) {
      this.#position = next
      return at
    }
    const used = at - this.#start
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, used + 2 * length))
    this.#buffer.copy(grown, 0, this.#start, at)
    this.#buffer = grown
    this.#start = 0
    this.#position = used + length
    return used
  }
}

function check(holds: boolean, value: unknown, type: string): void {
  if (!holds) throw new UnencodableMessage(`${String(value)} is no ${type}`)
}

const sizeOfUnsignedVarint = (value: number): number =>
  value < 2 ** 7 ? 1 : value < 2 ** 14 ? 2 : value < 2 ** 21 ? 3 : value < 2 ** 28 ? 4 : 5

/** The bytes of a string in UTF-8; a lone surrogate takes three, as the replacement character. */
export function byteLength(value: string): number {
  // Names are short and ASCII; the loop beats the call for them.
  for (let index = 0; index < value.length; index++) {
    if (value.charCodeAt(index) > 0x7f) return Buffer.byteLength(value)
  }
  return value.length
}
