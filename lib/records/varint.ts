/**
 * Zigzag varints as records use them (`ByteUtils` in Kafka): seven bits a byte, lowest first. Every read is checked
 * against an end, so that no length in hostile bytes leads outside. No bigints: a varlong is a float as long as it is
 * exact, and refused beyond 2^53, where no timestamp lies.
 */
import { InvalidBatch } from './invalid-batch.ts'

/** Reads from `position` on, never at or past `end`. Both may be moved by the owner, within the bytes. */
export class VarintReader {
  readonly bytes: Uint8Array
  position: number
  end: number

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.position = 0
    this.end = bytes.length
  }

  /**
   * 32 bits in at most five bytes. As in Java, bits beyond the 32nd are dropped. Most are one byte or two, and are read here, in a
   * function that is small enough to become part of its caller.
   */
  readVarint(): number {
    const { bytes, position } = this
    if (this.end - position >= 2) {
      const first = bytes[position] as number
      if (first < 0x80) {
        this.position = position + 1
        return (first >>> 1) ^ -(first & 1)
      }
      const second = bytes[position + 1] as number
      if (second < 0x80) {
        this.position = position + 2
        return (((first & 0x7f) >>> 1) | (second << 6)) ^ -(first & 1)
      }
    }
    return this.#readLongVarint()
  }

  #readLongVarint(): number {
    let byte = this.readByte()
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) throw new InvalidBatch('invalid', 'a varint is longer than five bytes')
      byte = this.readByte()
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** 64 bits in at most ten bytes, as a safe integer. */
  readVarlong(): number {
    let byte = this.readByte()
    let low = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 21) return this.#readLongVarlong(low)
      byte = this.readByte()
      low |= (byte & 0x7f) << shift
    }
    return (low >>> 1) ^ -(low & 1)
  }

  /** The rest of a varlong after its first four bytes. The sign is the lowest bit, the magnitude all others. */
  #readLongVarlong(low: number): number {
    let magnitude = low >>> 1
    let scale = 2 ** 27
    for (let count = 5; ; count++) {
      if (count > 10) throw new InvalidBatch('invalid', 'a varlong is longer than ten bytes')
      const byte = this.readByte()
      magnitude += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) break
    }
    const value = low & 1 ? -magnitude - 1 : magnitude
    if (!Number.isSafeInteger(value)) throw new InvalidBatch('invalid', `a varlong of about ${value} is beyond 2^53`)
    return value
  }

  readByte(): number {
    if (this.position >= this.end) throw new InvalidBatch('invalid', 'a record ends in the middle of a field')
    return this.bytes[this.position++] as number
  }

  /** Passes over `length` bytes and answers where they began. */
  skip(length: number): number {
    const start = this.position
    if (length < 0 || length > this.end - start) {
      throw new InvalidBatch('invalid', `a field of ${length} bytes reaches past the ${this.end - start} that are left`)
    }
    this.position = start + length
    return start
  }
}

/** Writes a 32-bit number and answers the position after it. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  let next = position
  while (raw > 0x7f) {
    bytes[next++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[next++] = raw
  return next
}

/** Writes a safe integer and answers the position after it. */
export function writeVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (value === (value | 0)) return writeVarint(bytes, position, value)
  // Doubling may leave the exact range, so the sign bit and the magnitude are taken apart instead.
  const magnitude = value < 0 ? -value - 1 : value
  let next = position
  bytes[next++] = ((magnitude % 64) * 2) | (value < 0 ? 1 : 0) | 0x80
  let rest = Math.floor(magnitude / 64)
  while (rest > 0x7f) {
    bytes[next++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  bytes[next++] = rest
  return next
}

/** The bytes that `writeVarint` writes: 1 to 5. */
export function sizeOfVarint(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x20_0000 ? 3 : raw < 0x1000_0000 ? 4 : 5
}

/** The bytes that `writeVarlong` writes: 1 to 8. */
export function sizeOfVarlong(value: number): number {
  if (value === (value | 0)) return sizeOfVarint(value)
  let rest = Math.floor((value < 0 ? -value - 1 : value) / 64)
  let size = 1
  for (; rest > 0; rest = Math.floor(rest / 128)) size++
  return size
}
