import { beforeEach, describe, expect, test } from 'vitest'
import type { TopicId } from '../../../lib/base/ids.ts'
import { groupSessionTimeoutMsMinDefault } from '../../../lib/base/limits.ts'
import { GroupWorld } from './group-world.ts'

let world: GroupWorld
let a: TopicId

beforeEach(() => {
  world = new GroupWorld()
  a = world.topic('a', 4)
})

const partitions = (...numbers: number[]) => [{ topicId: a, partitions: numbers }]
const refusal = (problem: string) => expect.objectContaining({ kind: 'refused', problem })
/** `null`: the assignment is not told. */
const beat = (memberEpoch: number, assignment: unknown = null) =>
  expect.objectContaining({
    ...{ kind: 'consumer-heartbeat', memberEpoch },
    ...(assignment === null ? { isTold: false } : { isTold: true, assignment }),
  })

describe('epochs', () => {
  test('a member that joins alone has everything at once, in the epoch after the first', () => {
    expect(world.join('m', ['a'])).toEqual({
      kind: 'consumer-heartbeat',
      memberId: 'm',
      memberEpoch: 1,
      heartbeatIntervalMs: 5_000,
      assignment: partitions(0, 1, 2, 3),
      isTold: true,
    })
  })

  test('an assignment is told when it has changed, when the member joins, and when it asks for it by saying everything', () => {
    world.join('m', ['a'])
    expect(world.beat({ memberId: 'm', memberEpoch: 1 })).toEqual(beat(1))
    const all = { rebalanceTimeoutMs: 30_000, subscribedTopicNames: ['a'], topicPartitions: partitions(0, 1, 2, 3) }
    expect(world.beat({ memberId: 'm', memberEpoch: 1, ...all })).toEqual(beat(1, partitions(0, 1, 2, 3)))
    expect(world.join('m', ['a'])).toEqual(beat(1, partitions(0, 1, 2, 3)))
  })

  test('a member gives up first, stays in its epoch until it says so, and the other waits for that', () => {
    world.join('one', ['a'])
    expect(world.join('two', ['a'])).toEqual(beat(2, []))
    expect(world.beat({ memberId: 'one', memberEpoch: 1 })).toEqual(beat(1, partitions(0, 1)))
    expect(world.beat({ memberId: 'one', memberEpoch: 1 })).toEqual(beat(1))
    expect(world.beat({ memberId: 'two', memberEpoch: 2 })).toEqual(beat(2))
    const stillHas = partitions(0, 1, 3)
    expect(world.beat({ memberId: 'one', memberEpoch: 1, topicPartitions: stillHas })).toEqual(beat(1))
    expect(world.beat({ memberId: 'one', memberEpoch: 1, topicPartitions: partitions(0, 1) })).toEqual(beat(2))
    expect(world.beat({ memberId: 'two', memberEpoch: 2 })).toEqual(beat(2, partitions(2, 3)))
  })

  test('an epoch that the coordinator does not know is fenced, whether it is ahead or behind', () => {
    world.join('one', ['a'])
    for (const epoch of [2, 7]) {
      expect(world.beat({ memberId: 'one', memberEpoch: epoch })).toEqual(refusal('fenced-member-epoch'))
    }
    for (const id of ['two', 'three']) world.join(id, ['a'])
    world.beat({ memberId: 'three', memberEpoch: 3 })
    expect(world.beat({ memberId: 'three', memberEpoch: 1, topicPartitions: [] })).toEqual(
      refusal('fenced-member-epoch'),
    )
  })

  test('who missed the answer that raised its epoch is welcome by the one before, with nothing that is not its', () => {
    world.join('one', ['a'])
    world.topic('b', 1)
    const before = { memberId: 'one', memberEpoch: 1, subscribedTopicNames: ['a', 'b'] }
    expect(world.beat(before)).toEqual(expect.objectContaining({ memberEpoch: 2 }))
    expect(world.beat({ memberId: 'one', memberEpoch: 1 })).toEqual(refusal('fenced-member-epoch'))
    const foreign = [{ topicId: a, partitions: [0, 9] }]
    expect(world.beat({ ...before, topicPartitions: foreign })).toEqual(refusal('fenced-member-epoch'))
    expect(world.beat({ ...before, topicPartitions: partitions(0, 1, 2, 3) })).toEqual(
      expect.objectContaining({ memberEpoch: 2 }),
    )
  })

  test('only who joins makes a group or a member', () => {
    expect(world.beat({ memberId: 'm', memberEpoch: 1 })).toEqual(refusal('unknown-group'))
    expect(world.beat({ memberId: 'm', memberEpoch: -1 })).toEqual(refusal('unknown-group'))
    expect(world.state).toBeUndefined()
    world.join('m', ['a'])
    expect(world.beat({ memberId: 'other', memberEpoch: 1 })).toEqual(refusal('unknown-member'))
    expect(world.beat({ memberId: 'other', memberEpoch: -1 })).toEqual(refusal('unknown-member'))
  })

  test('a member without an id gets one', () => {
    expect(world.join('', ['a'])).toEqual(expect.objectContaining({ memberId: 'fresh' }))
  })

  test('a full group takes nobody, and keeps who is in it', () => {
    world.settings = { ...world.settings, consumer: { ...world.settings.consumer, membersMax: 1 } }
    world.join('one', ['a'])
    expect(world.join('two', ['a'])).toEqual(refusal('group-full'))
    expect(world.join('one', ['a'])).toEqual(beat(1, partitions(0, 1, 2, 3)))
  })
})

