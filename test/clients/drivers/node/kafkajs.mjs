/** kafkajs behind the drivers' contract. Its codecs beside gzip are packages of their own; zstd is Node's. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { bootstrap, Gathered, installed, serve, text } from './contract.mjs'

const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = await installed('kafkajs')
CompressionCodecs[CompressionTypes.Snappy] = await installed('kafkajs-snappy')
const lz4 = await installed('lz4-napi')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }) => lz4.compressFrame(buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }) => zstdCompressSync(buffer),
  decompress: async (buffer) => zstdDecompressSync(buffer),
})

const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.WARN })
const members = new Map()
let admin

const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

async function connectedAdmin() {
  if (admin) return admin
  admin = kafka.admin()
  await admin.connect()
  return admin
}

const shown = ({ topic, partition, message }) => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: text(message.key),
  value: text(message.value),
  timestamp: Number(message.timestamp),
  headers: Object.entries(message.headers ?? {}).map(([name, value]) => [name, text(value)]),
})

const groupOf = (group) =>
  kafka.consumer({ groupId: group, heartbeatInterval: 500, maxWaitTimeInMs: 200, rebalanceTimeout: 10_000 })

async function produce({ topic, codec, records }) {
  const producer = kafka.producer()
  await producer.connect()
  const messages = records.map(({ key, value, headers, timestamp }) => {
    return { key, value, headers: Object.fromEntries(headers), timestamp: String(timestamp) }
  })
  await producer.send({ topic, compression: codecs[codec], acks: -1, messages })
  await producer.disconnect()
}

async function consume({ topics, group, count, waitMs }) {
  const consumer = groupOf(group)
  const gathered = new Gathered(count, waitMs)
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async (message) => gathered.add(shown(message)) })
  await gathered.done
  const offsets = [...gathered.positions.values()].map((position) => ({ ...position, offset: String(position.offset) }))
  if (offsets.length > 0) await consumer.commitOffsets(offsets)
  await consumer.disconnect()
  return { records: gathered.records }
}

async function join({ member, topic, group }) {
  const consumer = groupOf(group)
  const joined = { consumer, owned: [] }
  members.set(member, joined)
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    joined.owned = payload.memberAssignment[topic] ?? []
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async () => undefined })
}

await serve({
  create: async ({ topic, partitions }) => {
    await (await connectedAdmin()).createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    })
  },
  describe: async ({ topic }) => {
    const running = await connectedAdmin()
    // Its metadata request would make the topic where the server does that.
    if (!(await running.listTopics()).includes(topic)) return { partitions: 0 }
    const { topics } = await running.fetchTopicMetadata({ topics: [topic] })
    return { partitions: topics[0].partitions.length }
  },
  delete: async ({ topic }) => (await connectedAdmin()).deleteTopics({ topics: [topic] }),
  produce,
  consume,
  join,
  assignment: async ({ member }) => ({ partitions: members.get(member).owned }),
  leave: async ({ member }) => {
    await members.get(member).consumer.disconnect()
    members.delete(member)
  },
})
