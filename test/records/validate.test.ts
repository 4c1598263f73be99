import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../lib/base/crc32c.ts'
import { BatchBuilder, type BatchOptions, buildBatch, type NewRecord } from '../../lib/records/build.ts'
import { iterateRecords } from '../../lib/records/iterate.ts'
import { type BatchRules, validateBatch, validateEnvelope } from '../../lib/records/validate.ts'
import { batches, mutations } from './arbitraries.ts'
import { recordedBatches, recordedBatchesMissing } from './recorded.ts'

const now = 1_700_000_000_000
const value = Buffer.from('value')
const idempotent = { producerId: 5, producerEpoch: 0, baseSequence: 0 }

function batchOf(
  options: Partial<BatchOptions> = {},
  records: NewRecord[] = [{ value }, { value }, { value }],
): Uint8Array {
  return buildBatch({ now, records, ...options })
}

/** Changes bytes behind the CRC and makes it right again, as a client with a bug would. */
function withRightCrc(batch: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const changed = batch.slice()
  const view = new DataView(changed.buffer)
  change(view)
  if (changed.length >= 61) view.setUint32(17, crc32c(changed, 21))
  return changed
}

function flawOf(batch: Uint8Array, rules: BatchRules = {}) {
  const checked = validateBatch(batch, rules)
  return checked.valid ? 'none' : checked.flaw
}

describe('a sound batch', () => {
  test('passes both levels, whatever its codec', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(validateBatch(batch)).toMatchObject({ valid: true, maxTimestampIsRight: true })
        expect(validateEnvelope(batch).valid).toBe(true)
      }),
    )
  })

  test('is told with its latest timestamp and the first record that has it', () => {
    const records = [5, 70, 3, 70].map((timestamp) => ({ timestamp }))
    expect(validateBatch(batchOf({}, records))).toMatchObject({ maxTimestamp: 70, offsetDeltaOfMaxTimestamp: 1 })
  })

  test('may leave epoch and sequence at 0 without a producer id, as some clients do', () => {
    expect(flawOf(withRightCrc(batchOf(), (view) => view.setInt16(51, 0)))).toBe('none')
    expect(flawOf(withRightCrc(batchOf(), (view) => view.setInt32(53, 0)))).toBe('none')
  })

  test('with another latest timestamp than its records is no flaw, but said', () => {
    const batch = withRightCrc(batchOf(), (view) => view.setInt32(39, 0))
    expect(validateBatch(batch)).toMatchObject({ valid: true, maxTimestamp: now, maxTimestampIsRight: false })
  })

  test('without timestamps passes any rule for them', () => {
    const rules = { timestamps: { earliest: now, latest: now } }
    expect(flawOf(batchOf({}, [{ timestamp: -1 }]), rules)).toBe('none')
  })
})

describe('a flaw of the envelope', () => {
  test('any single bit changed behind the length is found', () => {
    const batch = batchOf({ compression: 'gzip' })
    for (let position = 16; position < batch.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = batch.slice()
        changed[position] = (changed[position] ?? 0) ^ (1 << bit)
        expect(validateEnvelope(changed).valid).toBe(false)
      }
    }
  })

  test.each<[string, Uint8Array, string]>([
    ['cut off', batchOf().subarray(0, -1), 'invalid'],
    ['followed by another byte', Uint8Array.from([...batchOf(), 0]), 'invalid'],
    ['followed by another batch', Uint8Array.from([...batchOf(), ...batchOf()]), 'invalid'],
    ['empty', new Uint8Array(), 'invalid'],
    ['with a wrong CRC', withRightCrc(batchOf(), () => {}).with(20, 1), 'corrupt'],
    ['of magic 1', batchOf().with(16, 1), 'unsupported-version'],
    ['of magic 9', batchOf().with(16, 9), 'corrupt'],
    ['at another base offset than 0', batchOf({ baseOffset: 1 }), 'invalid'],
    ['of an unknown codec', withRightCrc(batchOf(), (view) => view.setInt8(22, 6)), 'unsupported-compression'],
    ['without records', withRightCrc(batchOf().slice(0, 61), (view) => emptied(view)), 'invalid'],
    ['of a negative count', withRightCrc(batchOf(), (view) => view.setInt32(57, -3)), 'invalid'],
    ['of more offsets than records', withRightCrc(batchOf(), (view) => view.setInt32(23, 3)), 'invalid'],
    ['of fewer offsets than records', withRightCrc(batchOf(), (view) => view.setInt32(23, 1)), 'invalid'],
    ['of a negative last offset', withRightCrc(batchOf(), (view) => view.setInt32(23, -1)), 'invalid'],
    ['of control records', batchOf({ ...idempotent, isControl: true, isTransactional: true }), 'invalid'],
    ['with a delete horizon', withRightCrc(batchOf(), (view) => view.setInt8(22, 0x40)), 'invalid'],
    ['with LogAppendTime', batchOf({ timestampType: 'LogAppendTime' }), 'invalid-timestamp'],
    ['of a transaction without a producer', batchOf({ isTransactional: true }), 'invalid'],
    ['of a producer without an epoch', batchOf({ ...idempotent, producerEpoch: -1 }), 'invalid'],
    ['of a producer without a sequence', batchOf({ ...idempotent, baseSequence: -1 }), 'invalid'],
    ['of a negative producer', batchOf({ ...idempotent, producerId: -2 }), 'invalid'],
  ])('a batch %s is refused', (_, batch, flaw) => {
    expect(validateEnvelope(batch)).toMatchObject({ valid: false, flaw })
    expect(validateBatch(batch)).toMatchObject({ valid: false, flaw })
  })

  test('a batch over the limit in bytes is too large, one at the limit is not', () => {
    const batch = batchOf()
    expect(flawOf(batch, { batchBytesMax: batch.length })).toBe('none')
    expect(flawOf(batch, { batchBytesMax: batch.length - 1 })).toBe('too-large')
  })
})

