/**
 * The same with a client that is not ours: an idempotent producer of kafkajs and a group of two consumers, while that
 * gateway is killed, or stopped and woken, which leads some partitions and coordinates the group.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { brokerSessionTimeoutMsDefault } from '../../lib/base/limits.ts'
import { chooseBroker } from '../../lib/cluster/rendezvous.ts'
import { Unavailable } from '../clients/cache.ts'
import { nodePackages } from '../clients/install.ts'
import { pause } from './cluster-client.ts'
import { endpoints, type RunningGateway, startGateway, stopGateway } from './gateways.ts'

const topic = 'orders'
const partitions = 12
const recordsPerSend = 10

/** What is used of kafkajs. */
interface Message {
  readonly topic: string
  readonly partition: number
  readonly message: { readonly offset: string; readonly value: Buffer | null }
}
interface Producer {
  connect(): Promise<void>
  disconnect(): Promise<void>
  send(sent: { topic: string; acks: -1; messages: { partition: number; value: string }[] }): Promise<unknown>
}
interface Consumer {
  connect(): Promise<void>
  disconnect(): Promise<void>
  subscribe(to: { topics: string[]; fromBeginning: boolean }): Promise<void>
  run(options: { autoCommitInterval: number; eachMessage: (message: Message) => Promise<void> }): Promise<void>
}
interface Admin {
  connect(): Promise<void>
  disconnect(): Promise<void>
  createTopics(options: { topics: { topic: string; numPartitions: number }[] }): Promise<boolean>
  fetchOffsets(of: {
    groupId: string
    topics: string[]
  }): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}
interface Kafka {
  producer(options: object): Producer
  consumer(options: object): Consumer
  admin(): Admin
}

let started: RunningGateway[] = []

afterEach(async () => {
  await Promise.all(started.map(stopGateway))
  started = []
})

async function kafkajs(): Promise<(options: object) => Kafka> {
  const folder = await nodePackages()
  const { Kafka, logLevel } = createRequire(join(folder, 'package.json'))('kafkajs')
  return (options) => new Kafka({ logLevel: logLevel.NOTHING, ...options })
}

/** What all members have seen, by place; a record may come twice after a rebalance, but always as the same. */
class Seen {
  readonly values = new Map<string, string>()
  readonly atMs: number[] = []
  readonly wrongs: string[] = []

  take({ partition, message }: Message): void {
    const place = `${partition}/${message.offset}`
    const value = message.value?.toString() ?? ''
    const before = this.values.get(place)
    if (before !== undefined && before !== value) this.wrongs.push(`${place} was ${before}, and is ${value}`)
    this.values.set(place, value)
    this.atMs.push(Date.now())
  }

  /** By partition, in the order of offsets. */
  logs(): string[][] {
    const logs = Array.from({ length: partitions }, () => [] as string[])
    for (const [place, value] of this.values) {
      const [partition, offset] = place.split('/').map(Number)
      const log = logs[partition ?? -1]
      if (log && offset !== undefined) log[offset] = value
    }
    return logs
  }
}

/** A group that the given broker coordinates as long as both live. */
function groupOf(broker: number): string {
  const live = [1, 2].map((id) => ({ id, host: '', port: 0, rack: null }))
  for (let n = 0; ; n++) if (chooseBroker(`group-${n}`, live)?.id === broker) return `group-${n}`
}

/** What one partition's producer was told. */
interface Lane {
  readonly sent: string[]
  readonly acknowledgedMs: number[]
}

/**
 * One partition in a send, and one send at a time for it. kafkajs 2.2.4 forgets records otherwise: where a send goes to two
 * brokers and one of them fails, what moves to the other is not sent again, since that one has answered already; and of two
 * sends to a partition the second takes the sequence of a first one that had landed without an answer.
 */
async function produceUntil(producer: Producer, partition: number, isOver: () => boolean, lane: Lane) {
  for (let n = 0; !isOver(); n += recordsPerSend) {
    const values = Array.from({ length: recordsPerSend }, (_, index) => `${partition}/${n + index}`)
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ partition, value })) })
    lane.sent.push(...values)
    lane.acknowledgedMs.push(Date.now())
    await pause(50)
  }
}

describe.skipIf(endpoints.dynamo === '' || endpoints.s3 === '')('kafkajs (npm run test:failover)', () => {
  it.for([
    { what: 'killed', signal: 'SIGKILL' },
    { what: 'stopped for longer than its lease', signal: 'SIGSTOP' },
  ] as const)(
    'goes on when the leader and coordinator is $what: every record is there once, every offset committed',
    async ({ signal }, context) => {
      const open = await kafkajs().catch((fault: unknown) => {
        if (fault instanceof Unavailable) return context.skip(`kafkajs cannot be had: ${fault.message}`)
        throw fault
      })
      const name = `failover-${process.pid}-kafkajs-${signal.toLowerCase()}`
      for (const broker of [1, 2]) started.push(await startGateway(name, broker))
      await pause(2_500)
      const [victim] = started
      const brokers = started.map(({ address }) => address)
      const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 60 }
      const kafka = open({ clientId: 'failover', brokers, requestTimeout: 3_000, connectionTimeout: 1_000, retry })
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })

      const seen = new Seen()
      const groupId = groupOf(1)
      const members = [1, 2].map(() => kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 1_000 }))
      for (const member of members) {
        await member.connect()
        await member.subscribe({ topics: [topic], fromBeginning: true })
        await member.run({ autoCommitInterval: 500, eachMessage: async (message) => seen.take(message) })
      }
      const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
      await producer.connect()
      let isOver = false
      const lanes = Array.from({ length: partitions }, (): Lane => ({ sent: [], acknowledgedMs: [] }))
      const producing = lanes.map((lane, partition) => produceUntil(producer, partition, () => isOver, lane))
      await pause(6_000)
      expect(seen.values.size).toBeGreaterThan(0)

      victim?.kill(signal)
      await pause(brokerSessionTimeoutMsDefault + 4_000)
      if (signal === 'SIGSTOP') victim?.kill('SIGCONT')
      await pause(6_000)
      isOver = true
      await Promise.all(producing)
      const count = lanes.reduce((sum, { sent }) => sum + sent.length, 0)
      const sentMs = Date.now()
      while (seen.values.size < count && Date.now() - sentMs < 30_000) await pause(100)

      expect(seen.wrongs).toEqual([])
      expect(seen.logs()).toEqual(lanes.map(({ sent }) => sent))
      const longest = (times: readonly number[]) => Math.max(...times.map((atMs, n) => atMs - (times[n - 1] ?? atMs)))
      const pauseMs = Math.max(...lanes.map(({ acknowledgedMs }) => longest(acknowledgedMs)))
      console.log(
        `kafkajs, ${signal}: a partition waited ${pauseMs} ms for an acknowledgement, the group ${longest(seen.atMs)} ms for a ` +
          `record (lease ${brokerSessionTimeoutMsDefault} ms); ${count} records, each there once`,
      )
      for (const client of [producer, ...members]) await client.disconnect()
      const committed = await admin.fetchOffsets({ groupId, topics: [topic] })
      await admin.disconnect()
      const offsets = committed[0]?.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
      expect(offsets).toEqual(lanes.map(({ sent }) => String(sent.length)))
    },
  )
})
