/** What a client asks before its first record: ApiVersions, Metadata, FindCoordinator, InitProducerId. */
import { describe, expect, test } from 'vitest'
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { zeroUuid } from '../../lib/wire/schema.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { findCoordinatorApi } from '../../lib/wire/schemas/10-find-coordinator.ts'
import { apiVersionsApi } from '../../lib/wire/schemas/18-api-versions.ts'
import { initProducerIdApi } from '../../lib/wire/schemas/22-init-producer-id.ts'
import { watched } from '../log/watched-stores.ts'
import { memoryStores } from '../log/world.ts'
import { BrokerWorld, servedVersions, thisBroker } from './world.ts'

const bridge = { host: 'api.test', port: 443 }

describe('ApiVersions', () => {
  const software = { clientSoftwareName: 'test-client', clientSoftwareVersion: '1.0.0' }

  test.each(servedVersions(apiVersionsApi))('version %d lists what the handlers serve', async (version) => {
    const { errorCode, apiKeys } = await new BrokerWorld().call(apiVersionsApi, version, software)
    expect(errorCode).toBe(0)
    expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(allHandlers.map(({ api }) => api.key))
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ minVersion: 0, maxVersion: 13 })
  })

  test.each([
    ['', '1'],
    ['name', ''],
    ['-name', '1'],
    ['na me', '1'],
  ])('software named %j %j is an invalid request', async (clientSoftwareName, clientSoftwareVersion) => {
    const world = new BrokerWorld()
    const answer = await world.call(apiVersionsApi, 3, { clientSoftwareName, clientSoftwareVersion })
    expect(answer).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] })
    expect((await world.call(apiVersionsApi, 2, {})).errorCode).toBe(0)
  })

  test('a version of the future is answered in version 0 with the range of this API', async () => {
    const frame = Buffer.from([0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff])
    const world = new BrokerWorld()
    const { response } = await world.broker.handle(frame, {
      ...{ clientHost: '', signal: new AbortController().signal, admitNext: () => {} },
      ...{ waitMsMax: 1, responseBytesMax: 1_000 },
    })
    expect(Buffer.concat(response as Uint8Array[]).toString('hex')).toBe(
      ['00000010', '00000007', '0023', '00000001', '001200000004'].join(''),
    )
  })
})