describe('a flaw of the records', () => {
  test.each<[string, number, number]>([
    ['a record longer than the batch', 61, 0x7e],
    ['a record longer than its fields', 61, 2 * 13],
    ['a record shorter than its fields', 61, 2 * 10],
    ['a negative record length', 61, 1],
    ['an offset delta out of order', 64, 2],
    ['a key longer than the record', 65, 60],
    ['a value longer than the record', 66, 60],
    ['more headers than bytes', 72, 60],
    ['a negative number of headers', 72, 1],
  ])('%s is invalid, and says which record it is', (_, position, byte) => {
    const batch = withRightCrc(batchOf(), (view) => view.setUint8(position, byte))
    expect(validateBatch(batch)).toMatchObject({ valid: false, flaw: 'invalid', recordIndex: 0 })
    expect(validateEnvelope(batch).valid).toBe(true)
  })

  test('fewer or more records than the batch says are invalid', () => {
    const counted = (count: number) =>
      withRightCrc(batchOf(), (view) => {
        view.setInt32(57, count)
        view.setInt32(23, count - 1)
      })
    expect([2, 3, 4, 2 ** 31 - 1].map((count) => flawOf(counted(count)))).toEqual([
      'invalid',
      'none',
      'invalid',
      'invalid',
    ])
  })

  test('a header without a key is invalid', () => {
    const batch = batchOf({}, [{ headers: [{ key: '', value: null }] }])
    expect(validateBatch(withRightCrc(batch, (view) => view.setUint8(batch.length - 2, 1)))).toMatchObject({
      flaw: 'invalid',
      message: 'record 0 has a header without a key',
    })
  })

  test('a record without a key is invalid where keys are required', () => {
    const batch = batchOf({}, [{ key: value }, { value }])
    expect(validateBatch(batch, { keyRequired: true })).toMatchObject({ flaw: 'invalid', recordIndex: 1 })
    expect(flawOf(batch)).toBe('none')
  })

  test('a timestamp outside what the topic allows is an invalid timestamp', () => {
    const batch = batchOf({}, [{ timestamp: 100 }, { timestamp: 200 }])
    expect(flawOf(batch, { timestamps: { earliest: 100, latest: 200 } })).toBe('none')
    expect(validateBatch(batch, { timestamps: { earliest: 100, latest: 199 } })).toMatchObject({
      flaw: 'invalid-timestamp',
      recordIndex: 1,
    })
    expect(flawOf(batch, { timestamps: { earliest: 101, latest: 200 } })).toBe('invalid-timestamp')
  })

  test('compressed data that is not of its codec is invalid', () => {
    for (const [codec, compression] of ['gzip', 'snappy', 'lz4', 'zstd'].entries()) {
      const batch = withRightCrc(batchOf(), (view) => view.setInt8(22, codec + 1))
      expect([compression, flawOf(batch)]).toEqual([compression, 'invalid'])
    }
  })

  test('records that decompress beyond the limit are too large', () => {
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const batch = batchOf({ compression }, [{ value: new Uint8Array(10_000) }])
      expect(flawOf(batch, { decompressedBytesMax: 9_999 })).toBe('too-large')
      expect(flawOf(batch, { decompressedBytesMax: 10_100 })).toBe('none')
    }
  })
})

