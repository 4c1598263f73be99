/** ConsumerGroupHeartbeat and ConsumerGroupDescribe as clients see them, and what the older APIs say of such groups. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Topic } from '../../lib/cluster/topic-item.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import type { RequestInput } from '../../lib/wire/schema.ts'
import { offsetCommitApi } from '../../lib/wire/schemas/08-offset-commit.ts'
import { offsetFetchApi } from '../../lib/wire/schemas/09-offset-fetch.ts'
import { describeGroupsApi } from '../../lib/wire/schemas/15-describe-groups.ts'
import { listGroupsApi } from '../../lib/wire/schemas/16-list-groups.ts'
import { deleteGroupsApi } from '../../lib/wire/schemas/42-delete-groups.ts'
import { offsetDeleteApi } from '../../lib/wire/schemas/47-offset-delete.ts'
import { consumerGroupHeartbeatApi } from '../../lib/wire/schemas/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribeApi } from '../../lib/wire/schemas/69-consumer-group-describe.ts'
import { BrokerWorld, servedVersions } from './world.ts'

let world: BrokerWorld
let topic: Topic

beforeEach(async () => {
  world = new BrokerWorld()
  topic = await world.createTopic('orders', 3)
})

const join = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  rebalanceTimeoutMs: 30_000,
  subscribedTopicNames: ['orders'],
  topicPartitions: [],
}

const beat = (fields: Partial<RequestInput<typeof consumerGroupHeartbeatApi>> = {}, version = 1) =>
  world.call(consumerGroupHeartbeatApi, version, { ...join, ...fields })

const describeGroups = (groupIds: string[], version = 1) =>
  world.call(consumerGroupDescribeApi, version, { groupIds, includeAuthorizedOperations: true })

describe.each(servedVersions(consumerGroupHeartbeatApi))('ConsumerGroupHeartbeat v%d', (version) => {
  test('gives a member its partitions', async () => {
    expect(await beat({}, version)).toMatchObject({
      ...{ errorCode: 0, memberId: 'm', memberEpoch: 1, heartbeatIntervalMs: 5_000 },
      assignment: { topicPartitions: [{ topicId: topic.id, partitions: [0, 1, 2] }] },
    })
    const later = { ...join, memberEpoch: 1, rebalanceTimeoutMs: -1, subscribedTopicNames: null, topicPartitions: null }
    expect(await beat(later, version)).toMatchObject({ errorCode: 0, memberEpoch: 1, assignment: null })
    expect(await beat({ ...later, memberEpoch: 9 }, version)).toMatchObject({
      errorCode: errorCodes.FENCED_MEMBER_EPOCH,
      errorMessage: expect.stringContaining('9'),
      assignment: null,
    })
    expect(await beat({ ...later, memberEpoch: -1 }, version)).toMatchObject({ errorCode: 0, memberEpoch: -1 })
  })

  test('refuses what is malformed, and an unknown assignor, with a reason', async () => {
    expect(await beat({ rebalanceTimeoutMs: -1 }, version)).toMatchObject({
      errorCode: errorCodes.INVALID_REQUEST,
      errorMessage: 'RebalanceTimeoutMs must be provided in first request.',
    })
    expect(await beat({ serverAssignor: 'mine' }, version)).toMatchObject({
      errorCode: errorCodes.UNSUPPORTED_ASSIGNOR,
      errorMessage: 'ServerAssignor mine is not supported. Supported assignors: uniform, range.',
    })
    expect(await beat({ memberEpoch: 1 }, version)).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND })
  })
})

test('version 0 gives a member its id, version 1 wants one', async () => {
  expect((await beat({ memberId: '' }, 0)).memberId).toMatch(/^[0-9a-f-]{36}$/)
  expect(await beat({ memberId: '' }, 1)).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST })
})

test('a regular expression subscribes, and a broken one is refused', async () => {
  const regex = (subscribedTopicRegex: string) => beat({ subscribedTopicNames: null, subscribedTopicRegex })
  expect(await regex('ord.*')).toMatchObject({ errorCode: 0, assignment: { topicPartitions: [{ topicId: topic.id }] } })
  expect(await regex('ord(')).toMatchObject({ errorCode: errorCodes.INVALID_REGULAR_EXPRESSION })
})

test('a cluster that serves no consumer protocol says so', async () => {
  world = new BrokerWorld({ configs: { 'group.coordinator.rebalance.protocols': 'classic' } })
  expect(await beat()).toMatchObject({ errorCode: errorCodes.UNSUPPORTED_VERSION })
})

test('settings of the cluster are those of its groups', async () => {
  world = new BrokerWorld({
    configs: {
      'group.consumer.heartbeat.interval.ms': '7000',
      'group.consumer.assignors': 'range',
      'group.consumer.max.size': '1',
    },
  })
  expect(await beat()).toMatchObject({ heartbeatIntervalMs: 7_000 })
  expect(await beat({ serverAssignor: 'uniform' })).toMatchObject({ errorCode: errorCodes.UNSUPPORTED_ASSIGNOR })
  expect(await beat({ memberId: 'other' })).toMatchObject({ errorCode: errorCodes.GROUP_MAX_SIZE_REACHED })
  expect((await describeGroups(['g'])).groups[0]?.assignorName).toBe('range')
})

test.each(servedVersions(consumerGroupDescribeApi))(
  'ConsumerGroupDescribe v%d shows members and what they have',
  async (version) => {
    await beat({ instanceId: 'i', rackId: 'r' })
    const { groups } = await describeGroups(['g', 'other'], version)
    const partitions = { topicPartitions: [{ topicId: topic.id, topicName: 'orders', partitions: [0, 1, 2] }] }
    expect(groups[0]).toMatchObject({
      ...{
        errorCode: 0,
        groupId: 'g',
        groupState: 'Stable',
        groupEpoch: 1,
        assignmentEpoch: 1,
        assignorName: 'uniform',
      },
      members: [
        {
          ...{
            memberId: 'm',
            instanceId: 'i',
            rackId: 'r',
            memberEpoch: 1,
            clientId: 'test',
            clientHost: '/127.0.0.1',
          },
          ...{ subscribedTopicNames: ['orders'], assignment: partitions, targetAssignment: partitions },
          memberType: version === 0 ? -1 : 1,
        },
      ],
    })
    expect(groups[0]?.authorizedOperations).toBeGreaterThan(0)
    expect(groups[1]).toMatchObject({ groupId: 'other', errorCode: errorCodes.GROUP_ID_NOT_FOUND })
  },
)

describe('the older APIs on a consumer group', () => {
  const committing = (generationIdOrMemberEpoch: number, version = 9) =>
    world.call(offsetCommitApi, version, {
      ...{ groupId: 'g', memberId: 'm', generationIdOrMemberEpoch },
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: null }] }],
    })
  const committed = async (epoch: number, version = 9) =>
    (await committing(epoch, version)).topics[0]?.partitions[0]?.errorCode

  beforeEach(async () => {
    await beat()
  })

  test('offsets are committed and fetched by the member’s epoch', async () => {
    expect(await committed(1)).toBe(0)
    expect(await committed(0)).toBe(errorCodes.STALE_MEMBER_EPOCH)
    expect(await committed(1, 8)).toBe(errorCodes.UNSUPPORTED_VERSION)
    const fetch = async (memberEpoch: number) => {
      const topics = [{ name: 'orders', partitionIndexes: [0] }]
      const { groups } = await world.call(offsetFetchApi, 9, {
        groups: [{ groupId: 'g', memberId: 'm', memberEpoch, topics }],
      })
      return groups[0]
    }
    expect(await fetch(1)).toMatchObject({ errorCode: 0, topics: [{ partitions: [{ committedOffset: 7 }] }] })
    expect(await fetch(5)).toMatchObject({ errorCode: errorCodes.STALE_MEMBER_EPOCH })
  })

  test('it is listed with its type and state, and not described as a classic one', async () => {
    const { groups } = await world.call(listGroupsApi, 5, { typesFilter: ['consumer'], statesFilter: [] })
    expect(groups).toMatchObject([
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' },
    ])
    const described = await world.call(describeGroupsApi, 5, { groups: ['g'] })
    expect(described.groups[0]).toMatchObject({ groupState: 'Dead', members: [] })
  })

  test('it is deleted when nobody is in it, and its subscribed offsets are not', async () => {
    const remove = async () => (await world.call(deleteGroupsApi, 2, { groupsNames: ['g'] })).results[0]?.errorCode
    await committed(1)
    expect(await remove()).toBe(errorCodes.NON_EMPTY_GROUP)
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }]
    const deleted = await world.call(offsetDeleteApi, 0, { groupId: 'g', topics })
    expect(deleted.topics[0]?.partitions[0]?.errorCode).toBe(errorCodes.GROUP_SUBSCRIBED_TO_TOPIC)
    await beat({ memberEpoch: -1 })
    expect(await remove()).toBe(0)
    expect((await describeGroups(['g'])).groups[0]).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND })
  })
})
