/** A consumer group in simulated time: members that come, go and die, coordinators that die and work against each other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { offset } from '../../../lib/base/ids.ts'
import { groupEventAgeMsMax, offsetsCommitAgainMsMax } from '../../../lib/base/limits.ts'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import { MemoryMetaStore } from '../../../lib/store/adapters/memory/meta-store.ts'
import { StoreUnavailable } from '../../../lib/store/errors.ts'
import { seeded } from '../../world/seeded.ts'
import { SimClock } from '../../world/sim-clock.ts'
import { SimProcess } from '../sim-process.ts'
import { topicOf } from './assignors/assignor-inputs.ts'
import { named } from './modern-client.ts'
import { ConsumerSimMember, Watch } from './sim-member.ts'

const joinOf = (memberId: string, subscribedTopicNames: readonly string[]): ConsumerHeartbeat => ({
  ...{ kind: 'consumer-heartbeat', memberId, freshMemberId: 'none', memberEpoch: 0, instanceId: null },
  ...{ clientId: 'client', clientHost: '/127.0.0.1', rackId: null, rebalanceTimeoutMs: 30_000 },
  ...{ subscribedTopicNames, subscribedTopicRegex: null, serverAssignor: null, topicPartitions: [] },
})

class World {
  readonly partitions: number
  readonly clock = new SimClock()
  readonly watch = new Watch()
  readonly meta = this.watch.watched(new MemoryMetaStore())
  readonly members: ConsumerSimMember[] = []
  readonly processes: SimProcess[] = []
  readonly all: SimProcess[] = []
  readonly #brokerIds: readonly number[]

  constructor(brokerIds: readonly number[] = [1, 2], partitions = 7) {
    this.#brokerIds = brokerIds
    this.partitions = partitions
    for (const place of brokerIds.keys()) this.start(place)
  }

  start(place: number): SimProcess {
    const seed = 100 + this.all.length
    const brokerId = this.#brokerIds[place] ?? 1
    const topics = [{ id: topicOf(1), name: 'a', partitions: this.partitions }]
    const process = new SimProcess({ meta: this.meta, clock: this.clock }, { brokerId, seed, topics })
    this.processes[place] = process
    this.all.push(process)
    return process
  }

  member(id: string, place: () => number): ConsumerSimMember {
    const find = () => this.processes[place() % this.processes.length] as SimProcess
    const member = new ConsumerSimMember({ id, find, clock: this.clock, watch: this.watch, topics: ['a'] })
    this.members.push(member)
    void member.run()
    return member
  }

  get alive(): ConsumerSimMember[] {
    return this.members.filter(({ client }) => client.isAlive)
  }

  end(): void {
    for (const member of this.members) member.die()
    for (const process of this.all) process.die()
  }

  /** Everybody who lives is in, and what they read is everything. */
  expectRest(): void {
    expect(this.watch.violations).toEqual([])
    const { members, groupEpoch, assignmentEpoch } = this.watch.group
    expect(assignmentEpoch).toBe(groupEpoch)
    expect(members.map(({ id, phase, epoch }) => [id, phase, epoch]).sort()).toEqual(
      this.alive.map(({ client }) => [client.id, 'stable', groupEpoch]).sort(),
    )
    const read = this.alive.flatMap(({ client }) => named(client.owned)).sort()
    expect(read).toEqual(Array.from({ length: this.partitions }, (_, partition) => `${topicOf(1)}/${partition}`).sort())
  }
}

test('what a member asked for long ago is not applied to what has become of the group since', async () => {
  const world = new World([0, 0])
  const [slow, other] = world.processes as [SimProcess, SimProcess]
  const patience = { waitMsMax: 60_000, signal: new AbortController().signal }
  slow.luck = () => ({ lateMs: groupEventAgeMsMax + 1 })
  const late = slow.groups.request('g', joinOf('late', ['a']), patience)
  const refused = expect(late).rejects.toThrow(StoreUnavailable)
  await world.clock.run(other.groups.request('g', joinOf('one', ['a']), patience))
  const stored = world.watch.group
  await world.clock.run(refused)
  expect(world.watch.group).toBe(stored)
  slow.luck = () => 'done'
  expect(await world.clock.run(slow.groups.request('g', joinOf('two', ['a']), patience))).toMatchObject({
    memberEpoch: 2,
  })
  world.end()
})