describe('topics', () => {
  test('new partitions, new topics and deleted ones are noticed by the next heartbeat', () => {
    world.join('m', ['a', 'later'])
    world.topic('a', 5)
    expect(world.beat({ memberId: 'm', memberEpoch: 1 })).toEqual(beat(2, partitions(0, 1, 2, 3, 4)))
    const later = world.topic('later', 1)
    const both = expect.arrayContaining([...partitions(0, 1, 2, 3, 4), { topicId: later, partitions: [0] }])
    expect(world.beat({ memberId: 'm', memberEpoch: 2 })).toEqual(beat(3, both))
    world.deleteTopic('later')
    expect(world.beat({ memberId: 'm', memberEpoch: 3, topicPartitions: partitions(0, 1, 2, 3, 4) })).toEqual(
      beat(4, partitions(0, 1, 2, 3, 4)),
    )
  })

  test('a topic of an old name is another one', () => {
    world.join('m', ['a'])
    world.deleteTopic('a')
    const again = world.topic('a', 4)
    const reply = world.beat({ memberId: 'm', memberEpoch: 1, topicPartitions: [] })
    expect(reply).toEqual(beat(2, [{ topicId: again, partitions: [0, 1, 2, 3] }]))
  })

  test('what a member no longer subscribes to it has to give up at once', () => {
    const b = world.topic('b', 1)
    world.join('m', ['a', 'b'])
    expect(world.beat({ memberId: 'm', memberEpoch: 1, subscribedTopicNames: ['b'] })).toEqual(
      beat(1, [{ topicId: b, partitions: [0] }]),
    )
    expect(world.consumer.members[0]?.revoking).toEqual(partitions(0, 1, 2, 3))
  })

  test('an assignor that is preferred is taken, by the majority of those who say', () => {
    for (const id of ['one', 'two', 'three'])
      world.join(id, ['a'], { serverAssignor: id === 'one' ? 'uniform' : 'range' })
    world.join('four', ['a'])
    const targets = world.consumer.members.map(({ id, target }) => [id, target[0]?.partitions])
    expect(Object.fromEntries(targets)).toEqual({ four: [0], one: [1], three: [2], two: [3] })
  })
})

