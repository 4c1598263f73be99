/**
 * LZ4 blocks (lz4/lz4, doc/lz4_Block_format.md). Our own, because the bytes are hostile and the portable libraries
 * check nothing: lz4js skips the checksums and ends its blocks against the format's rules. A block is measured before
 * it is decompressed: measuring reads every length and writes nothing, so a bomb is known before memory is asked for.
 */
import { assert } from '../../base/assert.ts'
import { copyBytes } from './copy.ts'
import { malformed } from './refusals.ts'

const matchBytesMin = 4
/** The largest distance a match can have is 65,535, so within a block of this size every match can be reached. */
const compressedBytesMax = 65_536
/** The format: the last five bytes are literals, and the last match begins at least twelve bytes before the end. */
const lastLiterals = 5
const lastMatchDistance = 12

const hashBits = 14
/** By hash of four bytes, where they were seen last. Cleared for every block: the same bytes give the same block. */
const seen = new Int32Array(1 << hashBits)

/**
 * The bytes that a block becomes. Throws `InvalidBatch` when a length leaves the block, or a match begins before it:
 * what this passes, `decompressLz4Block` can write without a check.
 */
export function measureLz4Block(bytes: Uint8Array, start: number, end: number): number {
  let position = start
  let total = 0
  while (position < end) {
    const token = bytes[position++] as number
    let literals = token >>> 4
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) {
        if (position >= end) throw malformed('lz4', 'a literal length is cut off')
        more = bytes[position++] as number
      }
    }
    if (literals > end - position) throw malformed('lz4', 'literals are longer than the block')
    position += literals
    total += literals
    if (position === end) return total
    if (end - position < 2) throw malformed('lz4', 'a match is cut off')
    const distance = (bytes[position] as number) | ((bytes[position + 1] as number) << 8)
    if (distance === 0 || distance > total) throw malformed('lz4', 'a match begins before the block')
    position += 2
    let match = (token & 15) + matchBytesMin
    if ((token & 15) === 15) {
      for (let more = 255; more === 255; match += more) {
        if (position >= end) throw malformed('lz4', 'a match length is cut off')
        more = bytes[position++] as number
      }
    }
    total += match
  }
  throw malformed('lz4', 'a block ends with a match')
}

/** Writes a block that `measureLz4Block` has passed, and answers the position after what it wrote. */
export function decompressLz4Block(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  let from = start
  let to = outputStart
  for (;;) {
    const token = bytes[from++] as number
    let literals = token >>> 4
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) more = bytes[from++] as number
    }
    copyBytes(bytes, from, output, to, literals)
    from += literals
    to += literals
    if (from >= end) return to
    const distance = (bytes[from] as number) | ((bytes[from + 1] as number) << 8)
    from += 2
    let match = (token & 15) + matchBytesMin
    if (match === 15 + matchBytesMin) {
      for (let more = 255; more === 255; match += more) more = bytes[from++] as number
    }
    copyMatch(output, to, distance, match)
    to += match
  }
}

/** A match may overlap what it writes: then it repeats, and only a loop, or copies of what is there, gets it right. */
function copyMatch(output: Uint8Array, position: number, distance: number, length: number): void {
  if (length < 64) {
    for (let to = position; to < position + length; to++) output[to] = output[to - distance] as number
    return
  }
  const from = position - distance
  // Each copy doubles what is there to repeat, always a whole number of periods.
  for (let done = 0; done < length; ) {
    const size = Math.min(distance + done, length - done)
    output.copyWithin(position + done, from, from + size)
    done += size
  }
}

/** No block is longer than this, however little it compresses. */
export function lz4BlockBytesBound(length: number): number {
  return length + Math.floor(length / 255) + 16
}

/**
 * Compresses `bytes` from `start` to `end`, at most 64 KiB, into `output` at `position`, where `lz4BlockBytesBound` bytes must be free,
 * and answers the position after it. Greedy, with one candidate: the speed of the format's own fast mode is the aim.
 */
export function compressLz4Block(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  position: number,
): number {
  assert(end - start <= compressedBytesMax, 'a block to be compressed is at most 64 KiB')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const lastMatchStart = end - lastMatchDistance
  const matchEnd = end - lastLiterals
  let written = position
  let anchor = start
  let next = start
  // The longer nothing is found, the longer the steps: incompressible bytes are passed over quickly.
  let misses = 0
  seen.fill(-1)
  while (next <= lastMatchStart) {
    const sequence = view.getInt32(next, true)
    const hash = Math.imul(sequence, 0x9e3779b1) >>> (32 - hashBits)
    const candidate = seen[hash] as number
    seen[hash] = next
    if (candidate < 0 || view.getInt32(candidate, true) !== sequence) {
      next += 1 + (misses++ >> 6)
      continue
    }
    misses = 0
    let stop = next + matchBytesMin
    const distance = next - candidate
    while (stop < matchEnd && bytes[stop] === bytes[stop - distance]) stop++
    written = writeSequence(bytes, anchor, next, output, written, distance, stop - next)
    anchor = stop
    next = stop
  }
  return writeLiterals(bytes, anchor, end, output, written, 0)
}

function writeSequence(
  bytes: Uint8Array,
  literalStart: number,
  literalEnd: number,
  output: Uint8Array,
  position: number,
  distance: number,
  length: number,
): number {
  const extra = length - matchBytesMin
  let written = writeLiterals(bytes, literalStart, literalEnd, output, position, Math.min(extra, 15))
  output[written++] = distance & 0xff
  output[written++] = distance >>> 8
  return extra < 15 ? written : writeLength(output, written, extra - 15)
}

/** A token and its literals; the token's low half is that of the match that follows. */
function writeLiterals(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  position: number,
  matchNibble: number,
): number {
  const length = end - start
  output[position] = (Math.min(length, 15) << 4) | matchNibble
  const written = length < 15 ? position + 1 : writeLength(output, position + 1, length - 15)
  copyBytes(bytes, start, output, written, length)
  return written + length
}

function writeLength(output: Uint8Array, position: number, length: number): number {
  let rest = length
  let written = position
  for (; rest >= 255; rest -= 255) output[written++] = 255
  output[written++] = rest
  return written
}
