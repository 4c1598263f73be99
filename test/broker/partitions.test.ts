/** What administrators and consumers ask of partitions: offsets, deletions, sizes, producers, pages of descriptions. */
import { describe, expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { type ResponseOf, zeroUuid } from '../../lib/wire/schema.ts'
import { listOffsetsApi } from '../../lib/wire/schemas/02-list-offsets.ts'
import { deleteRecordsApi } from '../../lib/wire/schemas/21-delete-records.ts'
import { offsetForLeaderEpochApi } from '../../lib/wire/schemas/23-offset-for-leader-epoch.ts'
import { describeLogDirsApi } from '../../lib/wire/schemas/35-describe-log-dirs.ts'
import { describeClusterApi } from '../../lib/wire/schemas/60-describe-cluster.ts'
import { describeProducersApi } from '../../lib/wire/schemas/61-describe-producers.ts'
import { describeTopicPartitionsApi } from '../../lib/wire/schemas/75-describe-topic-partitions.ts'
import { watched } from '../log/watched-stores.ts'
import { batchOf, memoryStores } from '../log/world.ts'
import { BrokerWorld, servedVersions, thisBroker } from './world.ts'

const timeOf = (index: number) => 1_790_000_000_000 + index * 1_000

/** A topic `orders` whose partition 0 has `count` records, a second apart, each in a batch of its own. */
async function worldWith(count: number, partitions = 1) {
  const world = new BrokerWorld()
  const topic = await world.createTopic('orders', partitions)
  const id = { topicId: topic.id, partition: 0 }
  for (let index = 0; index < count; index++) {
    await world.services.log.append(id, batchOf([`value ${index}`], undefined, timeOf(index)))
  }
  return { world, topic, id }
}

describe('ListOffsets', () => {
  const offsetOf = async (
    world: BrokerWorld,
    version: number,
    timestamp: bigint,
    partitionIndex = 0,
    name = 'orders',
  ) => {
    const partitions = [{ partitionIndex, currentLeaderEpoch: -1, timestamp }]
    const request = { replicaId: -1, topics: [{ name, partitions }] }
    return (await world.call(listOffsetsApi, version, request)).topics[0]?.partitions[0]
  }

  test.each(servedVersions(listOffsetsApi))('version %d finds the ends of a log and a timestamp', async (version) => {
    const { world } = await worldWith(3)
    const leaderEpoch = version >= 4 ? 0 : -1
    expect(await offsetOf(world, version, -1n)).toMatchObject({ errorCode: 0, offset: 3, timestamp: -1, leaderEpoch })
    expect(await offsetOf(world, version, -2n)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1, leaderEpoch })
    const at = { errorCode: 0, offset: 1, timestamp: timeOf(1), leaderEpoch }
    expect(await offsetOf(world, version, BigInt(timeOf(0) + 1))).toMatchObject(at)
    const none = { errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 }
    expect(await offsetOf(world, version, BigInt(timeOf(9)))).toMatchObject(none)
    expect(await offsetOf(world, version, 2n ** 62n)).toMatchObject(none)
  })

  test('special timestamps are known from their versions on', async () => {
    const { world } = await worldWith(3)
    await world.services.log.deleteRecords((await worldId(world)).id, offset(1))
    const answers = async (timestamp: bigint, version: number) => {
      const before = await offsetOf(world, version - 1, timestamp)
      expect(before?.errorCode).toBe(errorCodes.UNSUPPORTED_VERSION)
      return offsetOf(world, version, timestamp)
    }
    expect(await answers(-3n, 7)).toMatchObject({ errorCode: 0, offset: 2, timestamp: timeOf(2) })
    expect(await answers(-4n, 8)).toMatchObject({ errorCode: 0, offset: 1 })
    expect(await answers(-5n, 9)).toMatchObject({ errorCode: 0, offset: -1, leaderEpoch: -1 })
    expect(await answers(-6n, 11)).toMatchObject({ errorCode: 0, offset: -1, leaderEpoch: -1 })
    expect((await offsetOf(world, 11, -7n))?.errorCode).toBe(errorCodes.UNSUPPORTED_VERSION)
  })

  test('a partition that is asked for twice is answered neither time', async () => {
    const { world } = await worldWith(3)
    const partitions = [-1n, -2n].map((timestamp) => ({ partitionIndex: 0, timestamp }))
    const { topics } = await world.call(listOffsetsApi, 9, { replicaId: -1, topics: [{ name: 'orders', partitions }] })
    const refused = { errorCode: errorCodes.INVALID_REQUEST, offset: -1 }
    expect(topics[0]?.partitions).toMatchObject([refused, refused])
  })

  test('what is not there is unknown', async () => {
    const { world } = await worldWith(0)
    const unknown = { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 }
    for (const version of servedVersions(listOffsetsApi)) {
      expect(await offsetOf(world, version, -1n, 1)).toMatchObject(unknown)
      expect(await offsetOf(world, version, -1n, 0, 'nowhere')).toMatchObject(unknown)
    }
  })
})