describe('regular expressions', () => {
  const subscribed = (regex: string) =>
    world.beat({
      memberId: 'm',
      rebalanceTimeoutMs: 30_000,
      subscribedTopicRegex: regex,
      topicPartitions: [],
    })

  test('subscribe to every topic whose whole name they match, also to later ones', () => {
    world.topic('ab', 1)
    expect(subscribed('a')).toEqual(beat(1, partitions(0, 1, 2, 3)))
    expect(world.beat({ memberId: 'm', memberEpoch: 1, subscribedTopicRegex: 'a.?' })).toEqual(
      expect.objectContaining({ memberEpoch: 2, assignment: expect.arrayContaining(partitions(0, 1, 2, 3)) }),
    )
    world.topic('ax', 1)
    expect(world.beat({ memberId: 'm', memberEpoch: 2 })).toEqual(expect.objectContaining({ memberEpoch: 3 }))
    expect(world.consumer.topics.map(({ name }) => name)).toEqual(['a', 'ab', 'ax'])
  })

  test('that are none are refused, and make neither group nor member', () => {
    expect(subscribed('a(')).toEqual(refusal('invalid-regular-expression'))
    expect(world.state).toBeUndefined()
  })

  test('may stand beside names, and end with the empty one', () => {
    const b = world.topic('b', 1)
    world.join('m', ['b'], { subscribedTopicRegex: 'a' })
    expect(world.consumer.topics).toHaveLength(2)
    world.beat({ memberId: 'm', memberEpoch: 1, subscribedTopicRegex: '' })
    expect(world.consumer.members[0]?.assigned).toEqual([{ topicId: b, partitions: [0] }])
  })
})

describe('static members', () => {
  const joinAs = (id: string) => world.join(id, ['a'], { instanceId: 'i' })

  test('that leave for a while keep what they have, and take it again under a new id', () => {
    joinAs('one')
    world.join('two', ['a'])
    world.beat({ memberId: 'one', memberEpoch: 1, instanceId: 'i', topicPartitions: partitions(0, 1) })
    world.beat({ memberId: 'one', memberEpoch: 1, instanceId: 'i', topicPartitions: partitions(0, 1) })
    expect(world.beat({ memberId: 'one', memberEpoch: -2, instanceId: 'i' })).toEqual(beat(-2))
    const { groupEpoch } = world.consumer
    expect(world.beat({ memberId: 'two', memberEpoch: 2 })).toEqual(expect.objectContaining({ memberEpoch: 2 }))
    expect(joinAs('three')).toEqual(beat(2, partitions(0, 1)))
    expect(world.consumer.groupEpoch).toBe(groupEpoch)
    expect(world.beat({ memberId: 'one', memberEpoch: 2, instanceId: 'i' })).toEqual(refusal('fenced-instance'))
  })

  test('that do not come back are out when their session ends', () => {
    joinAs('one')
    world.beat({ memberId: 'one', memberEpoch: -2, instanceId: 'i' })
    world.pass(44_999)
    expect(world.consumer.members).toHaveLength(1)
    world.pass(1)
    expect(world.consumer.members).toHaveLength(0)
  })

  test('are not replaced while they are there, but may themselves join again', () => {
    joinAs('one')
    expect(joinAs('two')).toEqual(refusal('unreleased-instance'))
    expect(joinAs('one')).toEqual(beat(1, partitions(0, 1, 2, 3)))
  })

  test('that nobody knows are unknown', () => {
    world.join('one', ['a'])
    expect(world.beat({ memberId: 'one', memberEpoch: 1, instanceId: 'i' })).toEqual(refusal('unknown-member'))
    expect(world.beat({ memberId: 'one', memberEpoch: -2, instanceId: 'i' })).toEqual(refusal('unknown-member'))
  })

  test('that leave for good are gone', () => {
    joinAs('one')
    expect(world.beat({ memberId: 'two', memberEpoch: -1, instanceId: 'i' })).toEqual(refusal('fenced-instance'))
    expect(world.beat({ memberId: 'one', memberEpoch: -1, instanceId: 'i' })).toEqual(beat(-1))
    expect(world.consumer.members).toHaveLength(0)
  })
})