describe('a batch of the log', () => {
  test('may lie at any offset, be a control batch, and have LogAppendTime', () => {
    const control = batchOf({ ...idempotent, baseSequence: -1, isControl: true, isTransactional: true, baseOffset: 9 })
    expect(flawOf(control, { origin: 'log' })).toBe('none')
    expect(flawOf(batchOf({ timestampType: 'LogAppendTime' }), { origin: 'log' })).toBe('none')
  })

  test('may have lost records to compaction, but not their order', () => {
    const sparse = withRightCrc(batchOf(), (view) => {
      view.setInt32(23, 9)
      view.setUint8(61 + 12 + 3, 2 * 4) // The second record's offset delta, before a third of 2.
    })
    expect(flawOf(sparse, { origin: 'log' })).toBe('invalid')
    const inOrder = withRightCrc(sparse, (view) => view.setUint8(61 + 24 + 3, 2 * 9))
    expect(flawOf(inOrder, { origin: 'log' })).toBe('none')
    expect([...iterateRecords(inOrder)].map((record) => record.offset)).toEqual([0, 4, 9])
    expect(flawOf(inOrder)).toBe('invalid')
    expect(
      flawOf(
        withRightCrc(sparse, (view) => view.setUint8(61 + 24 + 3, 2 * 10)),
        { origin: 'log' },
      ),
    ).toBe('invalid')
  })

  test('holds no more records than offsets', () => {
    const batch = withRightCrc(batchOf(), (view) => view.setInt32(23, 1))
    expect(validateEnvelope(batch, { origin: 'log' })).toMatchObject({ valid: false, flaw: 'invalid' })
  })

  test('may have lost all of them', () => {
    const empty = withRightCrc(batchOf().slice(0, 61), emptied)
    expect(flawOf(empty, { origin: 'log' })).toBe('none')
    expect([...iterateRecords(empty)]).toEqual([])
  })
})

describe('hostile bytes', () => {
  const originals = recordedBatchesMissing
    ? batches
    : fc.oneof(
        batches,
        fc.constantFrom(...recordedBatches.filter(({ bytes }) => bytes.length < 2_000)).map(({ bytes }) => bytes),
      )
  const rules = { origin: 'log', decompressedBytesMax: 1024 * 1024 } as const

  /** Either a typed answer, or a sound batch whose records are all there. */
  function holds(bytes: Uint8Array): void {
    const checked = validateBatch(bytes, rules)
    validateEnvelope(bytes)
    if (!checked.valid) {
      expect(checked.message.length).toBeGreaterThan(10)
      return
    }
    let count = 0
    for (const record of iterateRecords(bytes, rules)) {
      expect(record.offset).toBeGreaterThanOrEqual(checked.header.baseOffset)
      count++
    }
    expect(count).toBe(checked.header.count)
  }

  test('of any kind get a typed answer', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), holds), { numRuns: 300 })
  })

  test('that were a batch before they were changed get a typed answer', () => {
    fc.assert(fc.property(mutations(originals), holds), { numRuns: 300 })
  })

  test('with a right length, magic and CRC get a typed answer', () => {
    const dressed = mutations(originals).map((bytes) =>
      bytes.length < 61
        ? bytes
        : withRightCrc(bytes, (view) => {
            view.setUint8(16, 2)
            view.setInt32(8, bytes.length - 12)
          }),
    )
    fc.assert(fc.property(dressed, holds), { numRuns: 1_000 })
  })

  test('whose CRC is right make lazy readers throw the same typed error', () => {
    fc.assert(
      fc.property(mutations(originals), (bytes) => {
        try {
          for (const record of iterateRecords(bytes, rules)) expect(record.headers.length).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toMatchObject({ name: 'InvalidBatch' })
        }
      }),
      { numRuns: 300 },
    )
  })
})

test('a builder goes on after it has built', () => {
  const builder = new BatchBuilder({ now }, 1)
  builder.append({ value })
  const first = builder.build()
  builder.append({ value, timestamp: now + 1 })
  expect(first.length).toBeLessThan(builder.bytes)
  expect([...iterateRecords(builder.build())].map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
    [0, now],
    [1, now + 1],
  ])
  expect(validateBatch(first).valid).toBe(true)
})

function emptied(view: DataView): void {
  view.setInt32(8, 61 - 12)
  view.setInt32(57, 0)
}
