import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import * as lz4 from 'lz4-napi'
import * as snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { compress, decompress } from '../../lib/records/codecs/compression.ts'
import { xxhash32 } from '../../lib/records/codecs/xxhash32.ts'
import type { Codec } from '../../lib/records/header.ts'
import { InvalidBatch } from '../../lib/records/invalid-batch.ts'
import { compressible, mutations } from './arbitraries.ts'

const MiB = 1024 * 1024
const codecs: readonly Codec[] = ['gzip', 'snappy', 'lz4', 'zstd']

function plain(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(Buffer.from(bytes as Uint8Array))
}

/** What xerial's stream holds, by the native library: 16 bytes of header, then blocks with their length. */
function nativeXerial(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const parts: Buffer[] = []
  for (let position = 16; position < bytes.length; ) {
    const length = view.getInt32(position)
    parts.push(Buffer.from(snappy.uncompressSync(bytes.subarray(position + 4, position + 4 + length)) as Buffer))
    position += 4 + length
  }
  return plain(Buffer.concat(parts))
}

const oracles: Record<Codec, { compress(bytes: Uint8Array): Uint8Array; decompress(bytes: Uint8Array): Uint8Array }> = {
  gzip: { compress: gzipSync, decompress: gunzipSync },
  zstd: { compress: zstdCompressSync, decompress: zstdDecompressSync },
  snappy: { compress: (bytes) => snappy.compressSync(bytes), decompress: nativeXerial },
  lz4: {
    compress: (bytes) => lz4.compressFrameSync(Buffer.from(bytes), { contentChecksum: true, blockChecksums: true }),
    decompress: (bytes) => lz4.decompressFrameSync(Buffer.from(bytes)),
  },
}

function outcome(run: () => Uint8Array): Uint8Array | 'refused' {
  try {
    return plain(run())
  } catch {
    return 'refused'
  }
}

