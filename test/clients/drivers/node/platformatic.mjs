/** @platformatic/kafka behind the drivers' contract. */
import { bootstrap, Gathered, installed, serve } from './contract.mjs'

const platformatic = await installed('@platformatic/kafka')
const { Admin, Consumer, Producer, compatibilityPartitioner, stringDeserializers, stringSerializers } = platformatic
const connection = { clientId: 'platformatic', bootstrapBrokers: [bootstrap] }
const members = new Map()
let admin

function connectedAdmin() {
  admin ??= new Admin(connection)
  return admin
}

const shown = ({ topic, partition, offset, key, value, timestamp, headers }) => ({
  topic,
  partition,
  offset: Number(offset),
  key: key ?? null,
  value: value ?? null,
  timestamp: Number(timestamp),
  headers: [...headers],
})

const timing = { sessionTimeout: 10_000, heartbeatInterval: 500, rebalanceTimeout: 10_000 }
const group = (groupId, groupProtocol) =>
  new Consumer({
    ...connection,
    groupId,
    groupProtocol,
    maxWaitTime: 200,
    ...(groupProtocol === 'classic' ? timing : {}),
    deserializers: stringDeserializers,
  })
const earliest = (topics) => ({ topics, mode: 'committed', fallbackMode: 'earliest', autocommit: false })

async function produce({ topic, codec, records }) {
  const producer = new Producer({
    ...connection,
    serializers: stringSerializers,
    idempotent: true,
    partitioner: compatibilityPartitioner,
  })
  const messages = records.map(({ key, value, headers, timestamp }) => ({
    topic,
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
    headers: new Map(headers),
    timestamp: BigInt(timestamp),
  }))
  await producer.send({ messages, compression: codec, acks: -1 })
  await producer.close()
}

async function consume({ topics, group: groupId, protocol, count, waitMs }) {
  const consumer = group(groupId, protocol)
  const gathered = new Gathered(count, waitMs)
  const stream = await consumer.consume(earliest(topics))
  stream.on('data', (message) => gathered.add(shown(message)))
  await gathered.done
  const offsets = [...gathered.positions.values()].map(({ topic, partition, offset }) => {
    return { topic, partition, offset: BigInt(offset), leaderEpoch: 0 }
  })
  if (offsets.length > 0) await consumer.commit({ offsets })
  await consumer.close(true)
  return { records: gathered.records }
}

async function join({ member, topic, group: groupId, protocol }) {
  const consumer = group(groupId, protocol)
  members.set(member, { consumer, topic })
  const stream = await consumer.consume(earliest([topic]))
  stream.on('data', () => undefined)
}

await serve({
  create: async ({ topic, partitions }) => {
    await connectedAdmin().createTopics({ topics: [topic], partitions, replicas: 1 })
  },
  describe: async ({ topic }) => {
    const admin = connectedAdmin()
    if (!(await admin.listTopics()).includes(topic)) return { partitions: 0 }
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
    return { partitions: topics.get(topic).partitionsCount }
  },
  delete: async ({ topic }) => connectedAdmin().deleteTopics({ topics: [topic] }),
  produce,
  consume,
  join,
  assignment: async ({ member }) => {
    const { consumer, topic } = members.get(member)
    return { partitions: (consumer.assignments ?? []).flatMap((one) => (one.topic === topic ? one.partitions : [])) }
  },
  leave: async ({ member }) => {
    await members.get(member).consumer.close(true)
    members.delete(member)
  },
})