describe('Metadata', () => {
  test.each(servedVersions(metadataApi))('version %d names brokers, the controller and a topic', async (version) => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders', 2)
    const answer = await world.call(metadataApi, version, { topics: [{ name: 'orders' }] })
    const { id: nodeId, host, port } = thisBroker
    expect(answer.brokers).toMatchObject([{ nodeId, host, port, rack: null }])
    if (version >= 1) expect(answer.controllerId).toBe(1)
    if (version >= 2) expect(answer.clusterId).toBe('test-cluster-id-000000')
    expect(answer.topics).toMatchObject([
      {
        ...{ errorCode: 0, name: 'orders', isInternal: false, topicId: version >= 10 ? topic.id : zeroUuid },
        partitions: [0, 1].map((partitionIndex) => ({
          ...{ errorCode: 0, partitionIndex, leaderId: 1, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
          leaderEpoch: version >= 7 ? 0 : -1,
        })),
      },
    ])
  })

  test('all topics are asked for by an empty list in version 0, and by null later', async () => {
    const world = new BrokerWorld()
    for (const name of ['a', 'b', 'c']) await world.createTopic(name)
    const named = async (version: number, topics: [] | null) =>
      (await world.call(metadataApi, version, { topics })).topics.map(({ name }) => name)
    expect(await named(0, [])).toEqual(['a', 'b', 'c'])
    expect(await named(1, null)).toEqual(['a', 'b', 'c'])
    expect(await named(1, [])).toEqual([])
    expect(await named(13, null)).toEqual(['a', 'b', 'c'])
  })

  test('a topic is found by its id from version 12 on, and asking so before is an invalid request', async () => {
    const world = new BrokerWorld()
    const { id: topicId } = await world.createTopic('orders')
    const unknownId = 'nowherenowherenowhereA'
    const asked = [
      { topicId, name: null },
      { topicId: unknownId, name: null },
    ]
    const { topics } = await world.call(metadataApi, 12, { topics: asked })
    expect(topics).toMatchObject([
      { errorCode: 0, name: 'orders', topicId },
      { errorCode: errorCodes.UNKNOWN_TOPIC_ID, name: null, topicId: unknownId },
    ])
    const early = await world.call(metadataApi, 11, { topics: asked })
    expect(early.topics.map(({ errorCode }) => errorCode)).toEqual(Array(2).fill(errorCodes.INVALID_REQUEST))
  })

  test('a topic that is not there is created with the defaults of the broker', async () => {
    const world = new BrokerWorld({ configs: { 'num.partitions': '3', 'default.replication.factor': '2' } })
    const { topics } = await world.call(metadataApi, 9, { topics: [{ name: 'new' }] })
    expect(topics[0]).toMatchObject({ errorCode: 0, name: 'new' })
    expect(topics[0]?.partitions.map(({ replicaNodes }) => replicaNodes)).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ])
  })

  test('it is not where client or broker forbid it', async () => {
    const asked = { topics: [{ name: 'new' }] }
    const world = new BrokerWorld()
    const forbidden = await world.call(metadataApi, 4, { ...asked, allowAutoTopicCreation: false })
    expect(forbidden.topics[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    const off = new BrokerWorld({ configs: { 'auto.create.topics.enable': 'false' } })
    expect((await off.call(metadataApi, 3, asked)).topics[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await off.services.topics.list()).topics).toEqual([])
  })

  test('an illegal name is said, and so is one that another topic has but for a dot', async () => {
    const world = new BrokerWorld()
    await world.createTopic('a.b')
    const names = ['', 'sla/sh', 'x'.repeat(250), 'a_b', '__consumer_offsets']
    const { topics } = await world.call(metadataApi, 9, { topics: names.map((name) => ({ name })) })
    const { INVALID_TOPIC_EXCEPTION: invalid, UNKNOWN_TOPIC_OR_PARTITION: unknown } = errorCodes
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([invalid, invalid, invalid, invalid, unknown])
    expect(topics[4]?.isInternal).toBe(true)
  })

  test('operations are listed where they are asked for', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const answer = await world.call(metadataApi, 8, {
      topics: [{ name: 'orders' }],
      ...{ includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true },
    })
    // As Apache Kafka 4.2 without an authorizer.
    expect(answer.clusterAuthorizedOperations).toBe(0b1111110100000)
    expect(answer.topics[0]?.topicAuthorizedOperations).toBe(0b110111111000)
    const plain = await world.call(metadataApi, 8, { topics: [{ name: 'orders' }] })
    expect(plain.clusterAuthorizedOperations).toBe(-(2 ** 31))
  })

  test('a client of a bridge is told of one broker only, at the address that it knows', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const answer = await world.call(metadataApi, 9, { topics: null }, { advertised: bridge })
    expect(answer.brokers).toMatchObject([{ nodeId: 1, ...bridge }])
    expect(answer.topics[0]?.partitions[0]?.leaderId).toBe(1)
  })

  test('a store that does not answer is an error that clients wait over', async () => {
    const stores = watched(memoryStores(), () => {
      throw new StoreUnavailable('a call', new Error('down'))
    })
    for (const version of servedVersions(metadataApi)) {
      const answer = await new BrokerWorld({ stores }).call(metadataApi, version, { topics: [{ name: 'orders' }] })
      expect(answer.topics[0]?.errorCode).toBe(errorCodes.LEADER_NOT_AVAILABLE)
      expect(answer.brokers).toHaveLength(1)
      // To a client that asks for all topics none are all; brokers there are none either, which it passes over.
      const all = await new BrokerWorld({ stores }).call(metadataApi, version, { topics: version === 0 ? [] : null })
      expect(all).toMatchObject({ brokers: [], topics: [] })
    }
  })
})

