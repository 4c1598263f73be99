import { expect, test } from 'vitest'
import { type TopicConfigs, topicConfig } from '../../lib/cluster/topic-config.ts'
import { prepareBatch } from '../../lib/log/prepare-batch.ts'
import { type BatchOptions, buildBatch, type NewRecord } from '../../lib/records/build.ts'
import { compressions, readHeader } from '../../lib/records/header.ts'
import { iterateRecords } from '../../lib/records/iterate.ts'
import { stampMaxTimestamp } from '../../lib/records/stamp.ts'
import { validateBatch } from '../../lib/records/validate.ts'

const now = 1_700_000_000_000
const bytes = (text: string) => Buffer.from(text)
const batchOf = (records: NewRecord[], options: Partial<BatchOptions> = {}) => buildBatch({ now, ...options, records })
const one = (options: Partial<BatchOptions> = {}) => batchOf([{ key: bytes('k'), value: bytes('v') }], options)
const prepare = (batch: Uint8Array, configs: TopicConfigs = {}) => prepareBatch(batch, topicConfig(configs), now)

function prepared(batch: Uint8Array, configs: TopicConfigs = {}) {
  const result = prepare(batch, configs)
  if (result.outcome !== 'prepared') throw new Error(result.message)
  expect(validateBatch(result.batch, { origin: 'log' })).toMatchObject({ valid: true })
  return result
}

test('a sound batch is stored as it came, without a copy', () => {
  const batch = one()
  const before = Buffer.from(batch)
  const result = prepared(batch)
  expect(result.batch).toBe(batch)
  expect(before.equals(result.batch)).toBe(true)
  expect(result).toMatchObject({ logAppendTime: -1, count: 1 })
})

test('a batch whose bytes were changed on the way is corrupt', () => {
  const batch = one()
  batch[batch.length - 1] = (batch[batch.length - 1] ?? 0) ^ 1
  expect(prepare(batch)).toMatchObject({ outcome: 'refused', flaw: 'corrupt' })
})

test('max.message.bytes is the most that a batch may be', () => {
  const batch = one()
  expect(prepare(batch, { 'max.message.bytes': String(batch.length) }).outcome).toBe('prepared')
  expect(prepare(batch, { 'max.message.bytes': String(batch.length - 1) })).toMatchObject({ flaw: 'too-large' })
})

test('under LogAppendTime every record bears the time of its arrival, whatever the producer said', () => {
  const batch = batchOf([
    { value: bytes('a'), timestamp: 5 },
    { value: bytes('b'), timestamp: now + 1e12 },
  ])
  const result = prepared(batch, { 'message.timestamp.type': 'LogAppendTime' })
  expect(result.logAppendTime).toBe(now)
  expect([...iterateRecords(result.batch)].map((record) => record.timestamp)).toEqual([now, now])
  expect(readHeader(result.batch).timestampType).toBe('LogAppendTime')
})

test.each([
  ['message.timestamp.before.max.ms', now - 1_001, now - 1_000],
  ['message.timestamp.after.max.ms', now + 1_001, now + 1_000],
])('%s bounds how far a timestamp may lie from now', (config, outside, inside) => {
  const at = (timestamp: number) =>
    prepare(batchOf([{ value: bytes('first') }, { value: bytes('v'), timestamp }]), { [config]: '1000' })
  expect(at(inside).outcome).toBe('prepared')
  expect(at(outside)).toMatchObject({ outcome: 'refused', flaw: 'invalid-timestamp', recordIndex: 1 })
})

test('a record without a timestamp passes every bound', () => {
  expect(
    prepare(batchOf([{ value: bytes('v'), timestamp: -1 }]), { 'message.timestamp.before.max.ms': '1' }).outcome,
  ).toBe('prepared')
})

test('a compacted topic takes no record without a key, and says which one has none', () => {
  const batch = batchOf([{ key: bytes('k'), value: bytes('v') }, { value: bytes('v') }])
  expect(prepare(batch, { 'cleanup.policy': 'compact' })).toMatchObject({ outcome: 'refused', recordIndex: 1 })
  expect(prepare(batch, { 'cleanup.policy': 'compact,delete' })).toMatchObject({ outcome: 'refused' })
  expect(prepare(batch, { 'cleanup.policy': 'delete' }).outcome).toBe('prepared')
})

test.each(compressions.flatMap((from) => compressions.map((to) => [from, to] as const)))(
  'a batch in %s is stored in %s where the topic asks for it',
  (from, to) => {
    const value = bytes('the same words '.repeat(100))
    const batch = batchOf([{ key: bytes('k'), value, headers: [{ key: 'h', value: bytes('x') }] }, { value }], {
      compression: from,
      producerId: 7,
      producerEpoch: 1,
      baseSequence: 3,
    })
    const records = [...iterateRecords(batch)]
    const result = prepared(batch, { 'compression.type': to === 'none' ? 'uncompressed' : to })
    const header = readHeader(result.batch)
    expect(header).toMatchObject({ compression: to, producerId: 7, producerEpoch: 1, baseSequence: 3, count: 2 })
    expect([...iterateRecords(result.batch)]).toEqual(records)
  },
)

test('a codec that a topic asks for and LogAppendTime go together', () => {
  const result = prepared(one(), { 'compression.type': 'zstd', 'message.timestamp.type': 'LogAppendTime' })
  expect(readHeader(result.batch)).toMatchObject({
    compression: 'zstd',
    timestampType: 'LogAppendTime',
    maxTimestamp: now,
  })
})

test('what outgrows max.message.bytes by being recompressed is refused', () => {
  const batch = batchOf([{ value: bytes('x'.repeat(100_000)) }], { compression: 'gzip' })
  const configs = { 'compression.type': 'uncompressed', 'max.message.bytes': '50000' }
  expect(prepare(batch, configs)).toMatchObject({ outcome: 'refused', flaw: 'too-large' })
})

test('a wrong latest timestamp is corrected, as Kafka does', () => {
  const batch = one()
  stampMaxTimestamp(batch, now + 77)
  const result = prepared(batch)
  expect(readHeader(result.batch).maxTimestamp).toBe(now)
})

test('what only a server may set is refused', () => {
  expect(prepare(one({ isControl: true })).outcome).toBe('refused')
  expect(prepare(one({ timestampType: 'LogAppendTime' })).outcome).toBe('refused')
  expect(prepare(one({ baseOffset: 5 })).outcome).toBe('refused')
})

test('anything that is not one batch is refused with a sentence, never thrown', () => {
  const batch = one()
  for (const wrong of [Buffer.alloc(0), Buffer.alloc(10), Buffer.alloc(61), batch.subarray(0, batch.length - 1)]) {
    const result = prepare(Buffer.from(wrong))
    expect(result.outcome).toBe('refused')
    if (result.outcome === 'refused') expect(result.message.length).toBeGreaterThan(10)
  }
})
