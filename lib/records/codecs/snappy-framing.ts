/**
 * Snappy comes in two framings, which nothing in a batch tells apart but the first bytes: Java's clients write the
 * blocks of xerial's stream (a header, then blocks of at most 32 KiB, each with its length), librdkafka, franz-go and
 * platformatic one raw block. Both are read, xerial's is written, as Kafka itself does.
 */
import { compress } from 'snappyjs'
import { bomb, malformed } from './refusals.ts'
import { decompressSnappyBlock, readSnappyPreamble } from './snappy-block.ts'

/** 0x82 "SNAPPY" 0x00, then version 1 and lowest compatible version 1. */
const xerialHeader = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)
const magicBytes = 8
const lengthBytes = 4
/** xerial's default, and what Kafka uses. */
const blockBytesMax = 32 * 1024

export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  let total = xerialHeader.length
  for (let start = 0; start < bytes.length; start += blockBytesMax) {
    const block = compress(bytes.subarray(start, start + blockBytesMax))
    blocks.push(block)
    total += lengthBytes + block.length
  }
  const framed = new Uint8Array(total)
  framed.set(xerialHeader)
  const view = new DataView(framed.buffer)
  let position = xerialHeader.length
  for (const block of blocks) {
    view.setInt32(position, block.length)
    framed.set(block, position + lengthBytes)
    position += lengthBytes + block.length
  }
  return framed
}

/**
 * Two walks over the blocks: all say how much they hold, so the sum is known, and judged, before the first byte is
 * decompressed. Nothing is kept between the two, since a hostile stream may consist of millions of blocks.
 */
export function decompressSnappy(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const walk = isXerial(bytes, 0) ? walkXerialBlocks : walkRawBlock
  let total = 0
  walk(bytes, (start, end) => {
    total += readSnappyPreamble(bytes, start, end).length
    if (total > bytesMax) throw bomb('snappy', bytesMax)
  })
  const output = new Uint8Array(total)
  let position = 0
  walk(bytes, (start, end) => {
    const { contentStart, length } = readSnappyPreamble(bytes, start, end)
    decompressSnappyBlock(bytes, contentStart, end, output, position, length)
    position += length
  })
  return output
}

type BlockVisitor = (start: number, end: number) => void

function walkRawBlock(bytes: Uint8Array, visit: BlockVisitor): void {
  visit(0, bytes.length)
}

function walkXerialBlocks(bytes: Uint8Array, visit: BlockVisitor): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let position = 0
  while (position < bytes.length) {
    // A stream may be several that were joined, each with its header.
    if (isXerial(bytes, position)) {
      if (bytes.length - position < xerialHeader.length) throw malformed('snappy', 'the header is cut off')
      const compatibleVersion = view.getInt32(position + magicBytes + 4)
      if (compatibleVersion > 1) throw malformed('snappy', `version ${compatibleVersion} is unknown`)
      position += xerialHeader.length
      continue
    }
    if (bytes.length - position < lengthBytes) throw malformed('snappy', 'a block length is cut off')
    const start = position + lengthBytes
    const length = view.getInt32(position)
    if (length < 0 || length > bytes.length - start) throw malformed('snappy', `a block claims ${length} bytes`)
    visit(start, start + length)
    position = start + length
  }
}

function isXerial(bytes: Uint8Array, position: number): boolean {
  for (let index = 0; index < magicBytes; index++) {
    if (bytes[position + index] !== xerialHeader[index]) return false
  }
  return true
}
