/** @confluentinc/kafka-javascript, librdkafka in Node, by its promised interface (the one that resembles kafkajs). */
import { bootstrap, Gathered, installed, serve, text } from './contract.mjs'

const { KafkaJS } = await installed('@confluentinc/kafka-javascript')
const kafka = new KafkaJS.Kafka({ 'bootstrap.servers': bootstrap, log_level: 3 })
const members = new Map()
let admin

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

const groupOf = (group, protocol) =>
  kafka.consumer({
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    ...(protocol === 'consumer' ? { 'group.protocol': 'consumer' } : { 'heartbeat.interval.ms': 500 }),
  })

async function produce({ topic, codec, records }) {
  const settings = { 'compression.codec': codec, 'linger.ms': 20, acks: -1, partitioner: 'murmur2_random' }
  const producer = kafka.producer(settings)
  await producer.connect()
  const messages = records.map(({ key, value, headers, timestamp }) => {
    return { key, value, headers: Object.fromEntries(headers), timestamp: String(timestamp) }
  })
  await producer.send({ topic, messages })
  await producer.disconnect()
}

async function consume({ topics, group, protocol, count, waitMs }) {
  const consumer = groupOf(group, protocol)
  const gathered = new Gathered(count, waitMs)
  await consumer.connect()
  await consumer.subscribe({ topics })
  await consumer.run({ eachMessage: async (message) => gathered.add(shown(message)) })
  await gathered.done
  const offsets = [...gathered.positions.values()].map((position) => ({ ...position, offset: String(position.offset) }))
  if (offsets.length > 0) await consumer.commitOffsets(offsets)
  await consumer.disconnect()
  return { records: gathered.records }
}

async function join({ member, topic, group, protocol }) {
  const consumer = groupOf(group, protocol)
  members.set(member, consumer)
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
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
    if (!(await running.listTopics()).includes(topic)) return { partitions: 0 }
    const described = await running.fetchTopicMetadata({ topics: [topic] })
    const [found] = described.topics ?? described
    return { partitions: found.partitions.length }
  },
  delete: async ({ topic }) => (await connectedAdmin()).deleteTopics({ topics: [topic] }),
  produce,
  consume,
  join,
  assignment: async ({ member }) => {
    return {
      partitions: members
        .get(member)
        .assignment()
        .map(({ partition }) => partition),
    }
  },
  leave: async ({ member }) => {
    await members.get(member).disconnect()
    members.delete(member)
  },
})
