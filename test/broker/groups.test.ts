/** What members and operators of groups are answered, message by message. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Groups } from '../../lib/groups/groups.ts'
import { encodeAssignment, encodeSubscription } from '../../lib/wire/consumer-protocol.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import type { RequestInput } from '../../lib/wire/schema.ts'
import { offsetCommitApi } from '../../lib/wire/schemas/08-offset-commit.ts'
import { offsetFetchApi } from '../../lib/wire/schemas/09-offset-fetch.ts'
import { joinGroupApi } from '../../lib/wire/schemas/11-join-group.ts'
import { heartbeatApi } from '../../lib/wire/schemas/12-heartbeat.ts'
import { leaveGroupApi } from '../../lib/wire/schemas/13-leave-group.ts'
import { syncGroupApi } from '../../lib/wire/schemas/14-sync-group.ts'
import { describeGroupsApi } from '../../lib/wire/schemas/15-describe-groups.ts'
import { listGroupsApi } from '../../lib/wire/schemas/16-list-groups.ts'
import { deleteGroupsApi } from '../../lib/wire/schemas/42-delete-groups.ts'
import { offsetDeleteApi } from '../../lib/wire/schemas/47-offset-delete.ts'
import { BrokerWorld, servedVersions } from './world.ts'

let world: BrokerWorld
const groupId = 'g'
const metadata = encodeSubscription(1, { topics: ['orders'], ownedPartitions: [] })
const assignment = encodeAssignment(1, { assignedPartitions: [{ topic: 'orders', partitions: [0, 1] }] })

beforeEach(async () => {
  world = new BrokerWorld({ configs: { 'group.initial.rebalance.delay.ms': '0' } })
  await world.createTopic('orders', 2)
  await world.createTopic('bills', 1)
  return () => world.services.groups.close()
})

const joining = { groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer' } as const

async function join(version = 9, memberId = '', more: Partial<RequestInput<typeof joinGroupApi>> = {}) {
  const request = { ...joining, memberId, protocols: [{ name: 'range', metadata }], ...more }
  const answer = await world.call(joinGroupApi, version, request)
  if (answer.errorCode !== errorCodes.MEMBER_ID_REQUIRED) return answer
  return world.call(joinGroupApi, version, { ...request, memberId: answer.memberId })
}

/** The only member of a stable group. */
async function member() {
  const { memberId, generationId } = await join()
  await world.call(syncGroupApi, 5, {
    ...{ groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' },
    assignments: [{ memberId, assignment }],
  })
  return { memberId, generationId }
}

function commitRequest(committedOffset: bigint, more: object = {}) {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: 'mine' }]
  return { groupId, memberId: '', topics: [{ name: 'orders', partitions }], ...more }
}