describe('FindCoordinator', () => {
  const { id: nodeId, host, port } = thisBroker

  test.each(servedVersions(findCoordinatorApi))('version %d names the broker of a group', async (version) => {
    const keys = version >= 4 ? { coordinatorKeys: ['g1', 'g2'] } : { key: 'g1' }
    const answer = await new BrokerWorld().call(findCoordinatorApi, version, keys)
    if (version < 4)
      return expect(answer).toMatchObject({
        errorCode: 0,
        nodeId,
        host,
        port,
        errorMessage: version >= 1 ? 'NONE' : '',
      })
    expect(answer.coordinators).toMatchObject(['g1', 'g2'].map((key) => ({ key, errorCode: 0, nodeId, host, port })))
  })

  test('transactions have a coordinator too, shares have none', async () => {
    const world = new BrokerWorld()
    expect(await world.call(findCoordinatorApi, 2, { key: 't', keyType: 1 })).toMatchObject({ errorCode: 0, nodeId })
    for (const keyType of [2, 3]) {
      const { coordinators } = await world.call(findCoordinatorApi, 6, { coordinatorKeys: ['s'], keyType })
      expect(coordinators).toMatchObject([{ errorCode: errorCodes.INVALID_REQUEST, nodeId: -1 }])
    }
  })

  test('a client of a bridge is sent where it is', async () => {
    const answer = await new BrokerWorld().call(findCoordinatorApi, 2, { key: 'g' }, { advertised: bridge })
    expect(answer).toMatchObject({ errorCode: 0, nodeId, ...bridge })
  })
})

describe('InitProducerId', () => {
  const idempotent = { transactionalId: null, transactionTimeoutMs: 60_000 }

  test.each(servedVersions(initProducerIdApi))('version %d gives a fresh id each time', async (version) => {
    const world = new BrokerWorld()
    const first = await world.call(initProducerIdApi, version, idempotent)
    const second = await world.call(initProducerIdApi, version, idempotent)
    expect(first).toMatchObject({ errorCode: 0, producerId: 0, producerEpoch: 0 })
    expect(second).toMatchObject({ errorCode: 0, producerId: 1, producerEpoch: 0 })
  })

  test('a producer that had an id gets a fresh one, and one that names half of it is refused', async () => {
    const world = new BrokerWorld()
    const { producerId } = await world.call(initProducerIdApi, 4, idempotent)
    const again = await world.call(initProducerIdApi, 4, {
      ...idempotent,
      ...{ producerId: BigInt(producerId), producerEpoch: 0 },
    })
    expect(again).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(again.producerId).not.toBe(producerId)
    const half = await world.call(initProducerIdApi, 4, { ...idempotent, producerId: 5n })
    expect(half).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST, producerId: -1, producerEpoch: -1 })
  })

  test('a transactional id is refused for good: transactions are not served', async () => {
    const world = new BrokerWorld()
    const answer = (transactionalId: string) => world.call(initProducerIdApi, 4, { ...idempotent, transactionalId })
    expect((await answer('t')).errorCode).toBe(errorCodes.UNSUPPORTED_VERSION)
    expect((await answer('')).errorCode).toBe(errorCodes.INVALID_REQUEST)
  })

  test('a store that does not answer is an error that clients wait over', async () => {
    const stores = watched(memoryStores(), () => {
      throw new StoreUnavailable('a call', new Error('down'))
    })
    const answer = await new BrokerWorld({ stores }).call(initProducerIdApi, 4, idempotent)
    expect(answer.errorCode).toBe(errorCodes.COORDINATOR_NOT_AVAILABLE)
  })
})