describe('requests of the classic protocol to a consumer group', () => {
  const joinClassic = (fields: object = {}) =>
    world.send({
      kind: 'join',
      memberId: '',
      freshMemberId: 'classic',
      instanceId: null,
      clientId: '',
      clientHost: '',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('0001000000010001610000000000000000', 'hex') }],
      requiresKnownMemberId: false,
      maySkipAssignment: false,
      ...fields,
    })

  beforeEach(() => {
    world.join('m', ['a'])
  })

  test('joining is answered at once, with the epoch as generation and no leader', () => {
    expect(joinClassic()).toMatchObject({ kind: 'join', generation: 2, leader: '', protocolName: 'range', members: [] })
  })

  test('a member of the consumer protocol is not known to sync and heartbeat', () => {
    const who = { memberId: 'm', instanceId: null, generation: 1 }
    expect(world.send({ kind: 'heartbeat', ...who })).toEqual(refusal('unknown-member'))
    const sync = { kind: 'sync', ...who, protocolType: null, protocolName: null, assignments: [] } as const
    expect(world.send(sync)).toEqual(refusal('unknown-member'))
  })

  test('another generation is illegal, another protocol inconsistent', () => {
    joinClassic()
    const who = { memberId: 'classic', instanceId: null, generation: 2 }
    const sync = { kind: 'sync', ...who, protocolType: 'consumer', protocolName: 'range', assignments: [] } as const
    expect(world.send({ kind: 'heartbeat', ...who, generation: 1 })).toEqual(refusal('illegal-generation'))
    expect(world.send({ ...sync, generation: 3 })).toEqual(refusal('illegal-generation'))
    expect(world.send({ ...sync, protocolName: 'sticky' })).toEqual(refusal('inconsistent-protocol'))
    expect(world.send({ ...sync, protocolType: 'connect' })).toEqual(refusal('inconsistent-protocol'))
    expect(world.send(sync)).toMatchObject({ kind: 'sync' })
  })

  test('what is no subscription of a consumer, or too impatient, is refused', () => {
    expect(joinClassic({ protocolType: 'connect' })).toEqual(refusal('inconsistent-protocol'))
    expect(joinClassic({ protocols: [] })).toEqual(refusal('inconsistent-protocol'))
    const broken = [{ name: 'range', metadata: Buffer.from('00010000ffff', 'hex') }]
    expect(joinClassic({ protocols: broken })).toEqual(refusal('inconsistent-protocol'))
    const sessionTimeoutMs = groupSessionTimeoutMsMinDefault - 1
    expect(joinClassic({ sessionTimeoutMs })).toEqual(refusal('invalid-session-timeout'))
    expect(joinClassic({ requiresKnownMemberId: true })).toMatchObject({
      problem: 'member-id-required',
      memberId: 'classic',
    })
    expect(world.consumer.members).toHaveLength(1)
  })

  test('a classic member that joins and neither syncs nor joins again is out', () => {
    joinClassic()
    for (let passed = 0; passed < 10_000; passed += 2_000) {
      expect(world.consumer.members).toHaveLength(2)
      world.send({ kind: 'heartbeat', memberId: 'classic', instanceId: null, generation: 2 })
      world.beat({ memberId: 'm', memberEpoch: 1 })
      world.pass(2_000)
    }
    expect(world.consumer.members.map(({ id }) => id)).toEqual(['m'])
  })

  test('members of either protocol may be made to leave, one by one answered', () => {
    joinClassic({ instanceId: 'i' })
    const members = [
      { memberId: 'm', instanceId: null },
      { memberId: '', instanceId: 'i' },
      { memberId: 'other', instanceId: null },
    ]
    const reply = world.send({ kind: 'leave', members })
    expect(reply).toMatchObject({ members: [{ problem: null }, { problem: null }, { problem: 'unknown-member' }] })
    expect(world.consumer.members).toHaveLength(0)
  })

  test('a group with members is not deleted, an empty one is', () => {
    expect(world.send({ kind: 'delete' })).toEqual(refusal('group-not-empty'))
    world.beat({ memberId: 'm', memberEpoch: -1 })
    expect(world.send({ kind: 'delete' })).toEqual({ kind: 'delete' })
    expect(world.state?.kind).toBe('dead')
  })
})
