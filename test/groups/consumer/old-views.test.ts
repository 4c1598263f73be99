/** What a coordinator must not say of a group that another has changed since, and whom one that stood still must not serve. */
import { describe, expect, test } from 'vitest'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import { GroupCoordinator } from '../../../lib/groups/coordinator.ts'
import { defaultGroupSettings } from '../../../lib/groups/group-settings.ts'
import { MemoryMetaStore } from '../../../lib/store/adapters/memory/meta-store.ts'
import { seeded } from '../../world/seeded.ts'
import { SimClock } from '../../world/sim-clock.ts'
import { SkewedClock } from '../../world/skewed-clock.ts'
import { SimProcess } from '../sim-process.ts'
import { topicOf } from './assignors/assignor-inputs.ts'

type Owned = ConsumerHeartbeat['topicPartitions']

const beat = (memberId: string, memberEpoch: number, topicPartitions: Owned): ConsumerHeartbeat => ({
  ...{ kind: 'consumer-heartbeat', memberId, freshMemberId: 'none', memberEpoch, instanceId: null },
  ...{ clientId: 'client', clientHost: '/127.0.0.1', rackId: null },
  ...{ rebalanceTimeoutMs: memberEpoch === 0 ? 30_000 : -1, subscribedTopicNames: memberEpoch === 0 ? ['a'] : null },
  ...{ subscribedTopicRegex: null, serverAssignor: null, topicPartitions },
})

function world() {
  const clock = new SimClock()
  const skewed = new SkewedClock(clock)
  const meta = new MemoryMetaStore()
  const topics = [{ id: topicOf(1), name: 'a', partitions: 2 }]
  const one = new SimProcess({ meta, clock: skewed }, { brokerId: 1, seed: 1, topics })
  const two = new SimProcess({ meta, clock }, { brokerId: 2, seed: 2, topics })
  const ask = async (process: SimProcess, event: ConsumerHeartbeat) => {
    const patience = { waitMsMax: 1_000, signal: new AbortController().signal }
    const reply = await clock.run(process.groups.request('g', event, patience))
    if (typeof reply === 'string' || reply.kind !== 'consumer-heartbeat') throw new Error(JSON.stringify(reply))
    return reply
  }
  /** `a` has all by process 1, and has given up half of it to `b` by process 2. */
  const handedOver = async () => {
    const alone = await ask(one, beat('a', 0, []))
    expect(alone.assignment).toEqual([{ topicId: topicOf(1), partitions: [0, 1] }])
    await ask(two, beat('b', 0, []))
    const shared = await ask(two, beat('a', alone.memberEpoch, alone.assignment))
    const done = await ask(two, beat('a', alone.memberEpoch, shared.assignment))
    const given = await ask(two, beat('b', done.memberEpoch, []))
    expect(given.assignment).toHaveLength(1)
    return shared.assignment
  }
  return { clock, skewed, meta, one, ask, handedOver }
}

describe('a member that comes back to a coordinator with an old view', () => {
  test('is not given what it gave up to another meanwhile', async () => {
    const { one, ask, handedOver } = world()
    const left = await handedOver()
    const again = await ask(one, beat('a', 0, []))
    expect(again.assignment).toEqual(left)
  })

  test('nor where the coordinator’s clock was set back, and the view looks young', async () => {
    const { one, ask, handedOver, skewed } = world()
    const left = await handedOver()
    skewed.skewMs = -7_200_000
    const again = await ask(one, beat('a', 0, []))
    expect(again.assignment).toEqual(left)
  })
})

test('a gateway whose lease has lapsed coordinates nothing, even where it knows of nobody else', () => {
  const node = { id: 1, host: 'h', port: 1, rack: null }
  let sinceMs: number | undefined = 5
  const coordinator = new GroupCoordinator({
    meta: new MemoryMetaStore(),
    clock: new SimClock(),
    entropy: seeded(1),
    topics: { get: async () => undefined, list: async () => ({ topics: [] }) },
    brokers: { self: 1, live: () => [node], leasedSinceMs: () => sinceMs },
    settings: () => defaultGroupSettings,
    report: () => {},
  })
  expect(coordinator.refusal('g')).toBeUndefined()
  sinceMs = undefined
  expect(coordinator.refusal('g')).toMatchObject({ problem: 'not-coordinator' })
})
