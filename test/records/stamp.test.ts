import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../lib/records/build.ts'
import { readHeader } from '../../lib/records/header.ts'
import { iterateRecords } from '../../lib/records/iterate.ts'
import { recompress } from '../../lib/records/recompress.ts'
import { stampLogAppendTime, stampMaxTimestamp, stampOffsets } from '../../lib/records/stamp.ts'
import { validateBatch, validateEnvelope } from '../../lib/records/validate.ts'

const now = 1_700_000_000_000
const records = [{ timestamp: now - 5 }, { timestamp: now - 3, value: Buffer.from('v') }]

describe('what a server stamps', () => {
  test('offset and leader epoch leave the CRC as it is', () => {
    const batch = buildBatch({ now, records, compression: 'zstd' })
    const { crc } = readHeader(batch)
    stampOffsets(batch, 2 ** 45 + 3, 12)
    expect(validateEnvelope(batch, { origin: 'log' })).toMatchObject({
      valid: true,
      header: { baseOffset: 2 ** 45 + 3, leaderEpoch: 12, crc },
    })
    expect([...iterateRecords(batch)].map((record) => record.offset)).toEqual([2 ** 45 + 3, 2 ** 45 + 4])
  })

  test('LogAppendTime becomes the time of every record, under a new CRC, with base and deltas untouched', () => {
    const batch = buildBatch({ now, records, compression: 'gzip', producerId: 1, producerEpoch: 0, baseSequence: 0 })
    stampLogAppendTime(batch, now + 100)
    const checked = validateBatch(batch, { origin: 'log' })
    expect(checked).toMatchObject({ valid: true, maxTimestampIsRight: true, maxTimestamp: now + 100 })
    expect(readHeader(batch)).toMatchObject({
      timestampType: 'LogAppendTime',
      compression: 'gzip',
      baseTimestamp: now - 5,
      maxTimestamp: now + 100,
    })
    expect([...iterateRecords(batch)].map((record) => record.timestamp)).toEqual([now + 100, now + 100])
  })

  test('a wrong latest timestamp is corrected', () => {
    const batch = buildBatch({ now, records })
    stampMaxTimestamp(batch, 1)
    const checked = validateBatch(batch)
    expect(checked).toMatchObject({ valid: true, maxTimestampIsRight: false, maxTimestamp: now - 3 })
    if (checked.valid) stampMaxTimestamp(batch, checked.maxTimestamp)
    expect(validateBatch(batch)).toMatchObject({ valid: true, maxTimestampIsRight: true })
  })

  test('only the batch is touched where it lies among others', () => {
    const batch = buildBatch({ now, records })
    const around = Buffer.concat([Buffer.alloc(7, 0xaa), batch, Buffer.alloc(7, 0xbb)])
    stampLogAppendTime(around.subarray(7), now)
    stampOffsets(around.subarray(7), 5, 1)
    expect(validateEnvelope(around.subarray(7, 7 + batch.length), { origin: 'log' }).valid).toBe(true)
    expect(around.subarray(0, 7).equals(Buffer.alloc(7, 0xaa))).toBe(true)
    expect(around.subarray(-7).equals(Buffer.alloc(7, 0xbb))).toBe(true)
  })
})

describe('another codec', () => {
  test('changes nothing but the codec', () => {
    const batch = buildBatch({
      now,
      records,
      compression: 'snappy',
      producerId: 8,
      producerEpoch: 2,
      baseSequence: 40,
      isTransactional: true,
      baseOffset: 30,
      leaderEpoch: 4,
    })
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const changed = recompress(batch, codec)
      expect(validateBatch(changed, { origin: 'log' }).valid).toBe(true)
      const { crc, batchLength, totalBytes, attributes, ...others } = readHeader(changed)
      expect(readHeader(batch)).toMatchObject({ ...others, compression: 'snappy' })
      expect([crc, batchLength + 12, others.compression, attributes & 0x10]).toEqual([crc, totalBytes, codec, 0x10])
      expect([...iterateRecords(changed)]).toEqual([...iterateRecords(batch)])
    }
  })

  test('the codec it has already gives the very same bytes', () => {
    const batch = buildBatch({ now, records, compression: 'lz4' })
    expect(recompress(batch, 'lz4')).toBe(batch)
  })

  test('a bomb is not unpacked on the way', () => {
    const batch = buildBatch({ now, records: [{ value: new Uint8Array(100_000) }], compression: 'zstd' })
    expect(() => recompress(batch, 'lz4', { decompressedBytesMax: 1_000 })).toThrow(
      expect.objectContaining({ flaw: 'too-large' }),
    )
  })
})
