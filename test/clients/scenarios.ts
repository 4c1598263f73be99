/** What each client is put through, as functions that fail with an assertion or with the client's own fault. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Compression } from '../../lib/records/header.ts'
import { partitionForKey } from '../../lib/records/partitioner.ts'
import type { Driver, ReadRecord, WrittenRecord } from './driver.ts'
import type { WireClient } from './wire-client.ts'

export const pairPartitions = 3
const rebalancedPartitions = [0, 1, 2, 3]
const resumedRecords = { first: 20, rest: 10 }
/** How long a consumer may take to join and to read. */
export const consumeMsMax = 30_000
const assignedMsMax = 45_000
/** Compressed bytes that are more than the plain ones are no use: clients leave so small a batch as it is. */
const plainBytesMax = 300

/** Headers are alike in each record that has some: a command line sends one set. */
const headers = [
  ['trace', 'abc-123'],
  ['naïve', 'ünïcode ✓'],
] as const

/**
 * What a producer writes with a codec: keys and values in several alphabets, long and empty values, a tombstone, a record
 * without a key. The tag in each says who wrote it. Timestamps are in the past, so that a server's own would be noticed.
 */
export function recordsOf(producer: string, codec: string, baseMs: number): WrittenRecord[] {
  const tag = (n: number) => `${producer} ${codec} ${n}`
  return Array.from({ length: 12 }, (_, n) => ({
    key: n === 5 ? null : n === 3 ? `${tag(n)} ключ 鍵` : tag(n),
    value:
      n === 7 ? null : n === 8 ? '' : `${tag(n)} ${'gregor samsa awoke one morning ⚄ '.repeat(n === 4 ? 600 : 20)}`,
    headers: n % 2 === 0 ? headers : [],
    timestamp: baseMs + n * 1_000,
  }))
}

/** A record as it must be wherever it is read; a producer that takes no timestamps is given the time of its run. */
export function expected(records: readonly WrittenRecord[], takesTimestamps: boolean): string[] {
  return records.map((record) => contentOf(takesTimestamps ? record : { ...record, timestamp: 0 })).sort()
}

/** One line that is equal where records are; a value by its length and hash. */
export function contentOf({ key, value, headers, timestamp }: WrittenRecord): string {
  const digest = value && `${value.length}:${createHash('sha256').update(value).digest('hex').slice(0, 12)}`
  return JSON.stringify({ key, value: digest, headers: headers.map(([name, text]) => [name, text]), timestamp })
}

/** Who wrote a record, by its tag. */
export const isBy = (producer: string, { key, value }: ReadRecord) => (key ?? value ?? '').startsWith(`${producer} `)

/** The batches that came since `from` are compressed as they were asked to be. */
export async function expectStored(wire: WireClient, topic: string, codec: Compression, from: number[]): Promise<void> {
  const found: Compression[] = []
  for (let partition = 0; partition < pairPartitions; partition++) {
    const { headers, end } = await wire.batches(topic, partition, from[partition] ?? 0)
    from[partition] = end
    const counts = headers.filter(({ compression, totalBytes }) => compression === codec || totalBytes > plainBytesMax)
    found.push(...counts.map(({ compression }) => compression))
  }
  expect(new Set(found)).toEqual(new Set([codec]))
}

/** Every key lies where Java's default partitioner would have put it. */
export function expectJavaPartitions(records: readonly ReadRecord[]): void {
  const keyed = records.filter(({ key }) => key !== null)
  expect(keyed.length).toBeGreaterThan(0)
  const wrong = keyed.filter(
    ({ key, partition }) => partition !== partitionForKey(Buffer.from(key ?? ''), pairPartitions),
  )
  expect(wrong.map(({ key, partition }) => `${key} lies in ${partition}`)).toEqual([])
}

/** A topic is made, described and deleted; deletion may take its time to be seen. */
export async function administer(driver: Driver, topic: string): Promise<void> {
  await driver.create(topic, 3)
  expect(await settled(async () => (await driver.describe(topic)).partitions, 3)).toBe(3)
  await driver.delete(topic)
  expect(await settled(async () => (await driver.describe(topic)).partitions, 0)).toBe(0)
}

/** Reads some from the beginning, commits, leaves; what comes back later is the rest, each record once. */
export async function resume(driver: Driver, wire: WireClient, topic: string, protocol: string): Promise<void> {
  await wire.createTopic(topic, 3)
  for (const partition of [0, 1, 2]) {
    await wire.produce(
      topic,
      partition,
      Array.from({ length: 10 }, (_, n) => `${partition}-${n}`),
      Date.now(),
    )
  }
  const { first, rest } = resumedRecords
  const request = { topics: [topic], group: topic, protocol, waitMs: consumeMsMax }
  const before = await driver.consume({ ...request, count: first })
  expect(before).toHaveLength(first)
  const after = await driver.consume({ ...request, count: rest })
  expect(after).toHaveLength(rest)
  expect(new Set([...before, ...after].map(({ value }) => value)).size).toBe(first + rest)
}

/** One member has all, two share, and who stays has all again. */
export async function rebalance(driver: Driver, wire: WireClient, topic: string, protocol: string): Promise<void> {
  await wire.createTopic(topic, rebalancedPartitions.length)
  const request = { topic, group: topic, protocol }
  const [one, other] = [`${topic}-1`, `${topic}-2`]
  await driver.join(one, request)
  expect(await settled(() => driver.assignment(one), rebalancedPartitions)).toEqual(rebalancedPartitions)
  await driver.join(other, request)
  const shares = async () => [(await driver.assignment(one)).length, (await driver.assignment(other)).length]
  expect(await settled(shares, [2, 2])).toEqual([2, 2])
  const together = [...(await driver.assignment(one)), ...(await driver.assignment(other))]
  expect(together.toSorted((a, b) => a - b)).toEqual(rebalancedPartitions)
  await driver.leave(one)
  expect(await settled(() => driver.assignment(other), rebalancedPartitions)).toEqual(rebalancedPartitions)
  await driver.leave(other)
}

/**
 * A classic group is joined by a member of the consumer protocol (KIP-848): they share. The newcomer leaves and the classic
 * one has all again; it comes back, the classic one leaves, and it has all alone.
 */
export async function migrate(driver: Driver, wire: WireClient, topic: string): Promise<void> {
  await wire.createTopic(topic, rebalancedPartitions.length)
  const [classic, modern, again] = [`${topic}-classic`, `${topic}-modern`, `${topic}-again`]
  const join = (member: string, protocol: string) => driver.join(member, { topic, group: topic, protocol })
  const have = async (member: string) => (await driver.assignment(member)).length
  await join(classic, 'classic')
  expect(await settled(() => have(classic), 4)).toBe(4)
  await join(modern, 'consumer')
  const shares = async (other: string) => [await have(classic), await have(other)]
  expect(await settled(() => shares(modern), [2, 2])).toEqual([2, 2])
  await driver.leave(modern)
  expect(await settled(() => have(classic), 4)).toBe(4)
  await join(again, 'consumer')
  expect(await settled(() => shares(again), [2, 2])).toEqual([2, 2])
  await driver.leave(classic)
  expect(await settled(() => have(again), 4)).toBe(4)
  await driver.leave(again)
}

/** Asks until the answer is as wanted, or the time is over; answers the last answer. */
async function settled<Value>(ask: () => Promise<Value>, wanted: Value): Promise<Value> {
  const endMs = performance.now() + assignedMsMax
  for (;;) {
    const value = await ask()
    if (JSON.stringify(value) === JSON.stringify(wanted) || performance.now() > endMs) return value
    await sleep(50)
  }
}
