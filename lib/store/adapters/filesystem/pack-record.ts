/**
 * One object in a pack: a header of 24 bytes, the key, the bytes. The header's checksum begins with the pack's number and
 * covers the record's own position, so that nothing but a record, at its own place, is taken for one; the bytes have a
 * checksum of their own, so that an object is there whole or not at all, whatever a crash left of its pack. It is CRC32C,
 * which batches bring with them; records from before the data's format 3 have another magic number, and CRC-32.
 */
import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { crc32c } from '../../../base/crc32c.ts'
import { joinedCrc32c } from '../../../base/crc32c-join.ts'
import { objectKeyLengthMax } from '../../../base/limits.ts'

const magic = 0x324b5047
const olderMagic = 0x314b5047
const headerBytes = 24
const checkedBytes = 20
const readBytes = 1_048_576

/** Where an object's record begins in its pack, where its bytes begin, and how many they are. */
export interface Place {
  readonly position: number
  readonly start: number
  readonly length: number
}

/** An object's bytes in pieces, and the CRC32C of each where it is known. */
export interface PackContent {
  readonly chunks: readonly Uint8Array[]
  readonly checks?: readonly (number | undefined)[] | undefined
}

/** The header and the key of the object that `chunks` are, for a record at `position` of the pack `number`. */
export function encodeHead(number: number, position: number, key: string, { chunks, checks }: PackContent): Buffer {
  const head = Buffer.allocUnsafeSlow(headerBytes + key.length)
  let length = 0
  let check = 0
  for (const [index, chunk] of chunks.entries()) {
    length += chunk.length
    check = joinedCrc32c(check, checks?.[index] ?? crc32c(chunk), chunk.length)
  }
  head.writeUInt32LE(magic, 0)
  head.writeUInt32LE(position, 4)
  head.writeUInt32LE(key.length, 8)
  head.writeUInt32LE(length, 12)
  head.writeUInt32LE(check, 16)
  head.write(key, headerBytes, 'latin1')
  head.writeUInt32LE(headCheck(number, head), checkedBytes)
  return head
}

export interface Head {
  readonly key: string
  readonly place: Place
  /** Of the object's bytes, and which. */
  readonly check: number
  readonly checkedBy: 'crc32c' | 'crc32'
  readonly headLength: number
}

/** The head at the beginning of `bytes`; undefined when there is no whole one that belongs into the pack `number`. */
export function decodeHead(number: number, bytes: Buffer): Head | undefined {
  const found = bytes.length < headerBytes ? undefined : bytes.readUInt32LE(0)
  if (found !== magic && found !== olderMagic) return undefined
  const keyLength = bytes.readUInt32LE(8)
  const headLength = headerBytes + keyLength
  if (keyLength > objectKeyLengthMax || bytes.length < headLength) return undefined
  const head = bytes.subarray(0, headLength)
  if (head.readUInt32LE(checkedBytes) !== headCheck(number, head)) return undefined
  const position = head.readUInt32LE(4)
  return {
    key: head.toString('latin1', headerBytes),
    place: { position, start: position + headLength, length: head.readUInt32LE(12) },
    check: head.readUInt32LE(16),
    checkedBy: found === magic ? 'crc32c' : 'crc32',
    headLength,
  }
}

/**
 * The heads of the whole records in an open pack of `size` bytes, up to the first place at which no record begins: the end,
 * or what a crash left of an append.
 */
export function* scanRecords(number: number, file: number, size: number): Generator<Buffer> {
  const window = Buffer.allocUnsafeSlow(headerBytes + objectKeyLengthMax)
  for (let position = 0; position < size; ) {
    const head = window.subarray(0, readFully(file, window, position))
    const found = decodeHead(number, head)
    if (found?.place.position !== position) return
    const end = found.place.start + found.place.length
    if (end > size) return
    if (checkOf(file, found) === found.check) yield Buffer.from(head.subarray(0, found.headLength))
    position = end
  }
}

function headCheck(number: number, head: Buffer): number {
  return crc32(head.subarray(headerBytes), crc32(head.subarray(0, checkedBytes), number))
}

function checkOf(file: number, { place: { start, length }, checkedBy }: Head): number {
  const window = Buffer.allocUnsafeSlow(Math.min(length, readBytes))
  let check = 0
  for (let done = 0; done < length; ) {
    const some = readFully(file, window.subarray(0, length - done), start + done)
    if (some === 0) return -1
    const part = window.subarray(0, some)
    check = checkedBy === 'crc32' ? crc32(part, check) : joinedCrc32c(check, crc32c(part), some)
    done += some
  }
  return check
}

/** Reads until `into` is full or the file ends; answers how many bytes. */
export function readFully(file: number, into: Uint8Array, position: number): number {
  let filled = 0
  while (filled < into.length) {
    const some = readSync(file, into, filled, into.length - filled, position + filled)
    if (some === 0) break
    filled += some
  }
  return filled
}