describe('a consumer group', () => {
  test('settles, and then no heartbeat writes', async () => {
    const world = new World([1])
    for (const id of ['a', 'b', 'c']) world.member(id, () => 0)
    await world.clock.pass(30_000)
    world.expectRest()
    const writes = world.all[0]?.writes
    await world.clock.pass(600_000)
    expect(world.all[0]?.writes).toBe(writes)
    world.end()
  })

  test('a hundred members that come to 200 partitions at once settle with their third heartbeat, in few writes', async () => {
    const world = new World([1], 200)
    for (let each = 0; each < 100; each++) world.member(`m${each}`, () => 0)
    await world.clock.pass(1_000)
    expect(world.all[0]?.writes).toBeLessThan(10)
    await world.clock.pass(10_500)
    world.expectRest()
    expect(world.all[0]?.writes).toBeLessThan(20)
    world.end()
  })

  test('members with a subscription each may come together', async () => {
    const world = new World([1])
    const join = (id: string) =>
      world.all[0]?.groups.request('g', joinOf(id, [`own-${id}`, 'a']), {
        waitMsMax: 1,
        signal: new AbortController().signal,
      })
    const joins = Array.from({ length: 50 }, (_, each) => join(`m${each}`))
    const answers = await world.clock.run(Promise.all(joins))
    expect(answers.map((answer) => typeof answer === 'object' && answer.kind)).toEqual(
      answers.map(() => 'consumer-heartbeat'),
    )
    world.end()
  })

  test('a coordinator that dies is followed by another without a new epoch', async () => {
    const world = new World([1])
    for (const id of ['a', 'b', 'c']) world.member(id, () => 0)
    await world.clock.pass(30_000)
    const { groupEpoch } = world.watch.group
    world.processes[0]?.die()
    await world.clock.pass(20_000)
    world.start(0)
    await world.clock.pass(60_000)
    world.expectRest()
    expect(world.watch.group.groupEpoch).toBe(groupEpoch)
    world.end()
  })

  test('members that died with their coordinator are out one session time-out after somebody asks', async () => {
    const world = new World([1])
    for (const id of ['a', 'b']) world.member(id, () => 0)
    await world.clock.pass(30_000)
    world.processes[0]?.die()
    world.members[0]?.die()
    await world.clock.pass(30_000)
    world.start(0)
    await world.clock.pass(70_000)
    world.expectRest()
    world.end()
  })

  test('only functions: sessions live in the state, a quarter of a session time-out coarse', async () => {
    const world = new World([0, 0, 0])
    let at = 0
    for (const id of ['a', 'b', 'c']) world.member(id, () => at++)
    await world.clock.pass(60_000)
    world.expectRest()
    const { groupEpoch } = world.watch.group
    await world.clock.pass(300_000)
    expect(world.watch.group.groupEpoch).toBe(groupEpoch)
    world.members[0]?.die()
    await world.clock.pass(80_000)
    world.expectRest()
    world.end()
  })
})

describe('commits', () => {
  const commit = (
    process: SimProcess,
    { id, epoch }: { id: string; epoch: number },
    partition: number,
    at: number,
    sentMs?: number,
  ) =>
    process.groups.commit(
      'g',
      { memberId: id, instanceId: null, generation: epoch },
      [{ topic: { id: topicOf(1), name: 'a' }, partition, offset: offset(at) }],
      { version: 9, ...(sentMs === undefined ? {} : { sentMs }) },
    )

  test('a member that is behind may commit beside others, also after a third was put out', async () => {
    const world = new World([1])
    const [a, b, c] = ['a', 'b', 'c'].map((id) => world.member(id, () => 0)) as ConsumerSimMember[]
    await world.clock.pass(30_000)
    c?.die()
    await world.clock.pass(60_000)
    const [process] = world.processes
    const late = world.member('d', () => 0)
    await world.clock.pass(200)
    const epochs = new Set(world.watch.group.members.map(({ epoch }) => epoch))
    expect(epochs.size).toBeGreaterThan(1)
    for (const member of [a, b, late]) {
      const work = commit(process as SimProcess, member?.client as ConsumerSimMember['client'], 0, 1)
      const answered = await world.clock.run(work)
      expect(answered).toMatchObject({ outcome: 'done', partitions: [{ outcome: 'committed' }] })
    }
    world.end()
  })

  test('one that lay unread while its gateway stood still takes nothing back', async () => {
    const world = new World([1, 2])
    const { client } = world.member('a', () => 0)
    await world.clock.pass(10_000)
    const [still, other] = world.processes as [SimProcess, SimProcess]
    await world.clock.run(commit(still, client, 0, 1))
    const sentMs = world.clock.now()
    // Its member has waited for long enough, and gone on.
    await world.clock.pass(2 * offsetsCommitAgainMsMax)
    await world.clock.run(commit(other, client, 0, 9))
    await world.clock.run(expect(commit(still, client, 0, 5, sentMs)).rejects.toThrow(StoreUnavailable))
    const [fetched] = await world.clock.run(other.offsets.fetch('g'))
    expect(fetched?.committed?.offset).toBe(9)
    world.end()
  })

  test('one that hangs until its member is long out is refused', async () => {
    const world = new World([1, 2])
    const hanging = world.member('a', () => 0)
    await world.clock.pass(10_000)
    const slow = world.processes[0] as SimProcess
    await world.clock.run(commit(slow, hanging.client, 0, 1))
    let writes = 0
    slow.luck = (isWrite) => (isWrite && writes++ === 0 ? { lateMs: 300_000 } : 'done')
    const late = commit(slow, hanging.client, 0, 5)
    hanging.die()
    const heir = world.member('b', () => 1)
    await world.clock.pass(200_000)
    expect(named(heir.client.owned)).toHaveLength(7)
    await world.clock.run(commit(world.processes[1] as SimProcess, heir.client, 0, 9))
    await world.clock.pass(200_000)
    await late
    const [fetched] = await world.clock.run((world.processes[1] as SimProcess).offsets.fetch('g'))
    expect(fetched?.committed?.offset).toBe(9)
    world.end()
  })
})

