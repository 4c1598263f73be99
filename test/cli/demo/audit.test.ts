/** The demo's judge must see every way in which a log can be wrong. */
import { expect, test } from 'vitest'
import { Audit } from '../../../lib/cli/demo/audit.ts'
import { Ledger } from '../../../lib/cli/demo/ledger.ts'
import { contentHash, type OrderRecord, orders } from '../../../lib/cli/demo/orders.ts'
import type { ConsumerRecord } from '../../../lib/client/client-types.ts'

const some = (count: number, seed = 1): OrderRecord[] => {
  const source = orders({ seed, customers: 5, stream: 0 })
  return Array.from({ length: count }, () => source.next().value)
}

const stored = (record: OrderRecord, offset: number): ConsumerRecord => ({
  topic: 't',
  partition: 0,
  offset,
  timestamp: record.timestamp,
  key: Buffer.from(record.key),
  value: Buffer.from(record.value),
  headers: record.headers.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
})

function audited(sent: readonly OrderRecord[], log: readonly ConsumerRecord[]): string[] {
  const ledger = new Ledger()
  for (const [offset, record] of sent.entries()) ledger.acknowledge(0, offset, contentHash(record), record.value.length)
  const audit = new Audit(ledger)
  for (const record of log) audit.see(record)
  return audit.faults()
}

const sent = some(50)
const log = sent.map(stored)

test('a log that has everything where it was acknowledged passes', () => {
  expect(audited(sent, log)).toEqual([])
})

test('the same seed makes the same orders, another seed others', () => {
  expect(some(100)).toEqual(some(100))
  expect(some(100, 2)).not.toEqual(some(100))
})

test('a lost record is seen', () => {
  expect(audited(sent, log.toSpliced(20, 1)).join()).toMatch(/1 acknowledged records are not at their offsets/)
})

test('a record at another offset than its acknowledgement said is seen', () => {
  expect(
    audited(
      sent,
      log.map((record) => ({ ...record, offset: record.offset + 1 })),
    ).length,
  ).toBeGreaterThan(0)
})

test('a changed byte, header, timestamp or key is seen', () => {
  const changed = (change: Partial<ConsumerRecord>) =>
    audited(sent, log.with(3, { ...(log[3] as ConsumerRecord), ...change })).join()
  expect(changed({ timestamp: 1 })).toContain('another content')
  expect(changed({ headers: [] })).toContain('another content')
  expect(changed({ key: Buffer.from('other') })).toContain('another content')
  expect(changed({ value: Buffer.from(String(log[3]?.value).replace('EUR', 'USD')) })).toContain('another content')
})

test('two orders of a key that changed places are seen', () => {
  const key = log[0]?.key?.toString()
  const second = log.findIndex((record, index) => index > 0 && record.key?.toString() === key)
  const [first, other] = [log[0] as ConsumerRecord, log[second] as ConsumerRecord]
  expect(audited([], log.with(0, other).with(second, first)).join()).toContain('comes after its order')
})

test('an offset that was acknowledged twice is seen', () => {
  const ledger = new Ledger()
  ledger.acknowledge(0, 5, 1, 1)
  ledger.acknowledge(0, 5, 2, 1)
  expect(new Audit(ledger).faults()[0]).toContain('was given to two records')
})
