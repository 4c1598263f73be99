/**
 * Writes and reads of a whole file, or of one range, in as few system calls as there are: writev of the chunks as they
 * are, positional reads into one buffer of known length. Small ones run on the main thread, where they cost a third;
 * large ones, and whatever waits for a disk to be written, in the thread pool.
 */
import { fdatasync, fstatSync, read, readSync, writev, writevSync } from 'node:fs'
import { promisify } from 'node:util'
import {
  fileInlineCallsMax,
  fileReadInlineBytesMax,
  fileWriteBytesMax,
  fileWriteChunksMax,
  fileWriteInlineBytesMax,
} from '../../../base/limits.ts'
import { cutRange } from '../../object-call.ts'
import type { GetOptions } from '../../object-store.ts'

export const syncData = promisify(fdatasync)

let inlineCallsLeft = fileInlineCallsMax

/**
 * Now and then waits for one turn of the event loop. Calls that end on the main thread are awaited without one, and a
 * loop of them would keep every socket and timer of the process waiting.
 */
export function takeTurns(): Promise<void> | undefined {
  if (--inlineCallsLeft > 0) return undefined
  inlineCallsLeft = fileInlineCallsMax
  return new Promise((resolve) => setImmediate(resolve))
}

/** Appends all of `chunks` to the open `file`. */
export async function writeAll(file: number, chunks: readonly Uint8Array[]): Promise<void> {
  const length = byteLength(chunks)
  const inline = length <= fileWriteInlineBytesMax
  let rest = chunks
  for (let missing = length; missing > 0; ) {
    const some = atOnce(rest)
    const written = inline ? writevSync(file, some) : await writeSome(file, some)
    missing -= written
    // A disk that fills up, and a file past 2 GB, take a part of it; the next call takes more or says why not.
    rest = missing > 0 ? without(rest, written) : []
  }
}

/** The bytes of a range in the open `file`. */
export async function readRange(file: number, { range, into }: GetOptions = {}): Promise<Uint8Array> {
  const { start, end } = cutRange(range, fstatSync(file).size)
  return readPart(file, { start, end }, fileReadInlineBytesMax, into)
}

/** The bytes of `part` of the open `file`, which has them; up to `inlineBytesMax` on the main thread, and at once. */
export function readPart(
  file: number,
  { start, end }: { start: number; end: number },
  inlineBytesMax: number,
  into: GetOptions['into'] = ownMemory,
): Uint8Array | Promise<Uint8Array> {
  const bytes = into(end - start)
  if (bytes.length > inlineBytesMax) return readLater(file, bytes, start)
  for (let filled = 0; filled < bytes.length; ) {
    const length = readSync(file, bytes, filled, bytes.length - filled, start + filled)
    if (length === 0) throw endsEarly(start + filled, end)
    filled += length
  }
  return bytes
}

async function readLater(file: number, bytes: Uint8Array, start: number): Promise<Uint8Array> {
  for (let filled = 0; filled < bytes.length; ) {
    const length = await readSome(file, filled === 0 ? bytes : bytes.subarray(filled), start + filled)
    if (length === 0) throw endsEarly(start + filled, start + bytes.length)
    filled += length
  }
  return bytes
}

const endsEarly = (at: number, end: number) =>
  new Error(`a file ended after ${at} of ${end} bytes, though files never change`)

const ownMemory = (length: number) => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)

function byteLength(chunks: readonly Uint8Array[]): number {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  return length
}

/** As many of the `chunks` as one call writes, one at least. */
export function atOnce(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  let count = 1
  let length = chunks[0]?.length ?? 0
  for (; count < chunks.length && count < fileWriteChunksMax; count++) {
    length += chunks[count]?.length ?? 0
    if (length > fileWriteBytesMax) break
  }
  return count === chunks.length ? chunks : chunks.slice(0, count)
}

/** What of `chunks` follows their first `written` bytes. */
export function without(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let skipped = 0
  for (const [index, chunk] of chunks.entries()) {
    if (skipped + chunk.length > written) {
      return [chunk.subarray(written - skipped), ...chunks.slice(index + 1)]
    }
    skipped += chunk.length
  }
  return []
}

function writeSome(file: number, chunks: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, chunks, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

function readSome(file: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, into, 0, into.length, position, (error, length) => (error ? reject(error) : resolve(length)))
  })
}
