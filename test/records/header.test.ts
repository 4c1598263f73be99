import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../lib/records/build.ts'
import { readHeader } from '../../lib/records/header.ts'
import { recordedBatches, recordedBatchesMissing } from './recorded.ts'

const now = 1_700_000_000_000
const one = { now, records: [{ value: Buffer.from('v') }] }

describe('the header of a batch', () => {
  test('says what the batch was built with', () => {
    const batch = buildBatch({
      now,
      compression: 'lz4',
      producerId: 2 ** 40 + 7,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      isTransactional: true,
      baseOffset: 2 ** 52 + 1,
      leaderEpoch: 9,
      records: [{ timestamp: now + 5 }, { timestamp: now + 50 }, { timestamp: now }],
    })
    expect(readHeader(batch)).toEqual({
      baseOffset: 2 ** 52 + 1,
      batchLength: batch.length - 12,
      totalBytes: batch.length,
      leaderEpoch: 9,
      magic: 2,
      crc: Buffer.from(batch).readUInt32BE(17),
      attributes: 0x13,
      compression: 'lz4',
      timestampType: 'CreateTime',
      isTransactional: true,
      isControl: false,
      hasDeleteHorizon: false,
      lastOffsetDelta: 2,
      baseTimestamp: now + 5,
      maxTimestamp: now + 50,
      producerId: 2 ** 40 + 7,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      count: 3,
    })
  })

  test('is read where it lies among other bytes', () => {
    const batch = buildBatch({ ...one, baseOffset: 77 })
    const bytes = Buffer.concat([Buffer.alloc(13, 0xff), batch, Buffer.alloc(3)])
    expect(readHeader(bytes, 13)).toEqual(readHeader(batch))
    expect(readHeader(bytes.subarray(5), 8)).toEqual(readHeader(batch))
  })

  test.each([
    ['magic 0', 16, 0, 'unsupported-version'],
    ['magic 1', 16, 1, 'unsupported-version'],
    ['magic 3', 16, 3, 'corrupt'],
    ['a negative length', 8, 0x80, 'corrupt'],
    ['a codec of 5', 22, 5, 'unsupported-compression'],
    ['a base offset beyond 2^53', 1, 0x20, 'invalid'],
    ['a base offset below -2^53', 0, 0x80, 'invalid'],
    ['a timestamp beyond 2^53', 28, 0x40, 'invalid'],
    ['a producer id beyond 2^53', 44, 0x20, 'invalid'],
  ])('with %s is refused', (_, position, byte, flaw) => {
    const batch = buildBatch({ ...one, producerId: 1, producerEpoch: 0, baseSequence: 0 })
    batch[position] = byte
    expect(() => readHeader(batch)).toThrow(expect.objectContaining({ name: 'InvalidBatch', flaw }))
  })

  test('a length below the header itself is corrupt', () => {
    const batch = buildBatch(one)
    new DataView(batch.buffer).setInt32(8, 48)
    expect(() => readHeader(batch)).toThrow(expect.objectContaining({ flaw: 'corrupt' }))
  })

  test('fewer bytes than a header are refused, wherever they end', () => {
    fc.assert(
      fc.property(fc.nat(60), (length) => {
        const cut = buildBatch(one).subarray(0, length)
        expect(() => readHeader(cut)).toThrow(expect.objectContaining({ flaw: 'invalid' }))
      }),
    )
  })

  test('the smallest and largest safe timestamps are read exactly', () => {
    for (const timestamp of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0, 2 ** 32, -(2 ** 32) - 1]) {
      const header = readHeader(buildBatch({ now, records: [{ timestamp }] }))
      expect([header.baseTimestamp, header.maxTimestamp]).toEqual([timestamp, Math.max(timestamp, -1)])
    }
  })

  test.skipIf(recordedBatchesMissing)('of every recorded batch names the codec of its file, and its length', () => {
    for (const { name, bytes } of recordedBatches) {
      const header = readHeader(bytes)
      expect([name, header.compression, header.totalBytes]).toEqual([
        name,
        /-(\w+)\.bin$/.exec(name)?.[1],
        bytes.length,
      ])
    }
  })
})