const worldId = async (world: BrokerWorld) => {
  const topic = await world.services.topics.get('orders')
  if (topic === undefined) throw new Error('no topic')
  return { id: { topicId: topic.id, partition: 0 } }
}

describe('DeleteRecords', () => {
  const deleteBefore = async (world: BrokerWorld, offset: bigint, name = 'orders', version = 2) => {
    const request = { topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs: 1_000 }
    return (await world.call(deleteRecordsApi, version, request)).topics[0]?.partitions[0]
  }

  test.each(servedVersions(deleteRecordsApi))('version %d raises the start of a log', async (version) => {
    const { world, id } = await worldWith(3)
    expect(await deleteBefore(world, 2n, 'orders', version)).toMatchObject({ errorCode: 0, lowWatermark: 2 })
    expect(await world.services.log.describe(id)).toMatchObject({ logStartOffset: 2 })
    expect(await deleteBefore(world, 1n, 'orders', version)).toMatchObject({ errorCode: 0, lowWatermark: 2 })
    expect(await deleteBefore(world, -1n, 'orders', version)).toMatchObject({ errorCode: 0, lowWatermark: 3 })
  })

  test('nothing past the end, nothing negative, nothing of a compacted topic', async () => {
    const { world } = await worldWith(3)
    for (const offset of [4n, -2n, 2n ** 62n]) {
      const answer = await deleteBefore(world, offset)
      expect(answer).toMatchObject({ errorCode: errorCodes.OFFSET_OUT_OF_RANGE, lowWatermark: -1 })
    }
    await world.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
    expect((await deleteBefore(world, 0n, 'compacted'))?.errorCode).toBe(errorCodes.POLICY_VIOLATION)
    expect((await deleteBefore(world, 0n, 'nowhere'))?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

test('OffsetForLeaderEpoch answers the end of the only epoch, and nothing of those to come', async () => {
  const { world } = await worldWith(3)
  for (const version of servedVersions(offsetForLeaderEpochApi)) {
    const partitions = [0, 1, -1].map((leaderEpoch) => ({ partition: 0, leaderEpoch }))
    const request = { topics: [{ topic: 'orders', partitions: [...partitions, { partition: 9, leaderEpoch: 0 }] }] }
    const { topics } = await world.call(offsetForLeaderEpochApi, version, request)
    expect(topics[0]?.partitions).toMatchObject([
      { errorCode: 0, leaderEpoch: 0, endOffset: 3 },
      { errorCode: 0, leaderEpoch: -1, endOffset: -1 },
      { errorCode: 0, leaderEpoch: -1, endOffset: -1 },
      { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, leaderEpoch: -1, endOffset: -1 },
    ])
  }
})

describe('DescribeLogDirs', () => {
  const sizeOf = (values: readonly string[]) => batchOf(values).length

  test.each(servedVersions(describeLogDirsApi))('version %d tells the bytes of every partition', async (version) => {
    const { world } = await worldWith(2, 2)
    const bytes = sizeOf(['value 0']) + sizeOf(['value 1'])
    const { results } = await world.call(describeLogDirsApi, version, { topics: null })
    expect(results).toMatchObject([
      {
        ...{ errorCode: 0, totalBytes: -1, usableBytes: -1 },
        topics: [
          {
            name: 'orders',
            partitions: [
              { partitionIndex: 0, partitionSize: bytes, offsetLag: 0, isFutureKey: false },
              { partitionIndex: 1, partitionSize: 0 },
            ],
          },
        ],
      },
    ])
  })

  test('of many flushes, some of them folded into pages, and from the start of the log on', async () => {
    const { world, id } = await worldWith(100)
    const values = Array.from({ length: 100 }, (_, index) => sizeOf([`value ${index}`]))
    const total = values.reduce((sum, bytes) => sum + bytes, 0)
    expect(await world.services.log.size(id)).toEqual({ outcome: 'measured', bytes: total })
    await world.services.log.deleteRecords(id, offset(40))
    const rest = values.slice(40).reduce((sum, bytes) => sum + bytes, 0)
    expect(await world.services.log.size(id)).toEqual({ outcome: 'measured', bytes: rest })
    await world.services.log.deleteRecords(id, 'high-watermark')
    expect(await world.services.log.size(id)).toEqual({ outcome: 'measured', bytes: 0 })
  })

  test('of a flush that the start of the log cuts, in proportion', async () => {
    const { world, id } = await worldWith(0)
    const batch = batchOf(Array.from({ length: 10 }, (_, index) => `value ${index}`))
    await world.services.log.append(id, batch)
    await world.services.log.deleteRecords(id, offset(5))
    expect(await world.services.log.size(id)).toEqual({ outcome: 'measured', bytes: Math.round(batch.length / 2) })
  })

  test('only of those that are asked for and there', async () => {
    const { world } = await worldWith(1, 2)
    const topics = [
      { topic: 'orders', partitions: [1, 1, 7, -1] },
      { topic: 'nowhere', partitions: [0] },
    ]
    const { results } = await world.call(describeLogDirsApi, 4, { topics })
    expect(results[0]?.topics).toMatchObject([{ name: 'orders', partitions: [{ partitionIndex: 1 }] }])
  })
})

describe('DescribeCluster', () => {
  test.each(servedVersions(describeClusterApi))('version %d names the cluster and its brokers', async (version) => {
    const answer = await new BrokerWorld().call(describeClusterApi, version, {
      includeClusterAuthorizedOperations: true,
    })
    const { id: brokerId, host, port } = thisBroker
    expect(answer).toMatchObject({ errorCode: 0, clusterId: 'test-cluster-id-000000', controllerId: 1 })
    expect(answer.brokers).toMatchObject([{ brokerId, host, port, rack: null, isFenced: false }])
    expect(answer.clusterAuthorizedOperations).toBeGreaterThan(0)
  })

  test('has no controllers to tell of', async () => {
    const world = new BrokerWorld()
    const ask = async (endpointType: number) => (await world.call(describeClusterApi, 1, { endpointType })).errorCode
    expect(await ask(2)).toBe(errorCodes.MISMATCHED_ENDPOINT_TYPE)
    expect(await ask(3)).toBe(errorCodes.UNSUPPORTED_ENDPOINT_TYPE)
  })
})

test('DescribeProducers lists who writes to a partition, and how far each got', async () => {
  const { world, id } = await worldWith(1, 2)
  const write = (producerId: number, producerEpoch: number, baseSequence: number, values: string[]) =>
    world.services.log.append(id, batchOf(values, { producerId, producerEpoch, baseSequence }))
  await write(12, 3, 0, ['a', 'b', 'c'])
  await write(7, 0, 0, ['d'])
  const topics = [{ name: 'orders', partitionIndexes: [0, 1, 2] }]
  const answer = await world.call(describeProducersApi, 0, { topics })
  const rest = { lastTimestamp: -1, coordinatorEpoch: -1, currentTxnStartOffset: -1 }
  expect(answer.topics[0]?.partitions).toMatchObject([
    {
      errorCode: 0,
      activeProducers: [
        { producerId: 7, producerEpoch: 0, lastSequence: 0, ...rest },
        { producerId: 12, producerEpoch: 3, lastSequence: 2, ...rest },
      ],
    },
    { errorCode: 0, activeProducers: [] },
    { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] },
  ])
})

describe('DescribeTopicPartitions', () => {
  async function threeTopics() {
    const world = new BrokerWorld()
    for (const [name, partitions] of [
      ['a', 2],
      ['b.c', 3],
      ['d', 1],
    ] as const) {
      await world.createTopic(name, partitions)
    }
    return world
  }

  /** Every page to the end, as `topic/partition`. */
  async function pages(world: BrokerWorld, responsePartitionLimit: number, names: readonly string[] = []) {
    const all: string[][] = []
    let cursor: { topicName: string; partitionIndex: number } | null = null
    do {
      const topics = names.map((name) => ({ name }))
      const request = { topics, responsePartitionLimit, cursor }
      const answer: ResponseOf<typeof describeTopicPartitionsApi> = await world.call(
        describeTopicPartitionsApi,
        0,
        request,
      )
      all.push(
        answer.topics.flatMap(({ name, errorCode, partitions }) =>
          errorCode === 0
            ? partitions.map(({ partitionIndex }) => `${name}/${partitionIndex}`)
            : [`${name}: ${errorCode}`],
        ),
      )
      cursor = answer.nextCursor
    } while (cursor !== null)
    return all
  }

  test('describes all topics, in pages of any size', async () => {
    const world = await threeTopics()
    const everything = ['a/0', 'a/1', 'b.c/0', 'b.c/1', 'b.c/2', 'd/0']
    expect(await pages(world, 2_000)).toEqual([everything])
    expect(await pages(world, 2)).toEqual([
      ['a/0', 'a/1'],
      ['b.c/0', 'b.c/1'],
      ['b.c/2', 'd/0'],
    ])
    for (const limit of [0, 1, 3, 4, 5, 6]) expect((await pages(world, limit)).flat()).toEqual(everything)
  })

  test('describes the topics that are named, and says which are not there', async () => {
    const world = await threeTopics()
    expect(await pages(world, 2, ['d', 'nowhere', 'b.c', 'sla/sh'])).toEqual([
      ['b.c/0', 'b.c/1'],
      ['b.c/2', 'd/0'],
      [`nowhere: ${errorCodes.UNKNOWN_TOPIC_OR_PARTITION}`, `sla/sh: ${errorCodes.INVALID_TOPIC_EXCEPTION}`],
    ])
  })

  test('tells of leaders, replicas and eligible leaders', async () => {
    const world = await threeTopics()
    const { topics } = await world.call(describeTopicPartitionsApi, 0, { topics: [{ name: 'd' }, { name: 'x' }] })
    const partition = { leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] }
    expect(topics).toMatchObject([
      { errorCode: 0, name: 'd', partitions: [{ ...partition, eligibleLeaderReplicas: [], lastKnownElr: [] }] },
      { name: 'x', topicId: zeroUuid, partitions: [] },
    ])
    expect(topics[0]?.topicAuthorizedOperations).toBeGreaterThan(0)
  })

  test('a cursor that cannot be is an invalid request', async () => {
    const world = await threeTopics()
    const ask = (cursor: { topicName: string; partitionIndex: number }) =>
      world.call(describeTopicPartitionsApi, 0, { topics: [{ name: 'a' }], cursor })
    for (const cursor of [
      { topicName: 'd', partitionIndex: 0 },
      { topicName: 'a', partitionIndex: -1 },
    ]) {
      expect((await ask(cursor)).topics).toMatchObject([{ errorCode: errorCodes.INVALID_REQUEST }])
    }
  })

  test('a cursor whose topic was deleted meanwhile goes on with the next', async () => {
    const world = await threeTopics()
    await world.services.topics.delete('b.c')
    const cursor = { topicName: 'b.c', partitionIndex: 1 }
    const { topics } = await world.call(describeTopicPartitionsApi, 0, { topics: [], cursor })
    expect(topics.map(({ name }) => name)).toEqual(['d'])
  })
})

test('a store that does not answer is an error in every answer, and never a closed connection', async () => {
  let down = false
  const stores = watched(memoryStores(), () => {
    if (down) throw new StoreUnavailable('a call', new Error('down'))
  })
  const world = new BrokerWorld({ stores })
  const known = await world.createTopic('orders')
  await world.services.topics.get('orders', { fresh: true })
  down = true
  const { KAFKA_STORAGE_ERROR: storage, LEADER_NOT_AVAILABLE: leader } = errorCodes
  // `orders` is remembered, so that its partition is asked for; `other` fails the look-up, and so the whole request.
  for (const name of [known.name, 'other']) {
    const offsets = { replicaId: -1, topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }
    expect((await world.call(listOffsetsApi, 6, offsets)).topics[0]?.partitions[0]?.errorCode).toBe(storage)
    const records = { topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0n }] }], timeoutMs: 1 }
    expect((await world.call(deleteRecordsApi, 2, records)).topics[0]?.partitions[0]?.errorCode).toBe(storage)
    const epochs = { topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }] }
    expect((await world.call(offsetForLeaderEpochApi, 4, epochs)).topics[0]?.partitions[0]?.errorCode).toBe(storage)
    const producers = { topics: [{ name, partitionIndexes: [0] }] }
    expect((await world.call(describeProducersApi, 0, producers)).topics[0]?.partitions[0]?.errorCode).toBe(storage)
  }
  for (const version of servedVersions(describeLogDirsApi)) {
    const { results } = await world.call(describeLogDirsApi, version, { topics: null })
    expect(results).toMatchObject([{ errorCode: storage, topics: [] }])
  }
  const described = await world.call(describeTopicPartitionsApi, 0, { topics: [{ name: 'orders' }] })
  expect(described.topics[0]?.errorCode).toBe(leader)
})
