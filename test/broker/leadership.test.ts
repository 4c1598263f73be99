/** Two gateways on one store, in simulated time: what clients are told when they ask the wrong one, or know too little. */
import { describe, expect, test } from 'vitest'
import type { BrokerNode } from '../../lib/cluster/brokers.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { elect } from '../../lib/log/election.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { listOffsetsApi } from '../../lib/wire/schemas/02-list-offsets.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { findCoordinatorApi } from '../../lib/wire/schemas/10-find-coordinator.ts'
import { offsetForLeaderEpochApi } from '../../lib/wire/schemas/23-offset-for-leader-epoch.ts'
import { describeClusterApi } from '../../lib/wire/schemas/60-describe-cluster.ts'
import { batchOf, memoryStores, type Stores } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { BrokerWorld } from './world.ts'

const nodeOf = (id: number): BrokerNode => ({ id, host: `broker-${id}.test`, port: 9090 + id, rack: `rack-${id}` })
const sessionMs = 9_000

interface Gateway {
  readonly id: number
  readonly world: BrokerWorld
  readonly meta: UnreliableMeta
}

async function gateway(clock: SimClock, stores: Stores, id: number): Promise<Gateway> {
  const node = nodeOf(id)
  const meta = new UnreliableMeta(stores.meta)
  const entropy = seeded(id)
  const brokers = new LeasedBrokers({ meta, clock, entropy, report: () => {} }, node)
  const world = new BrokerWorld({
    ...{ stores: { ...stores, meta }, clock, entropy, node },
    services: ({ hints }) => ({ brokers, leaders: new PartitionLeaders({ meta, clock, brokers, hints }) }),
  })
  await clock.run(brokers.start())
  return { id, world, meta }
}

/** Two gateways and a topic of one partition, which `leader` leads since the record in it. */
async function two() {
  const clock = new SimClock()
  const stores = memoryStores()
  const gateways = [await gateway(clock, stores, 1), await gateway(clock, stores, 2)] as const
  await clock.pass(2_100)
  const topic = await clock.run(gateways[0].world.createTopic('orders'))
  const toProduce = (value: string) => ({
    ...{ acks: -1, timeoutMs: 30_000 },
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf([value], undefined, clock.now()) }] }],
  })
  const produce = async (to: Gateway, value: string, version = 12) => {
    const { responses, nodeEndpoints } = await clock.run(to.world.call(produceApi, version, toProduce(value)))
    return { ...responses[0]?.partitionResponses[0], nodeEndpoints }
  }
  const { topics } = await clock.run(gateways[0].world.call(metadataApi, 9, { topics: [{ name: 'orders' }] }))
  const leaderId = topics[0]?.partitions[0]?.leaderId
  const [leader, other] = leaderId === 1 ? gateways : ([gateways[1], gateways[0]] as const)
  expect(await produce(leader, 'first')).toMatchObject({ errorCode: 0, baseOffset: 0 })
  const die = (dead: Gateway) => {
    dead.meta.fate = () => 'lost'
  }
  return { clock, topic, leader, other, produce, die }
}

const endpointOf = ({ id }: Gateway) => {
  const { id: nodeId, host, port, rack } = nodeOf(id)
  return { nodeId, host, port, rack }
}

describe('who is asked and does not lead', () => {
  test('says NOT_LEADER_OR_FOLLOWER, and from version 10 of Produce on who does', async () => {
    const { leader, other, produce } = await two()
    expect(await produce(other, 'x')).toMatchObject({
      ...{ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 },
      ...{ currentLeader: { leaderId: leader.id, leaderEpoch: 0 }, nodeEndpoints: [endpointOf(leader)] },
    })
    expect(await produce(other, 'x', 9)).toMatchObject({
      ...{ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER },
      ...{ currentLeader: { leaderId: -1 }, nodeEndpoints: [] },
    })
  })

  test('says so to consumers too, and from version 16 of Fetch on who does', async () => {
    const { clock, topic, leader, other } = await two()
    const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000 }]
    const request = { maxWaitMs: 60_000, minBytes: 1, sessionEpoch: 0 }
    const byId = { ...request, topics: [{ topicId: topic.id, partitions }] }
    const { responses, nodeEndpoints } = await clock.run(other.world.call(fetchApi, 16, byId))
    expect(responses[0]?.partitions[0]).toMatchObject({
      ...{ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER },
      ...{ currentLeader: { leaderId: leader.id, leaderEpoch: 0 } },
    })
    expect(nodeEndpoints).toEqual([endpointOf(leader)])
    const byName = { ...request, topics: [{ topic: 'orders', partitions }] }
    const early = await clock.run(other.world.call(fetchApi, 12, byName))
    expect(early.responses[0]?.partitions[0]).toMatchObject({ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER })
  })

  test('serves a client that can reach nobody else', async () => {
    const { clock, other } = await two()
    const advertised = { host: 'api.test', port: 443 }
    const topicData = [
      { name: 'orders', partitionData: [{ index: 0, records: batchOf(['x'], undefined, clock.now()) }] },
    ]
    const request = { acks: -1, timeoutMs: 30_000, topicData }
    const { responses } = await clock.run(other.world.call(produceApi, 9, request, { advertised }))
    expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })
})

