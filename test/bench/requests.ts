/**
 * What one request costs in CPU without a socket: `node test/bench/requests.ts`. Produce of 16 KB and Fetch of 1 MB on memory
 * stores, which copy what they are given; and the same with a log that answers at once, which leaves decoding, handler and
 * encoding. Apache Kafka needs 78 µs for a produce request in all.
 */
import { offset } from '../../lib/base/ids.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { Log } from '../../lib/log/log.ts'
import type { ReadResult } from '../../lib/log/log-types.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { useNativeCrc32c } from '../../lib/records/native-crc32c.ts'
import { encodeRequest } from '../../lib/wire/messages.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { BrokerWorld, overTcp } from '../broker/world.ts'
import { memoryStores } from '../log/world.ts'

const batchBytes = 16_000
const rounds = 20_000
const inFlight = 5
const sender = { correlationId: 1, clientId: 'bench' }
const transport = overTcp()

/** Answers at once: appends an offset, reads what was read first. */
class InstantLog extends Log {
  instant = false
  #read: ReadResult | undefined

  override append(...asked: Parameters<Log['append']>): ReturnType<Log['append']> {
    if (!this.instant) return super.append(...asked)
    return Promise.resolve({ outcome: 'appended', baseOffset: offset(1), logStartOffset: offset(0) })
  }

  override async read(...asked: Parameters<Log['read']>): ReturnType<Log['read']> {
    if (!this.instant) return super.read(...asked)
    this.#read ??= await super.read(...asked)
    return this.#read
  }
}

const frameOf = (pieces: Uint8Array[]) => Buffer.concat(pieces).subarray(4)

function produceFrame(recordBytes: number, partitions: number): Buffer {
  const value = Buffer.alloc(recordBytes, 'x')
  const records = Array.from({ length: Math.floor(batchBytes / (recordBytes + 8)) }, () => ({ value }))
  const batch = buildBatch({ now: systemClock.now(), records })
  const partitionData = Array.from({ length: partitions }, (_, index) => ({ index, records: batch }))
  const request = { acks: -1, timeoutMs: 30_000, topicData: [{ name: 'bench', partitionData }] }
  return frameOf(encodeRequest(produceApi, 9, sender, request))
}

function fetchFrame(partitions: number): Buffer {
  const asked = Array.from({ length: partitions }, (_, partition) => ({
    ...{ partition, fetchOffset: 0n, partitionMaxBytes: 2 ** 20 },
  }))
  const topics = [{ topic: 'bench', partitions: asked }]
  const request = { maxWaitMs: 500, minBytes: 1, sessionEpoch: 0, topics, forgottenTopicsData: [] }
  return frameOf(encodeRequest(fetchApi, 12, sender, request))
}

async function cpuMicroseconds(one: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < rounds / 10; warm++) await one()
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round += inFlight) await Promise.all(Array.from({ length: inFlight }, one))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / rounds
}

async function measure(name: string, frame: Buffer, partitions: number, filling?: Buffer): Promise<void> {
  const stores = memoryStores()
  const log = new InstantLog({ ...stores, clock: systemClock, entropy: systemEntropy }, { soleProcess: true })
  const world = new BrokerWorld({ stores, services: () => ({ log }) })
  await world.createTopic('bench', partitions)
  const { broker } = world
  for (let flush = 0; filling && flush < 70; flush++) await broker.handle(Buffer.from(filling), transport)
  // A frame is its request's own: what is appended may be kept.
  const one = () => broker.handle(filling ? frame : Buffer.from(frame), transport)
  const all = await cpuMicroseconds(one)
  log.instant = true
  const handlerAlone = await cpuMicroseconds(one)
  console.log(`${name.padEnd(48)} ${all.toFixed(1).padStart(8)} µs, without the log ${handlerAlone.toFixed(1)} µs`)
}

await useNativeCrc32c()
for (const [recordBytes, partitions] of [
  [1_024, 1],
  [100, 1],
  [1_024, 12],
] as const) {
  const name = `Produce, ${partitions} x 16 KB of ${recordBytes} B records`
  await measure(name, produceFrame(recordBytes, partitions), partitions)
}
for (const partitions of [1, 12]) {
  await measure(`Fetch, ${partitions} x 1 MB`, fetchFrame(partitions), partitions, produceFrame(1_024, partitions))
}