describe.each(servedVersions(joinGroupApi))('JoinGroup v%i', (version) => {
  test('makes a group, and its first member its leader', async () => {
    const answer = await join(version)
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range' })
    expect(answer.leader).toBe(answer.memberId)
    expect(answer.members).toMatchObject([{ memberId: answer.memberId }])
    expect(answer.members[0]?.metadata).toEqual(metadata)
    expect(answer.memberId).toMatch(/^test-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  test('refuses what is refused with Kafka’s code, and no protocol', async () => {
    const request = { ...joining, memberId: 'made-up', protocols: [{ name: 'range', metadata }] }
    expect(await world.call(joinGroupApi, version, request)).toMatchObject({
      errorCode: errorCodes.UNKNOWN_MEMBER_ID,
      protocolName: version >= 7 ? null : '',
      members: [],
    })
    expect(await world.call(joinGroupApi, version, { ...request, groupId: '' })).toMatchObject({
      errorCode: errorCodes.INVALID_GROUP_ID,
    })
  })
})

test('JoinGroup that may not wait is told that the group rebalances, and has its place when it asks again', async () => {
  const slow = new BrokerWorld({ configs: { 'group.initial.rebalance.delay.ms': '200' } })
  const request = { ...joining, memberId: '', protocols: [{ name: 'range', metadata }] }
  const { memberId } = await slow.call(joinGroupApi, 9, request)
  const answer = await slow.call(joinGroupApi, 9, { ...request, memberId }, { waitMsMax: 10 })
  expect(answer).toMatchObject({ errorCode: errorCodes.REBALANCE_IN_PROGRESS, memberId })
  expect(await slow.call(joinGroupApi, 9, { ...request, memberId })).toMatchObject({ errorCode: 0, generationId: 1 })
  slow.services.groups.close()
})

test('JoinGroup whose client is gone waits no longer', async () => {
  const slow = new BrokerWorld({ configs: { 'group.initial.rebalance.delay.ms': '60000' } })
  const request = { ...joining, memberId: '', protocols: [{ name: 'range', metadata }] }
  const gone = new AbortController()
  const answer = slow.call(joinGroupApi, 3, request, { signal: gone.signal })
  gone.abort()
  expect(await answer).toMatchObject({ errorCode: errorCodes.REBALANCE_IN_PROGRESS })
  slow.services.groups.close()
})

describe.each(servedVersions(syncGroupApi))('SyncGroup v%i', (version) => {
  test('gives the leader what it gave itself', async () => {
    const { memberId, generationId } = await join()
    const protocol = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}
    const request = { groupId, memberId, generationId, ...protocol, assignments: [{ memberId, assignment }] }
    const answer = await world.call(syncGroupApi, version, request)
    expect(answer).toMatchObject({ errorCode: 0, assignment })
    expect(await world.call(syncGroupApi, version, { ...request, generationId: 7 })).toMatchObject({
      errorCode: errorCodes.ILLEGAL_GENERATION,
    })
  })
})

test('SyncGroup v5 without a protocol is inconsistent (KIP-559)', async () => {
  const { memberId, generationId } = await join()
  const request = { groupId, memberId, generationId, assignments: [] }
  expect((await world.call(syncGroupApi, 5, request)).errorCode).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
})

describe.each(servedVersions(heartbeatApi))('Heartbeat v%i', (version) => {
  test('is well, or says what is not', async () => {
    const { memberId, generationId } = await member()
    const beat = async (more: object) =>
      (await world.call(heartbeatApi, version, { groupId, memberId, generationId, ...more })).errorCode
    expect(await beat({})).toBe(errorCodes.NONE)
    expect(await beat({ generationId: 9 })).toBe(errorCodes.ILLEGAL_GENERATION)
    expect(await beat({ memberId: 'x' })).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await beat({ groupId: 'none' })).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await beat({ groupId: '' })).toBe(errorCodes.INVALID_GROUP_ID)
  })
})

describe.each(servedVersions(leaveGroupApi))('LeaveGroup v%i', (version) => {
  test('takes members out, and says for each what is wrong', async () => {
    const { memberId } = await member()
    const named = (id: string) =>
      version < 3 ? { memberId: id } : { members: [{ memberId: id, groupInstanceId: null }] }
    const stranger = await world.call(leaveGroupApi, version, { groupId, ...named('stranger') })
    const unknown = errorCodes.UNKNOWN_MEMBER_ID
    if (version < 3) expect(stranger.errorCode).toBe(unknown)
    else expect(stranger).toMatchObject({ errorCode: 0, members: [{ memberId: 'stranger', errorCode: unknown }] })
    expect(await world.call(leaveGroupApi, version, { groupId, ...named(memberId) })).toMatchObject({ errorCode: 0 })
    expect(await world.services.groups.administration.view(groupId)).toMatchObject({ stateName: 'Empty' })
  })
})