type Step =
  | { readonly kind: 'join' | 'die' | 'leave' | 'move'; readonly who: number }
  | { readonly kind: 'crash'; readonly place: number; readonly calls: number; readonly after: boolean }
  | { readonly kind: 'pass'; readonly ms: number }

const crash = fc.record({
  kind: fc.constant('crash' as const),
  place: fc.nat(1),
  calls: fc.nat(12),
  after: fc.boolean(),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), who: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('die' as const, 'leave', 'move'), who: fc.nat(5) }) },
  { weight: 3, arbitrary: crash },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30_000 }) }) },
)

/** Of a hundred calls of the store some are late, lost, or done and not answered. */
function lossy(process: SimProcess, random: () => number): void {
  process.luck = (isWrite) => {
    const drawn = random()
    if (drawn < 0.95) return 'done'
    if (drawn < 0.97) return { lateMs: random() * 30_000 }
    return isWrite && drawn < 0.985 ? 'answer-lost' : 'lost'
  }
}

async function storm(brokerIds: readonly number[], steps: readonly Step[], seed: number): Promise<void> {
  const world = new World(brokerIds)
  const random = seeded(seed)
  let isOver = false
  const unsettle = (process: SimProcess) => lossy(process, () => (isOver ? 0 : random.fraction()))
  world.processes.forEach(unsettle)
  const places = new Map<number, number>()
  const current: ConsumerSimMember[] = []
  for (const each of steps) {
    if (each.kind === 'pass') await world.clock.pass(each.ms)
    else if (each.kind === 'crash') {
      const process = world.processes[each.place] as SimProcess
      let calls = each.calls
      process.luck = () => (calls-- > 0 ? 'done' : each.after ? 'dies-after' : 'dies-before')
      void process.death.then(() => unsettle(world.start(each.place)))
    } else if (each.kind === 'join') {
      if (current[each.who]?.client.isAlive) continue
      places.set(each.who, each.who)
      current[each.who] = world.member(`m${each.who}-${world.members.length}`, () => places.get(each.who) ?? 0)
    } else if (each.kind === 'move') places.set(each.who, (places.get(each.who) ?? 0) + 1)
    else if (each.kind === 'die') current[each.who]?.die()
    else void current[each.who]?.leave()
  }
  // From here on all goes well, and everybody finds one coordinator.
  isOver = true
  world.processes.forEach(unsettle)
  for (const who of places.keys()) places.set(who, 0)
  if (world.alive.length === 0) world.member('last', () => 0)
  await world.clock.pass(240_000)
  world.expectRest()
  world.end()
}

test.each([
  { name: 'two gateways at once', brokerIds: [1, 2] },
  { name: 'functions', brokerIds: [0, 0] },
  { name: 'a gateway and a function', brokerIds: [1, 0] },
])(
  'whatever happens to $name, no partition has two owners and every rebalance ends',
  { timeout: 60_000 },
  async ({ brokerIds }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), fc.nat(), (steps, seed) =>
        storm(brokerIds, steps, seed),
      ),
      { numRuns: 20 },
    )
  },
)
