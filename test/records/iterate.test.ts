import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import * as lz4 from 'lz4-napi'
import * as snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { buildBatch, recordBoundSlackBytes, recordBytesBound } from '../../lib/records/build.ts'
import { type Compression, readHeader } from '../../lib/records/header.ts'
import { InvalidBatch } from '../../lib/records/invalid-batch.ts'
import { iterateBatches, iterateRecords } from '../../lib/records/iterate.ts'
import { recompress } from '../../lib/records/recompress.ts'
import { validateBatch } from '../../lib/records/validate.ts'
import { codecs, records } from './arbitraries.ts'
import { recordedBatches, recordedBatchesMissing } from './recorded.ts'

const now = 1_700_000_000_000

/** Only libraries that nobody here wrote. */
function decompressElsewhere(codec: Compression, bytes: Uint8Array): Uint8Array {
  if (codec === 'gzip') return gunzipSync(bytes)
  if (codec === 'zstd') return zstdDecompressSync(bytes)
  if (codec === 'lz4') return lz4.decompressFrameSync(Buffer.from(bytes))
  if (codec === 'none') return bytes
  if (bytes[0] !== 0x82) return Buffer.from(snappy.uncompressSync(bytes) as Buffer)
  const parts: Buffer[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let position = 16; position < bytes.length; position += 4 + view.getInt32(position)) {
    const block = bytes.subarray(position + 4, position + 4 + view.getInt32(position))
    parts.push(Buffer.from(snappy.uncompressSync(block) as Buffer))
  }
  return Buffer.concat(parts)
}

describe('the records of a batch', () => {
  test('are those it was built from, whatever the codec', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 30 }), codecs, (given, compression) => {
        const batch = buildBatch({ now, records: given, compression, baseOffset: 1_000 })
        const read = [...iterateRecords(batch)]
        expect(read).toEqual(given.map((record, index) => ({ ...record, offset: 1_000 + index, attributes: 0 })))
        expect(validateBatch(recompress(batch, 'none'), { origin: 'log' }).valid).toBe(true)
      }),
    )
  })

  test('are no copies when the batch is not compressed', () => {
    const batch = buildBatch({ now, records: [{ key: Buffer.from('key'), value: Buffer.from('value') }] })
    const [record] = iterateRecords(batch)
    expect([record?.key?.buffer, record?.value?.buffer]).toEqual([batch.buffer, batch.buffer])
  })

  test('are read one by one: a broken one is met only when it is reached', () => {
    const batch = buildBatch({ now, records: [{ value: Buffer.from('first') }, { value: Buffer.from('second') }] })
    const iterator = iterateRecords(batch.subarray(0))
    batch[batch.length - 2] = 0xff
    batch[61 + 12] = 0x7f // The length of the second record.
    expect(Buffer.from(iterator.next().value?.value ?? []).toString()).toBe('first')
    expect(() => iterator.next()).toThrow(InvalidBatch)
  })

  test('a missing key, value and header value are null, an empty one is empty', () => {
    const empty = new Uint8Array()
    const given = [
      { key: null, value: null, headers: [{ key: '', value: null }], timestamp: 1 },
      { key: empty, value: empty, headers: [{ key: 'a', value: empty }], timestamp: 2 },
    ]
    const read = [...iterateRecords(buildBatch({ now, records: given }))]
    expect(read.map(({ key, value, headers, timestamp }) => ({ key, value, headers, timestamp }))).toEqual(given)
  })

  test('have the time of the batch under LogAppendTime', () => {
    const batch = buildBatch({ now, timestampType: 'LogAppendTime', records: [{ timestamp: 5 }, { timestamp: 9 }] })
    expect([...iterateRecords(batch)].map((record) => record.timestamp)).toEqual([now, now])
  })

  test('are refused where an offset would pass 2^53', () => {
    const batch = buildBatch({ now, baseOffset: Number.MAX_SAFE_INTEGER, records: [{}, {}] })
    const iterator = iterateRecords(batch)
    expect(iterator.next().value?.offset).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => iterator.next()).toThrow(InvalidBatch)
  })

  test('take no more bytes each than foretold', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = buildBatch({ now, records: [{ timestamp: 0 }, record] }).length
        const without = buildBatch({ now, records: [{ timestamp: 0 }] }).length
        expect(bytes - without).toBeLessThanOrEqual(recordBytesBound(record))
        expect(bytes - without).toBeGreaterThanOrEqual(recordBytesBound(record) - recordBoundSlackBytes)
      }),
    )
  })

  test.skipIf(recordedBatchesMissing).each(recordedBatches)(
    'of $name are sound, and say what they hold elsewhere',
    (recorded) => {
      const { bytes } = recorded
      const header = readHeader(bytes)
      const checked = validateBatch(bytes, { origin: 'log' })
      expect(checked).toMatchObject({ valid: true, maxTimestampIsRight: true })
      const read = [...iterateRecords(bytes)]
      expect(read).toHaveLength(header.count)
      expect(read.map((record) => record.offset)).toEqual(read.map((_, index) => header.baseOffset + index))
      const payload = decompressElsewhere(header.compression, bytes.subarray(61))
      const plain = recompress(bytes, 'none')
      expect(Buffer.from(plain.subarray(61)).equals(payload)).toBe(true)
      // Built again from the records alone, the bytes are the client's own.
      const rebuilt = buildBatch({
        now,
        records: read,
        ...header,
        compression: 'none',
      })
      expect(Buffer.from(rebuilt).equals(plain)).toBe(true)
      for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
        const changed = recompress(bytes, codec)
        expect(Buffer.from(decompressElsewhere(codec, changed.subarray(61))).equals(payload)).toBe(true)
        expect(validateBatch(changed, { origin: 'log' }).valid).toBe(true)
      }
    },
  )
})