describe.each(servedVersions(offsetCommitApi))('OffsetCommit v%i', (version) => {
  const named = async () =>
    version < 10 ? { name: 'orders' } : { topicId: (await world.services.topics.get('orders'))?.id ?? '' }
  const codes = async (request: object) => {
    const answer = await world.call(offsetCommitApi, version, request)
    return answer.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode))
  }

  test('stores what a member or nobody commits, and refuses the rest with one code for all', async () => {
    const topics = [
      { ...(await named()), partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: 'm' }] },
    ]
    expect(await codes(commitRequest(5n, { topics }))).toEqual([errorCodes.NONE])
    const { memberId, generationId } = await member()
    const own = { memberId, generationIdOrMemberEpoch: generationId, topics }
    expect(await codes(commitRequest(5n, own))).toEqual([errorCodes.NONE])
    expect(await codes(commitRequest(5n, { ...own, generationIdOrMemberEpoch: 9 }))).toEqual([
      errorCodes.ILLEGAL_GENERATION,
    ])
    expect(await codes(commitRequest(5n, { topics }))).toEqual([errorCodes.UNKNOWN_MEMBER_ID])
    const elsewhere = { ...own, groupId: 'none' }
    expect(await codes(commitRequest(5n, elsewhere))).toEqual([
      version >= 9 ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.ILLEGAL_GENERATION,
    ])
    expect(await codes(commitRequest(5n, { topics, groupId: 'simple' }))).toEqual([errorCodes.NONE])
    expect(await codes(commitRequest(5n, { ...own, groupId: 'simple' }))).toEqual([errorCodes.UNKNOWN_MEMBER_ID])
  })

  test('refuses single partitions for what is wrong with them', async () => {
    const partitions = [0, 9, -1].map((partitionIndex) => ({
      ...{ partitionIndex, committedOffset: 1n, committedMetadata: null },
    }))
    const long = { partitionIndex: 1, committedOffset: 1n, committedMetadata: 'x'.repeat(5_000) }
    const nowhere = version < 10 ? { name: 'nowhere' } : { topicId: 'nowhere000000000000000' }
    const topics = [
      { ...(await named()), partitions: [...partitions, long] },
      { ...nowhere, partitions: [{ partitionIndex: 0, committedOffset: -5n, committedMetadata: null }] },
    ]
    expect(await codes(commitRequest(0n, { topics }))).toEqual([
      errorCodes.NONE,
      errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      errorCodes.OFFSET_METADATA_TOO_LARGE,
      version < 10 ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.UNKNOWN_TOPIC_ID,
    ])
    const refused = { topics, memberId: 'nobody', generationIdOrMemberEpoch: 3, groupId: 'none' }
    const group = version >= 9 ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.ILLEGAL_GENERATION
    expect(await codes(commitRequest(0n, refused))).toEqual([
      ...[group, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, group],
      version < 10 ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.UNKNOWN_TOPIC_ID,
    ])
  })

  test('refuses an offset that no record can have', async () => {
    const partitions = [{ partitionIndex: 0, committedOffset: -1n, committedMetadata: null }]
    expect(await codes(commitRequest(0n, { topics: [{ ...(await named()), partitions }] }))).toEqual([
      errorCodes.INVALID_REQUEST,
    ])
  })
})

describe.each(servedVersions(offsetFetchApi))('OffsetFetch v%i', (version) => {
  beforeEach(async () => {
    await world.call(offsetCommitApi, 8, commitRequest(7n))
  })

  const found = { partitionIndex: 0, committedOffset: 7, metadata: 'mine', errorCode: 0 }
  const none = { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: 0 }

  test('answers what was committed, and -1 for what was not', async () => {
    const id = (await world.services.topics.get('orders'))?.id ?? ''
    if (version < 8) {
      const request = { groupId, topics: [{ name: 'orders', partitionIndexes: [0, 1] }] }
      expect(await world.call(offsetFetchApi, version, request)).toMatchObject({
        topics: [{ partitions: [found, none] }],
      })
      return
    }
    const named = version < 10 ? { name: 'orders' } : { topicId: id }
    const groups = [{ groupId, memberId: null, topics: [{ ...named, partitionIndexes: [0, 1] }] }]
    expect(await world.call(offsetFetchApi, version, { groups })).toMatchObject({
      groups: [{ groupId, errorCode: 0, topics: [{ partitions: [found, none] }] }],
    })
  })

  test('answers all of a group, and nothing of one that is not there', async () => {
    if (version < 2) return
    if (version < 8) {
      expect(await world.call(offsetFetchApi, version, { groupId, topics: null })).toMatchObject({
        errorCode: 0,
        topics: [{ name: 'orders', partitions: [found] }],
      })
      return
    }
    const groups = [groupId, 'none', ''].map((each) => ({ groupId: each, memberId: null, topics: null }))
    expect(await world.call(offsetFetchApi, version, { groups })).toMatchObject({
      groups: [
        { groupId, errorCode: 0, topics: [{ partitions: [found] }] },
        { groupId: 'none', errorCode: 0, topics: [] },
        { groupId: '', errorCode: errorCodes.INVALID_GROUP_ID, topics: [] },
      ],
    })
  })
})

