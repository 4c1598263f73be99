/**
 * LZ4 frames (lz4/lz4, doc/lz4_Frame_format.md) as Kafka allows them (`Lz4BlockInputStream`, KIP-57): version 1,
 * independent blocks, a correct header checksum. Written as Java writes them: blocks of 64 KiB, no checksums, no
 * content size. Read more strictly than Java does: content size and content checksum must be right as well.
 */
import { compressLz4Block, decompressLz4Block, lz4BlockBytesBound, measureLz4Block } from './lz4-block.ts'
import { bomb, malformed } from './refusals.ts'
import { xxhash32 } from './xxhash32.ts'

const magic = 0x184d2204
const flagVersionMask = 0xc0
const flagVersion1 = 0x40
const flagIndependent = 0x20
const flagBlockChecksum = 0x10
const flagContentSize = 0x08
const flagContentChecksum = 0x04
const flagReservedAndDictionary = 0x03
/** In a block's length: the block is stored, not compressed. */
const storedBit = 0x8000_0000

const writtenBlockBytes = 64 * 1024
/** Magic, flags, block size, header checksum. */
const writtenHeader = makeHeader()

export function compressLz4(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.ceil(bytes.length / writtenBlockBytes)
  const output = new Uint8Array(
    writtenHeader.length + 4 * blockCount + lz4BlockBytesBound(bytes.length) + 16 * blockCount,
  )
  const view = new DataView(output.buffer)
  output.set(writtenHeader)
  let position = writtenHeader.length
  for (let start = 0; start < bytes.length; start += writtenBlockBytes) {
    const end = Math.min(start + writtenBlockBytes, bytes.length)
    const blockEnd = compressLz4Block(bytes, start, end, output, position + 4)
    const length = blockEnd - position - 4
    if (length < end - start) {
      view.setUint32(position, length, true)
      position = blockEnd
    } else {
      view.setUint32(position, (end - start) | storedBit, true)
      output.set(bytes.subarray(start, end), position + 4)
      position += 4 + end - start
    }
  }
  // The end mark, where a compressed block that was not taken may have left its bytes.
  view.setUint32(position, 0)
  return output.slice(0, position + 4)
}

/**
 * Two walks over the blocks: the first measures each, so that a bomb is known before memory is asked for. Nothing is
 * kept between the two, since a hostile frame may consist of millions of blocks.
 */
export function decompressLz4(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const { flags, blockBytesMax, contentSize, blocksStart } = readFrameHeader(bytes)
  let total = 0
  const blocksEnd = walkBlocks(bytes, blocksStart, flags, (start, end, stored) => {
    if (flags & flagBlockChecksum) checkHash(bytes, end, bytes, start, end, 'block')
    const length = stored ? end - start : measureLz4Block(bytes, start, end)
    if (length > blockBytesMax) throw malformed('lz4', `a block holds ${length} bytes, more than the frame allows`)
    total += length
    if (total > bytesMax) throw bomb('lz4', bytesMax)
  })
  if (contentSize !== undefined && contentSize !== total) {
    throw malformed('lz4', `the frame claims ${contentSize} bytes and holds ${total}`)
  }
  const output = new Uint8Array(total)
  let position = 0
  walkBlocks(bytes, blocksStart, flags, (start, end, stored) => {
    if (stored) {
      output.set(bytes.subarray(start, end), position)
      position += end - start
    } else {
      position = decompressLz4Block(bytes, start, end, output, position)
    }
  })
  if (flags & flagContentChecksum) checkHash(bytes, blocksEnd, output, 0, total, 'content')
  return output
}

function readFrameHeader(bytes: Uint8Array) {
  const flags = bytes[4] ?? 0
  const headerEnd = flags & flagContentSize ? 15 : 7
  if (bytes.length < headerEnd) throw malformed('lz4', 'the frame header is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== magic) throw malformed('lz4', 'there is no frame')
  if ((flags & flagVersionMask) !== flagVersion1) throw malformed('lz4', 'the version is unknown')
  if ((flags & flagReservedAndDictionary) !== 0)
    throw malformed('lz4', 'reserved bits or a dictionary are not supported')
  if ((flags & flagIndependent) === 0) throw malformed('lz4', 'blocks that depend on each other are not supported')
  const blockSize = bytes[5] as number
  const exponent = (blockSize >>> 4) & 7
  if ((blockSize & 0x8f) !== 0 || exponent < 4) throw malformed('lz4', 'the block size is unknown')
  const hash = (xxhash32(bytes, 4, headerEnd - 1) >>> 8) & 0xff
  if (hash !== bytes[headerEnd - 1]) throw malformed('lz4', 'the header checksum is wrong')
  return {
    flags,
    /** 4 stands for 64 KiB, each step up for four times as much. */
    blockBytesMax: 2 ** (8 + 2 * exponent),
    // A size beyond 2^53 is rounded, and still is what no frame here holds.
    contentSize: flags & flagContentSize ? view.getUint32(6, true) + view.getUint32(10, true) * 2 ** 32 : undefined,
    blocksStart: headerEnd,
  }
}

type BlockVisitor = (start: number, end: number, stored: boolean) => void

/** Visits the blocks up to the end mark and answers the position after it. */
function walkBlocks(bytes: Uint8Array, blocksStart: number, flags: number, visit: BlockVisitor): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const checksumBytes = flags & flagBlockChecksum ? 4 : 0
  let position = blocksStart
  for (;;) {
    if (bytes.length - position < 4) throw malformed('lz4', 'the end mark is missing')
    const field = view.getUint32(position, true)
    position += 4
    if (field === 0) return position
    const stored = field >= storedBit
    const length = stored ? field - storedBit : field
    if (length + checksumBytes > bytes.length - position) throw malformed('lz4', `a block claims ${length} bytes`)
    visit(position, position + length, stored)
    position += length + checksumBytes
  }
}

function checkHash(bytes: Uint8Array, at: number, hashed: Uint8Array, start: number, end: number, what: string): void {
  if (bytes.length - at < 4) throw malformed('lz4', `the ${what} checksum is cut off`)
  const expected = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true)
  if (xxhash32(hashed, start, end) !== expected) throw malformed('lz4', `a ${what} checksum is wrong`)
}

function makeHeader(): Uint8Array {
  const header = new Uint8Array(7)
  new DataView(header.buffer).setUint32(0, magic, true)
  header[4] = flagVersion1 | flagIndependent
  header[5] = 4 << 4
  header[6] = xxhash32(header, 4, 6) >>> 8
  return header
}
