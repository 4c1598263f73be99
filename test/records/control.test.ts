import { describe, expect, test } from 'vitest'
import { buildEndTransactionMarker, readControlRecord } from '../../lib/records/control.ts'
import { readHeader } from '../../lib/records/header.ts'
import { iterateRecords } from '../../lib/records/iterate.ts'
import { validateBatch } from '../../lib/records/validate.ts'

const now = 1_700_000_000_000

describe('a control batch', () => {
  test.each(['commit', 'abort'] as const)('says %s, by which coordinator and for which producer', (type) => {
    const batch = buildEndTransactionMarker({ type, producerId: 7, producerEpoch: 3, coordinatorEpoch: 11, now })
    expect(validateBatch(batch, { origin: 'log' }).valid).toBe(true)
    expect(readHeader(batch)).toMatchObject({
      isControl: true,
      isTransactional: true,
      producerId: 7,
      producerEpoch: 3,
      baseSequence: -1,
      count: 1,
      maxTimestamp: now,
    })
    expect([...iterateRecords(batch)].map(readControlRecord)).toEqual([{ type, coordinatorEpoch: 11 }])
  })

  test('has the bytes that Kafka gives a commit marker', () => {
    const batch = buildEndTransactionMarker({
      type: 'commit',
      producerId: 7,
      producerEpoch: 0,
      coordinatorEpoch: 1,
      now,
    })
    // Record of 16 bytes: attributes, deltas 0 and 0, key of 4 (version 0, type 1), value of 6 (version 0, epoch 1), no headers.
    expect(Buffer.from(batch.subarray(61)).toString('hex')).toBe('200000000800000001' + '0c000000000001' + '00')
    expect(Buffer.from(batch.subarray(21, 23)).toString('hex')).toBe('0030')
  })

  test('is refused from a producer', () => {
    const batch = buildEndTransactionMarker({
      type: 'abort',
      producerId: 7,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      now,
    })
    expect(validateBatch(batch)).toMatchObject({ valid: false, flaw: 'invalid' })
  })

  test('of another type is passed over, one that is cut off is refused', () => {
    expect(readControlRecord({ key: Uint8Array.of(0, 0, 0, 2), value: null })).toEqual({ type: 'other', number: 2 })
    expect(readControlRecord({ key: Uint8Array.of(0, 0, 0, 99), value: null })).toEqual({ type: 'other', number: 99 })
    expect(() => readControlRecord({ key: null, value: null })).toThrow(/shorter/)
    expect(() => readControlRecord({ key: Uint8Array.of(0, 0, 0, 1), value: Uint8Array.of(0, 0) })).toThrow(/shorter/)
  })
})
