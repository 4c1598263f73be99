/**
 * A pointer says where the bytes of consecutive batches of one partition lie. It is 25 bytes, and is its own identity: no
 * two flushes share one, so "is this pointer in the tail" is the same question as "has this flush landed".
 *
 *   6 B time in ms | 5 B random | 4 B position | 4 B length | 6 B largest record timestamp in ms, plus 1
 *
 * The first 11 bytes name the object (one flush has one name, whatever the number of partitions in it); the time is what
 * the head's `floor` is compared with. In the head a pointer is a key of 34 characters of base64url, in a page it is 25 of
 * an entry's 29 bytes.
 */
import { assert } from '../base/assert.ts'
import type { Entropy } from '../base/entropy.ts'

export const pointerBytes = 25
const nameBytes = 11
const timeMax = 2 ** 48 - 1
/** The position's highest bit says that the bytes lie in an `inline#<name>` item; objects stay below 2 GiB. */
const inlineBit = 2 ** 31

export interface Pointer {
  /** 22 hexadecimal digits: the time in milliseconds (12 digits), then 10 random ones. */
  readonly name: string
  /** The bytes lie in the partition's item `inline#<name>`, not in an object of that name. */
  readonly inline: boolean
  /** Byte offset in the object or in the inline item's bytes, below 2^31. */
  readonly position: number
  /** Bytes, more than 0. */
  readonly length: number
  /** The largest timestamp of the records, ms since the epoch; -1: none has one. */
  readonly maxTimestamp: number
}

/** A fresh name whose time is at least `afterMs`: a clock that lags costs nothing but its truth. */
export function freshName(nowMs: number, afterMs: number, entropy: Entropy): string {
  const time = Math.min(Math.max(Math.floor(nowMs), afterMs, 1), timeMax)
  return time.toString(16).padStart(12, '0') + Buffer.from(entropy.bytes(5)).toString('hex')
}

/** The time that a name begins with, in milliseconds. */
export const nameTime = (name: string): number => Number.parseInt(name.slice(0, 12), 16)

/** The name that sorts before every name of that time or a later one. */
export const nameBound = (timeMs: number): string => Math.max(0, timeMs).toString(16).padStart(12, '0')

function encodePointer(pointer: Pointer): Buffer {
  const { position, length } = pointer
  assert(position >= 0 && length > 0 && position + length < inlineBit, `a pointer to ${length} bytes at ${position}`)
  const bytes = Buffer.allocUnsafe(pointerBytes)
  const written = bytes.write(pointer.name, 0, nameBytes, 'hex')
  assert(written === nameBytes, `not an object's name: ${pointer.name}`)
  bytes.writeUInt32BE(pointer.inline ? position + inlineBit : position, 11)
  bytes.writeUInt32BE(length, 15)
  // Later than 48 bits hold is cut: such a record is found by its offset, and by any timestamp below the cut.
  bytes.writeUIntBE(Math.min(Math.max(pointer.maxTimestamp, -1) + 1, timeMax), 19, 6)
  return bytes
}

export function decodePointer(bytes: Uint8Array, at = 0): Pointer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + at, pointerBytes)
  const position = view.readUInt32BE(11)
  return {
    name: view.toString('hex', 0, nameBytes),
    inline: position >= inlineBit,
    position: position % inlineBit,
    length: view.readUInt32BE(15),
    maxTimestamp: view.readUIntBE(19, 6) - 1,
  }
}

/** A pointer as a key of the head's tail. */
export const pointerKey = (pointer: Pointer): string => encodePointer(pointer).toString('base64url')
export const parsePointerKey = (key: string): Pointer => decodePointer(Buffer.from(key, 'base64url'))