describe.each(servedVersions(describeGroupsApi))('DescribeGroups v%i', (version) => {
  test('shows a stable group whole, and what is not there as dead', async () => {
    const { memberId } = await member()
    const asksForRights = version < 3 ? {} : { includeAuthorizedOperations: true }
    const answer = await world.call(describeGroupsApi, version, { groups: [groupId, 'none', ''], ...asksForRights })
    // Until there was an error for it, what is not there was described like all else.
    const rights = [3, 4, 5].includes(version) ? 3_400 : -2_147_483_648
    const errorCode = version < 6 ? 0 : errorCodes.GROUP_ID_NOT_FOUND
    const dead = { groupState: 'Dead', errorCode, authorizedOperations: rights }
    expect(answer.groups).toMatchObject([
      {
        ...{ errorCode: 0, groupId, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' },
        members: [{ memberId, clientId: 'test', clientHost: '/127.0.0.1' }],
      },
      { groupId: 'none', ...dead },
      { groupId: '', ...dead },
    ])
    expect(answer.groups[0]?.members[0]?.memberMetadata).toEqual(metadata)
    expect(answer.groups[0]?.members[0]?.memberAssignment).toEqual(assignment)
  })
})

describe.each(servedVersions(listGroupsApi))('ListGroups v%i', (version) => {
  test('lists groups, by state and type where asked', async () => {
    await member()
    await world.call(offsetCommitApi, 8, commitRequest(1n, { groupId: 'simple' }))
    const ids = async (request: object) =>
      (await world.call(listGroupsApi, version, request)).groups.map((group) => group.groupId)
    expect(await ids({})).toEqual([groupId, 'simple'])
    if (version >= 4) expect(await ids({ statesFilter: ['stable'] })).toEqual([groupId])
    if (version >= 5) {
      expect(await ids({ typesFilter: ['Classic'] })).toEqual([groupId, 'simple'])
      expect(await ids({ typesFilter: ['consumer'] })).toEqual([])
    }
  })
})

describe.each(servedVersions(deleteGroupsApi))('DeleteGroups v%i', (version) => {
  test('deletes what nobody is in, and says for each what is wrong', async () => {
    const { memberId } = await member()
    const remove = async () =>
      (await world.call(deleteGroupsApi, version, { groupsNames: [groupId, 'none', ''] })).results.map(
        ({ errorCode }) => errorCode,
      )
    const none = [errorCodes.GROUP_ID_NOT_FOUND, errorCodes.GROUP_ID_NOT_FOUND]
    expect(await remove()).toEqual([errorCodes.NON_EMPTY_GROUP, ...none])
    await world.call(leaveGroupApi, 3, { groupId, members: [{ memberId, groupInstanceId: null }] })
    expect(await remove()).toEqual([errorCodes.NONE, ...none])
  })
})

test('OffsetDelete deletes what no member reads', async () => {
  await world.call(offsetCommitApi, 8, commitRequest(1n))
  await member()
  const topics = ['orders', 'bills', 'nowhere'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
  const answer = await world.call(offsetDeleteApi, 0, { groupId, topics })
  expect(answer.errorCode).toBe(errorCodes.NONE)
  expect(answer.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
    errorCodes.GROUP_SUBSCRIBED_TO_TOPIC,
    errorCodes.NONE,
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  ])
  expect(await world.call(offsetDeleteApi, 0, { groupId: 'none', topics })).toMatchObject({
    errorCode: errorCodes.GROUP_ID_NOT_FOUND,
  })
})

test.each<[string, Partial<RequestInput<typeof joinGroupApi>>, object]>([
  [
    'consumers whose subscription ends oddly: its topics come first',
    { protocols: [{ name: 'range', metadata: Buffer.concat([metadata.subarray(0, -4), Buffer.alloc(4, 255)]) }] },
    { errorCode: 0, topics: [errorCodes.GROUP_SUBSCRIBED_TO_TOPIC, errorCodes.NONE] },
  ],
  [
    'consumers whose subscription nobody can read: they may read any topic',
    { protocols: [{ name: 'range', metadata: Buffer.from([0, 1, 0]) }] },
    { errorCode: 0, topics: [errorCodes.GROUP_SUBSCRIBED_TO_TOPIC, errorCodes.GROUP_SUBSCRIBED_TO_TOPIC] },
  ],
  [
    'members that are no consumers: their group is in use',
    { protocolType: 'connect' },
    { errorCode: errorCodes.NON_EMPTY_GROUP, topics: [] },
  ],
])('OffsetDelete and %s', async (_, joins, expected) => {
  await join(9, '', joins)
  const topics = ['orders', 'bills'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
  const answer = await world.call(offsetDeleteApi, 0, { groupId, topics })
  const codes = answer.topics.map(({ partitions }) => partitions[0]?.errorCode)
  expect({ errorCode: answer.errorCode, topics: codes }).toEqual(expected)
})

test('of two brokers each group is one’s, and the other says so', () => {
  const nodes = [1, 2].map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }))
  const served = [1, 2].flatMap((self) => {
    const settings = () => world.services.groups.coordinator.settings('')
    const { coordinator } = new Groups({ ...world.services, settings, brokers: { self, live: () => nodes } })
    const groups = Array.from({ length: 8 }, (_, index) => `group-${index}`)
    return groups.filter((each) => coordinator.refusal(each)?.problem !== 'not-coordinator')
  })
  expect(served.sort()).toEqual(Array.from({ length: 8 }, (_, index) => `group-${index}`))
})
