/**
 * What lies beside a pack. `<number>.index`, written once when nothing more is appended: the heads of its records, and a
 * summary at the end, so that an open reads a few hundred bytes of it. It only saves time: without it the pack itself is read.
 * `<number>.dead`: the positions of deleted records, 8 bytes each, appended by each deletion and gone with the pack.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { isMissing } from './faults.ts'
import { decodeHead, type Place, readFully } from './pack-record.ts'

const trailerBytes = 8
const summaryBytesMax = 4_096
const deadEntryBytes = 8

/** What is known of a pack whose records are not in memory. */
export interface PackSummary {
  readonly count: number
  /** Its smallest and its largest key. */
  readonly first: string
  readonly last: string
  /** The pack's length up to the end of its last record. */
  readonly bytes: number
}

export function writeIndex(path: string, heads: readonly Buffer[], summary: PackSummary, synced: boolean): void {
  const entries = Buffer.concat(heads)
  const text = Buffer.from(JSON.stringify({ ...summary, check: crc32(entries), length: entries.length }))
  const trailer = Buffer.alloc(trailerBytes)
  trailer.writeUInt32LE(text.length, 0)
  trailer.writeUInt32LE(crc32(text), 4)
  const file = openSync(`${path}.new`, 'w')
  try {
    writeFully(file, Buffer.concat([entries, text, trailer]), 0)
    if (synced) fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}

/** Undefined when there is no index, or none that is whole. */
export function readSummary(path: string): PackSummary | undefined {
  return withFile(path, (file) => readTrailer(file)?.summary)
}

/** The places of an index' records in the order of their positions; undefined as with `readSummary`. */
export function readIndex(path: string, number: number): [string, Place][] | undefined {
  return withFile(path, (file) => {
    const trailer = readTrailer(file)
    if (trailer === undefined) return undefined
    const entries = Buffer.allocUnsafeSlow(trailer.length)
    if (readFully(file, entries, 0) < entries.length || crc32(entries) !== trailer.check) return undefined
    return decodeHeads(number, entries)
  })
}

/** As many heads as `bytes` begins with. */
export function decodeHeads(number: number, bytes: Buffer): [string, Place][] {
  const places: [string, Place][] = []
  for (let at = 0; at < bytes.length; ) {
    const head = decodeHead(number, bytes.subarray(at))
    if (head === undefined) break
    places.push([head.key, head.place])
    at += head.headLength
  }
  return places
}

/** The positions of the deleted records, and how long the list is: what a crash left of an entry is overwritten. */
export function readDead(path: string, number: number): { positions: Set<number>; bytes: number } {
  const positions = new Set<number>()
  let found = Buffer.alloc(0)
  try {
    found = readFileSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const bytes = found.length - (found.length % deadEntryBytes)
  for (let at = 0; at < bytes; at += deadEntryBytes) {
    if (found.readUInt32LE(at + 4) === crc32(found.subarray(at, at + 4), number)) positions.add(found.readUInt32LE(at))
  }
  return { positions, bytes }
}

/** Adds to the list of `bytes` length; answers how long it is then. */
export function appendDead(path: string, number: number, bytes: number, positions: readonly number[]): number {
  const entries = Buffer.alloc(positions.length * deadEntryBytes)
  for (const [index, position] of positions.entries()) {
    const at = index * deadEntryBytes
    entries.writeUInt32LE(position, at)
    entries.writeUInt32LE(crc32(entries.subarray(at, at + 4), number), at + 4)
  }
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT)
  try {
    writeFully(file, entries, bytes)
  } finally {
    closeSync(file)
  }
  return bytes + entries.length
}

function readTrailer(file: number): { summary: PackSummary; check: number; length: number } | undefined {
  const size = fstatSync(file).size
  const tail = Buffer.alloc(Math.min(size, summaryBytesMax))
  if (tail.length < trailerBytes || readFully(file, tail, size - tail.length) < tail.length) return undefined
  const end = tail.length - trailerBytes
  const begin = end - tail.readUInt32LE(end)
  if (begin < 0) return undefined
  const text = tail.subarray(begin, end)
  if (crc32(text) !== tail.readUInt32LE(end + 4)) return undefined
  const { check, length, ...summary } = JSON.parse(text.toString()) as PackSummary & { check: number; length: number }
  return size === length + text.length + trailerBytes ? { summary, check, length } : undefined
}

function writeFully(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done)
  }
}

function withFile<T>(path: string, act: (file: number) => T): T | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    return act(file)
  } finally {
    closeSync(file)
  }
}