describe('batches one behind the other', () => {
  const batches = [1, 2, 3].map((count) =>
    buildBatch({
      now,
      baseOffset: count * 10,
      records: Array.from({ length: count }, () => ({ value: Buffer.from('v') })),
    }),
  )
  const joined = new Uint8Array(Buffer.concat(batches))

  test('are split by their headers, without copying', () => {
    const split = [...iterateBatches(joined)]
    expect(split.map(({ bytes }) => bytes)).toEqual(batches)
    expect(split.map(({ header }) => header.baseOffset)).toEqual([10, 20, 30])
    expect(split.map(({ position }) => joined.subarray(position)[16])).toEqual([2, 2, 2])
    expect(split.every(({ bytes }) => bytes.buffer === joined.buffer)).toBe(true)
  })

  test('may end in one that is cut off, wherever, which is passed over or refused as asked', () => {
    const whole = joined.length - (batches[2]?.length ?? 0)
    for (let length = whole + 1; length < joined.length; length++) {
      expect([...iterateBatches(joined.subarray(0, length))]).toHaveLength(2)
      expect(() => [...iterateBatches(joined.subarray(0, length), { truncated: 'refuse' })]).toThrow(InvalidBatch)
    }
    expect([...iterateBatches(joined.subarray(0, whole), { truncated: 'refuse' })]).toHaveLength(2)
    expect([...iterateBatches(new Uint8Array(), { truncated: 'refuse' })]).toHaveLength(0)
  })

  test('end at bytes that are no batch', () => {
    const broken = Uint8Array.from([...joined.subarray(0, batches[0]?.length), ...new Uint8Array(100)])
    expect(() => [...iterateBatches(broken)]).toThrow(InvalidBatch)
    // Too short a tail for the length it claims, but no batch is that short.
    const tail = new Uint8Array(30).with(11, 28).with(16, 2)
    expect(() => [...iterateBatches(tail)]).toThrow(InvalidBatch)
  })
})
