import { beforeEach, describe, expect, test } from 'vitest'
import { consumerStateName } from '../../../lib/groups/consumer/description.ts'
import { defaultGroupSettings } from '../../../lib/groups/group-settings.ts'
import { commitGeneration, fenceOf, judgeCommit } from '../../../lib/groups/transition.ts'
import { ClassicClient } from './classic-client.ts'
import { GroupWorld } from './group-world.ts'
import { ModernClient } from './modern-client.ts'

let world: GroupWorld
let clients: ModernClient[]

beforeEach(() => {
  world = new GroupWorld()
  world.topic('a', 4)
  clients = [new ModernClient(world, ['a']), new ModernClient(world, ['a'])]
  for (let round = 0; round < 4; round++) for (const client of clients) client.heartbeat()
})

const judged = (memberId: string, generation: number, purpose: 'commit' | 'fetch' = 'commit', version = 9) => {
  const context = { now: world.now, seenMs: () => world.now, settings: defaultGroupSettings, purpose, version }
  const verdict = judgeCommit(world.state, { memberId, instanceId: null, generation }, context)
  return verdict === 'legal' ? verdict : verdict.problem
}

describe('who may commit for a consumer group', () => {
  test('a member in its epoch, and in no other', () => {
    const [client] = clients
    const { id, epoch } = client ?? { id: '', epoch: 0 }
    expect(judged(id, epoch)).toBe('legal')
    for (const other of [epoch - 1, epoch + 1, -1]) expect(judged(id, other)).toBe('stale-member-epoch')
    expect(judged('nobody', epoch)).toBe('unknown-member')
    expect(judged(id, epoch, 'commit', 8)).toBe('unsupported-version')
  })

  test('a classic member by its generation, and in the versions that it knows', () => {
    const classic = new ClassicClient(world, 'cooperative', ['a'])
    classic.turn()
    expect(judged(classic.id, classic.generation, 'commit', 5)).toBe('legal')
    expect(judged(classic.id, classic.generation - 1, 'commit', 5)).toBe('illegal-generation')
  })

  test('anybody while nobody is in it', () => {
    expect(judged('', -1)).toBe('unknown-member')
    for (const client of clients) client.leave()
    expect(judged('', -1)).toBe('legal')
  })

  test('offsets are read by anybody, or by a member in its epoch', () => {
    const [client] = clients
    expect(judged('', -1, 'fetch')).toBe('legal')
    expect(judged(client?.id ?? '', client?.epoch ?? 0, 'fetch')).toBe('legal')
    expect(judged(client?.id ?? '', 99, 'fetch')).toBe('stale-member-epoch')
    expect(judged('nobody', 1, 'fetch')).toBe('unknown-member')
  })
})

test('a member that was put out is fenced before another can have its partitions, and those of older epochs are not', () => {
  const state = world.consumer
  const before = fenceOf(state)
  const [dying, living] = clients
  dying?.die()
  for (let passed = 0; passed < 45_000; passed += 5_000) {
    world.pass(5_000)
    if (passed < 40_000) living?.heartbeat()
  }
  expect(world.consumer.members).toHaveLength(1)
  const put = fenceOf(world.consumer)
  expect(put.announced).toBeGreaterThan(before.announced)
  expect(put.raised).toBe(-1)
  // It has not heard of the new epoch, and may commit all the same.
  const committer = { memberId: living?.id ?? '', instanceId: null, generation: living?.epoch ?? 0 }
  expect(judged(committer.memberId, committer.generation)).toBe('legal')
  expect(commitGeneration(world.state, committer)).toBe(put.announced)
  living?.heartbeat()
  expect(fenceOf(world.consumer)).toEqual({ announced: put.announced, raised: put.announced })
})

test('a group says what it is at by Kafka’s names', () => {
  expect(consumerStateName(world.consumer)).toBe('Stable')
  const newcomer = new ModernClient(world, ['a'])
  newcomer.heartbeat()
  expect(consumerStateName(world.consumer)).toBe('Reconciling')
  newcomer.leave()
  expect(consumerStateName(world.consumer)).toBe('Assigning')
  for (const client of clients) client.leave()
  expect(consumerStateName(world.consumer)).toBe('Empty')
})