describe.each(codecs)('%s', (codec) => {
  test('what is compressed here, another implementation reads, and the other way round', () => {
    fc.assert(
      fc.property(compressible, (bytes) => {
        const compressed = compress(codec, bytes)
        expect(plain(oracles[codec].decompress(compressed))).toEqual(bytes)
        expect(plain(decompress(codec, compressed, bytes.length))).toEqual(bytes)
        expect(plain(decompress(codec, plain(oracles[codec].compress(bytes)), bytes.length))).toEqual(bytes)
      }),
    )
  })

  test('many blocks, some of which do not compress, come back whole', () => {
    const noise = new Uint8Array(300_000)
    for (let index = 0, seed = 1; index < 200_000; index++) {
      seed = (seed * 48_271) % 0x7fff_ffff
      noise[index] = seed >>> 8
    }
    const compressed = compress(codec, noise)
    expect(plain(decompress(codec, compressed, noise.length))).toEqual(noise)
    expect(plain(oracles[codec].decompress(compressed))).toEqual(noise)
  })

  test('one byte more than the limit is refused as too large', () => {
    const compressed = compress(codec, new Uint8Array(100_000).fill(7))
    expect(decompress(codec, compressed, 100_000)).toHaveLength(100_000)
    expect(() => decompress(codec, compressed, 99_999)).toThrow(expect.objectContaining({ flaw: 'too-large' }))
    expect(decompress(codec, compress(codec, new Uint8Array()), 0)).toHaveLength(0)
    expect(() => decompress(codec, compress(codec, new Uint8Array(1)), 0)).toThrow(
      expect.objectContaining({ flaw: 'too-large' }),
    )
  })

  test('data that is cut off anywhere is refused', () => {
    const compressed = compress(codec, Buffer.from('to be, or not to be, that is the question: '.repeat(3)))
    // gzip ends with a checksum, snappy and LZ4 with lengths that no longer fit, zstd with its last block.
    for (let length = 0; length < compressed.length; length++) {
      if (codec === 'snappy' && length === 16) continue // A header without blocks is an empty stream.
      expect(() => decompress(codec, compressed.subarray(0, length), MiB)).toThrow(InvalidBatch)
    }
  })

  test('random bytes are refused in a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          expect(decompress(codec, bytes, MiB).length).toBeLessThanOrEqual(MiB)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidBatch)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('mutated data gives a typed error or something within the limit', () => {
    fc.assert(
      fc.property(mutations(compressible.map((bytes) => plain(compress(codec, bytes)))), (bytes) => {
        try {
          expect(decompress(codec, bytes, MiB).length).toBeLessThanOrEqual(MiB)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidBatch)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('snappy, against the native library', () => {
  test('a mutated raw block is read alike or refused by both', () => {
    fc.assert(
      fc.property(mutations(compressible.map((bytes) => plain(snappy.compressSync(bytes)))), (bytes) => {
        // The native library believes a length of up to 4 GiB and asks for the memory.
        fc.pre(bytes[3] === undefined || bytes[3] < 0x80 || bytes[2] === undefined || bytes[2] < 0x80)
        const ours = outcome(() => decompress('snappy', bytes, 64 * MiB))
        const native = outcome(() => Buffer.from(snappy.uncompressSync(bytes) as Buffer))
        expect(ours).toEqual(native)
      }),
      { numRuns: 500 },
    )
  })

  test('a literal of negative length neither loops nor passes', () => {
    // Length 4, then a literal whose four length bytes, as a signed number, step back to the literal's own tag for ever.
    const hostile = Uint8Array.of(4, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4)
    expect(() => decompress('snappy', hostile, MiB)).toThrow(InvalidBatch)
  })

  test('a literal or a copy that is longer than the block promised is refused', () => {
    const literal = Uint8Array.from([50, 60 << 2, 99, ...new Uint8Array(100)])
    expect(() => decompress('snappy', literal, MiB)).toThrow(InvalidBatch)
    const copy = Uint8Array.from([50, 0, 7, (63 << 2) | 2, 1, 0])
    expect(() => decompress('snappy', copy, MiB)).toThrow(InvalidBatch)
  })

  test('a block that promises more than it can hold is refused before memory is asked for', () => {
    const hostile = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x0f, 0, 1)
    expect(() => decompress('snappy', hostile, 2 ** 33)).toThrow(/cannot hold/)
  })

  test('a block that holds less than it promises is refused, not filled with zeros', () => {
    expect(() => decompress('snappy', Uint8Array.of(3, 0, 1), MiB)).toThrow(InvalidBatch)
  })

  test('two xerial streams one behind the other are read as one', () => {
    const stream = compress('snappy', Uint8Array.of(1, 2, 3))
    expect([...decompress('snappy', plain(Buffer.concat([stream, stream])), MiB)]).toEqual([1, 2, 3, 1, 2, 3])
  })
})

describe('LZ4, against the native library', () => {
  test('what is read of a mutated frame, the native library reads alike', () => {
    const frames = compressible.map((bytes) => plain(compress('lz4', bytes)))
    fc.assert(
      fc.property(mutations(frames), (bytes) => {
        const ours = outcome(() => decompress('lz4', bytes, 64 * MiB))
        if (ours !== 'refused') expect(outcome(() => lz4.decompressFrameSync(Buffer.from(bytes)))).toEqual(ours)
      }),
      { numRuns: 500 },
    )
  })

  test('a mutated block is read alike or refused by both', () => {
    const blocks = compressible.map((bytes) => plain(lz4.compressSync(Buffer.from(bytes)).subarray(4)))
    fc.assert(
      fc.property(mutations(blocks), (block) => {
        fc.pre(block.length > 0)
        const ours = outcome(() => decompress('lz4', frameOf(block), 4 * MiB))
        // The native library wants to be told the size, which then is an upper bound.
        const sized = Buffer.concat([Buffer.alloc(4), block])
        sized.writeUInt32LE(ours === 'refused' ? 4 * MiB : ours.length)
        expect(outcome(() => lz4.uncompressSync(sized))).toEqual(ours)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['a match at no distance', [0x10, 7, 0, 0, 0x10, 7]],
    ['a match before the block', [0x10, 7, 2, 0, 0x10, 7]],
    ['literals past the end', [0x50, 1, 2, 3, 4]],
    ['a literal length without end', [0xf0, 0xff, 0xff]],
    ['a match length without end', [0x1f, 7, 1, 0, 0xff]],
    ['a match at the end', [0x10, 7, 1, 0]],
    ['a match cut off', [0x10, 7, 1]],
  ])('a block with %s is refused', (_, block) => {
    expect(() => decompress('lz4', frameOf(Uint8Array.from(block)), MiB)).toThrow(InvalidBatch)
  })

  test('a frame is what Java requires: version 1, independent blocks of 64 KiB, its header checksum', () => {
    expect(Buffer.from(compress('lz4', new Uint8Array(100)).subarray(0, 7)).toString('hex')).toBe('04224d18604082')
  })

  test('a block that compresses ends as the format demands: five literals, no match in the last twelve bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 300 }), fc.integer({ min: 1, max: 9 }), (length, period) => {
        const bytes = new Uint8Array(length).map((_, index) => index % period)
        // Decompressed into exactly its own size the reference decoder insists on both rules.
        expect(plain(lz4.decompressFrameSync(Buffer.from(compress('lz4', bytes))))).toEqual(bytes)
        const frame = compress('lz4', bytes)
        fc.pre((frame[10] ?? 0) < 0x80) // Else the block is stored.
        expect(lastSequence(frame)).toBeGreaterThanOrEqual(5)
      }),
    )
  })

  test.each([
    ['blocks that depend on each other', (frame: Uint8Array) => withHeader(frame, 0x40, 0x40), /depend on each other/],
    ['a dictionary', (frame: Uint8Array) => withHeader(frame, 0x61, 0x40), /dictionary/],
    ['an unknown block size', (frame: Uint8Array) => withHeader(frame, 0x60, 0x30), /block size/],
    ['a wrong header checksum', (frame: Uint8Array) => withByte(frame, 6, 0x83), /header checksum/],
    ['no end mark', (frame: Uint8Array) => frame.subarray(0, -4), /end mark/],
  ])('a frame with %s is refused', (_, change, message) => {
    const frame = change(compress('lz4', Buffer.from('abcdefgh'.repeat(20))))
    expect(() => decompress('lz4', frame, MiB)).toThrow(message)
  })

  test('a block larger than the frame allows is refused', () => {
    // 64 KiB blocks: what one of 70,000 equal bytes becomes is too long.
    const block = plain(lz4.compressSync(Buffer.alloc(70_000)).subarray(4))
    expect(decompress('lz4', frameOf(block), MiB)).toHaveLength(70_000)
    const small = Buffer.from(frameOf(block))
    small.set([0x40, 0x82], 5)
    expect(() => decompress('lz4', small, MiB)).toThrow(/more than the frame allows/)
  })

  test('a content size is read, and must be right', () => {
    const sized = (size: number) => {
      const frame = compress('lz4', new Uint8Array(1_000))
      const header = Buffer.alloc(15)
      header.set(frame.subarray(0, 4))
      header.set([0x68, 0x40], 4)
      header.writeBigUInt64LE(BigInt(size), 6)
      header[14] = xxhash32(header, 4, 14) >>> 8
      return plain(Buffer.concat([header, frame.subarray(7)]))
    }
    expect(plain(lz4.decompressFrameSync(Buffer.from(sized(1_000))))).toHaveLength(1_000)
    expect(decompress('lz4', sized(1_000), MiB)).toHaveLength(1_000)
    expect(() => decompress('lz4', sized(1_001), MiB)).toThrow(/claims 1001 bytes/)
    expect(() => decompress('lz4', sized(2 ** 60), MiB)).toThrow(InvalidBatch)
  })

  test('a block that claims gigabytes is refused before it is looked at', () => {
    const frame = Buffer.from(compress('lz4', new Uint8Array(1_000)))
    frame.writeUInt32LE(0x7fffffff, 7)
    expect(() => decompress('lz4', frame, MiB)).toThrow(/a block claims 2147483647 bytes/)
  })

  test('a wrong block checksum or content checksum is refused', () => {
    const frame = plain(oracles.lz4.compress(Buffer.from('abcdefgh'.repeat(20))))
    expect(decompress('lz4', frame, MiB)).toHaveLength(160)
    expect(() => decompress('lz4', withByte(frame, frame.length - 1, 0x55), MiB)).toThrow(/content checksum/)
    expect(() => decompress('lz4', withByte(frame, frame.length - 9, 0x55), MiB)).toThrow(/block checksum/)
  })
})

function withByte(bytes: Uint8Array, position: number, byte: number): Uint8Array {
  const changed = plain(bytes)
  changed[position] = (changed[position] ?? 0) === byte ? byte ^ 0xff : byte
  return changed
}

/** Other flags, under the old checksum: what they say is judged first. */
function withHeader(frame: Uint8Array, flags: number, blockSize: number): Uint8Array {
  const changed = plain(frame)
  changed[4] = flags
  changed[5] = blockSize
  return changed
}

/** One compressed block in a frame of 4 MiB blocks, made by hand. */
function frameOf(block: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(7 + 4 + block.length + 4)
  Buffer.from('04224d186070', 'hex').copy(frame)
  frame[6] = 0x73
  frame.writeUInt32LE(block.length, 7)
  frame.set(block, 11)
  return plain(frame)
}

/** The literals of the last sequence in the only block of a frame. */
function lastSequence(frame: Uint8Array): number {
  const end = 11 + new DataView(frame.buffer, frame.byteOffset).getUint32(7, true)
  let position = 11
  for (;;) {
    const token = frame[position++] ?? 0
    let literals = token >>> 4
    if (literals === 15) for (let more = 255; more === 255; literals += more) more = frame[position++] ?? 0
    position += literals
    if (position >= end) return literals
    position += 2
    if ((token & 15) === 15) while (frame[position++] === 255);
  }
}
