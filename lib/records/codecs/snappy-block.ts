/**
 * Decompresses one raw snappy block (google/snappy, format_description.txt). Our own, because the bytes are hostile:
 * snappyjs takes a literal of negative length for one that steps back and loops for ever, and fills with zeros what a
 * block promised and does not hold. Here every length is checked against what is left on both sides.
 */
import { copyBytes } from './copy.ts'
import { malformed } from './refusals.ts'

/** No element makes more of fewer bytes than a copy of 64 bytes written in three (a shorter one: 11 in two). */
const expansionMax = 64 / 3

/** The decompressed length that a block begins with, and where its elements begin. Refuses one that cannot be true. */
export function readSnappyPreamble(
  bytes: Uint8Array,
  start: number,
  end: number,
): { length: number; contentStart: number } {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const position = start + index
    if (position >= end) throw malformed('snappy', 'the length is cut off')
    const byte = bytes[position] as number
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte >= 0x80) continue
    const contentStart = position + 1
    if (length > (end - contentStart) * expansionMax) {
      throw malformed('snappy', `${end - contentStart} bytes cannot hold the ${length} they claim`)
    }
    return { length, contentStart }
  }
  throw malformed('snappy', 'the length is longer than five bytes')
}

/** Writes exactly `length` bytes to `output` from `outputStart` on. A copy never reaches back before `outputStart`. */
export function decompressSnappyBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
  length: number,
): void {
  const outputEnd = outputStart + length
  let from = start
  let to = outputStart
  while (from < end) {
    const tag = bytes[from++] as number
    if ((tag & 3) === 0) {
      let size = (tag >>> 2) + 1
      if (size > 60) {
        const width = size - 60
        if (width > end - from) throw malformed('snappy', 'a literal length is cut off')
        size = littleEndian(bytes, from, width) + 1
        from += width
      }
      if (size > end - from || size > outputEnd - to) throw malformed('snappy', 'a literal is longer than the block')
      copyBytes(bytes, from, output, to, size)
      from += size
      to += size
      continue
    }
    const kind = tag & 3
    const width = kind === 3 ? 4 : kind
    if (width > end - from) throw malformed('snappy', 'a copy is cut off')
    const size = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const distance = littleEndian(bytes, from, width) + (kind === 1 ? (tag >>> 5) << 8 : 0)
    from += width
    if (distance === 0 || distance > to - outputStart) throw malformed('snappy', 'a copy begins before the block')
    if (size > outputEnd - to) throw malformed('snappy', 'a copy is longer than the block')
    for (const stop = to + size; to < stop; to++) output[to] = output[to - distance] as number
  }
  if (to !== outputEnd) throw malformed('snappy', `a block holds ${to - outputStart} bytes and claims ${length}`)
}

/** One to four bytes, unsigned: never negative, whatever they are. */
function littleEndian(bytes: Uint8Array, position: number, width: number): number {
  let value = bytes[position] as number
  if (width > 1) value |= (bytes[position + 1] as number) << 8
  if (width > 2) value |= (bytes[position + 2] as number) << 16
  if (width > 3) value |= (bytes[position + 3] as number) << 24
  return value >>> 0
}