describe('when a leader dies', () => {
  test('the other one leads after its lease, fences the old epoch, and says where it ended', async () => {
    const { clock, leader, other, produce, die } = await two()
    die(leader)
    await clock.pass(sessionMs + 2_100)
    const metadata = await clock.run(other.world.call(metadataApi, 9, { topics: [{ name: 'orders' }] }))
    expect(metadata.brokers.map(({ nodeId }) => nodeId)).toEqual([other.id])
    expect(metadata.controllerId).toBe(other.id)
    expect(metadata.topics[0]?.partitions[0]).toMatchObject({
      ...{ errorCode: 0, leaderId: other.id, leaderEpoch: 1, replicaNodes: [other.id], isrNodes: [other.id] },
    })
    expect(await produce(other, 'second')).toMatchObject({ errorCode: 0, baseOffset: 1 })

    const offsetsAt = async (currentLeaderEpoch: number) => {
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch, timestamp: -1n }]
      const request = { replicaId: -1, topics: [{ name: 'orders', partitions }] }
      const { topics } = await clock.run(other.world.call(listOffsetsApi, 6, request))
      return topics[0]?.partitions[0]
    }
    expect(await offsetsAt(0)).toMatchObject({ errorCode: errorCodes.FENCED_LEADER_EPOCH, offset: -1 })
    expect(await offsetsAt(2)).toMatchObject({ errorCode: errorCodes.UNKNOWN_LEADER_EPOCH })
    expect(await offsetsAt(1)).toMatchObject({ errorCode: 0, offset: 2, leaderEpoch: 1 })

    const endOf = async (leaderEpoch: number) => {
      const partitions = [{ partition: 0, currentLeaderEpoch: 1, leaderEpoch }]
      const { topics } = await clock.run(
        other.world.call(offsetForLeaderEpochApi, 4, { topics: [{ topic: 'orders', partitions }] }),
      )
      return topics[0]?.partitions[0]
    }
    expect(await endOf(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 1 })
    expect(await endOf(1)).toMatchObject({ errorCode: 0, leaderEpoch: 1, endOffset: 2 })
    expect(await endOf(5)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 })

    const diverging = async (fetchOffset: bigint, lastFetchedEpoch: number) => {
      const partitions = [{ partition: 0, fetchOffset, lastFetchedEpoch, partitionMaxBytes: 1_000 }]
      const request = { maxWaitMs: 0, minBytes: 1, sessionEpoch: 0, topics: [{ topic: 'orders', partitions }] }
      return (await clock.run(other.world.call(fetchApi, 12, request))).responses[0]?.partitions[0]
    }
    expect(await diverging(2n, 0)).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 1 } })
    expect(await diverging(1n, 0)).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: -1, endOffset: -1 } })
  })

  test('a batch that its leader accepts just after another was elected is not appended, and its client told who leads', async () => {
    const { clock, topic, leader, other, produce } = await two()
    const id = { topicId: topic.id, partition: 0 }
    const { meta } = other.world.services
    const item = await meta.get(headKey(id), { strong: true })
    await elect({ meta, clock }, id, parseHead(item ?? newHead(id)), other.id)
    expect(await produce(leader, 'late')).toMatchObject({
      ...{ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 },
      ...{ currentLeader: { leaderId: other.id, leaderEpoch: 1 }, nodeEndpoints: [endpointOf(other)] },
    })
    expect(await produce(other, 'second')).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  test('what it accepts before it knows is refused, and its client told who leads', async () => {
    const { clock, leader, other, produce } = await two()
    // It answers nobody for longer than its lease, and others elect meanwhile.
    leader.meta.fate = () => 'lost'
    await clock.pass(sessionMs + 2_100)
    expect(await produce(other, 'second')).toMatchObject({ errorCode: 0, baseOffset: 1 })
    leader.meta.fate = () => 'done'
    expect(await produce(leader, 'late')).toMatchObject({
      errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER,
      baseOffset: -1,
    })
    await clock.pass(2_100)
    expect(await produce(leader, 'later')).toMatchObject({
      ...{ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER },
      ...{ currentLeader: { leaderId: other.id, leaderEpoch: 1 } },
    })
    expect(await produce(other, 'third')).toMatchObject({ errorCode: 0, baseOffset: 2 })
  })
})

test('both gateways name the same brokers, controller and coordinators', async () => {
  const { clock, leader, other } = await two()
  const asked = async ({ world }: Gateway) => ({
    cluster: await clock.run(world.call(describeClusterApi, 1, {})),
    coordinators: await clock.run(world.call(findCoordinatorApi, 4, { coordinatorKeys: ['a', 'b', 'c', 'd', 'e'] })),
  })
  const answer = await asked(leader)
  expect(answer).toEqual(await asked(other))
  expect(answer.cluster.brokers.map(({ brokerId }) => brokerId)).toEqual([1, 2])
  expect(answer.cluster.controllerId).toBe(1)
  expect(new Set(answer.coordinators.coordinators.map(({ nodeId }) => nodeId))).toEqual(new Set([1, 2]))
})

test('a topic of three replicas names both brokers, and the leader for the third', async () => {
  const { clock, leader, other } = await two()
  await clock.run(leader.world.services.topics.create({ name: 'wide', partitions: 1, replicationFactor: 3 }))
  const { topics } = await clock.run(other.world.call(metadataApi, 9, { topics: [{ name: 'wide' }] }))
  const partition = topics[0]?.partitions[0]
  expect(partition?.replicaNodes.toSorted()).toEqual([1, 2, partition?.leaderId].toSorted())
  expect(partition?.replicaNodes[0]).toBe(partition?.leaderId)
  expect(partition?.isrNodes).toEqual(partition?.replicaNodes)
})
