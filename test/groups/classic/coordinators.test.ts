/** A classic group in simulated time: members that come, go and die, coordinators that die and work against each other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClassicGroup } from '../../../lib/groups/classic/classic-state.ts'
import { MemoryMetaStore } from '../../../lib/store/adapters/memory/meta-store.ts'
import type { MetaStore } from '../../../lib/store/meta-store.ts'
import { seeded } from '../../world/seeded.ts'
import { SimClock } from '../../world/sim-clock.ts'
import { SimProcess } from '../sim-process.ts'
import { type GroupRecord, newRecord, SimMember } from './sim-member.ts'

const partitions = 7

class World {
  readonly clock = new SimClock()
  readonly record = newRecord(partitions)
  readonly meta = watched(new MemoryMetaStore(), this.record)
  readonly members: SimMember[] = []
  readonly processes: SimProcess[] = []
  readonly all: SimProcess[] = []
  readonly #brokerIds: readonly number[]
  #seed = 100

  constructor(brokerIds: readonly number[] = [1, 2]) {
    this.#brokerIds = brokerIds
    for (const place of brokerIds.keys()) this.start(place)
  }

  start(place: number): SimProcess {
    const brokerId = this.#brokerIds[place] ?? 1
    const process = new SimProcess({ meta: this.meta, clock: this.clock }, { brokerId, seed: this.#seed++ })
    this.processes[place] = process
    this.all.push(process)
    return process
  }

  /** A member that finds the coordinator which `place` says at that moment. */
  member(name: string, place: () => number, instanceId?: string): SimMember {
    const find = () => this.processes[place() % this.processes.length] as SimProcess
    const own = instanceId === undefined ? {} : { instanceId }
    const member = new SimMember({ name, clock: this.clock, record: this.record, find, ...own })
    this.members.push(member)
    void member.run()
    return member
  }

  async state(): Promise<ClassicGroup> {
    const reader = new SimProcess({ meta: this.meta, clock: this.clock }, { brokerId: 9 })
    const view = await reader.groups.administration.view('g')
    if (view?.state?.kind !== 'classic') throw new Error('there is no group')
    return view.state
  }

  get alive(): SimMember[] {
    return this.members.filter((member) => member.isAlive)
  }

  end(): void {
    for (const member of this.members) member.die()
    for (const process of this.all) process.die()
  }
}

/** Members commit their generation as their offset: none may be stored once a later one's assignment was learned. */
function watched(inner: MetaStore, record: GroupRecord): MetaStore {
  const update: MetaStore['update'] = async (key, change, guard) => {
    const { learned } = record
    const answer = await inner.update(key, change, guard)
    if (!('done' in answer) || !key.sk.startsWith('offsets#')) return answer
    for (const assignment of change) {
      if (!('set' in assignment) || assignment.set[0] !== 'offsets' || !('value' in assignment.to)) continue
      const { o } = assignment.to.value as { readonly o: number }
      if (o < learned) record.violations.push(`generation ${o} has committed after ${learned} was learned`)
    }
    return answer
  }
  return {
    get: (key, options) => inner.get(key, options),
    getMany: (keys, options) => inner.getMany(keys, options),
    query: (pk, range) => inner.query(pk, range),
    put: (item, guard) => inner.put(item, guard),
    delete: (key, guard) => inner.delete(key, guard),
    update,
  }
}

describe('a classic group', () => {
  test('settles with every partition owned by one member', async () => {
    const world = new World([1])
    for (const name of ['a', 'b', 'c']) world.member(name, () => 0)
    await world.clock.pass(10_000)
    const state = await world.state()
    expect(state).toMatchObject({ phase: 'stable', generation: 1 })
    expect(world.alive.flatMap((member) => member.partitions).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(world.record.violations).toEqual([])
    world.end()
  })

  test('a member that dies is out within its session time-out, and its partitions are the others’', async () => {
    const world = new World([1])
    const [dying] = ['a', 'b', 'c'].map((name) => world.member(name, () => 0))
    await world.clock.pass(10_000)
    dying?.die()
    await world.clock.pass(10_000 + 3_500)
    const state = await world.state()
    expect(state.members.map((member) => member.clientId)).toEqual(['b', 'c'])
    expect(state.phase).toBe('stable')
    expect(world.alive.flatMap((member) => member.partitions).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    world.end()
  })

  test('whenever a member dies, it is out within its session time-out, and not before', async () => {
    const times = fc.record({ count: fc.integer({ min: 2, max: 5 }), afterMs: fc.integer({ min: 0, max: 30_000 }) })
    await fc.assert(
      fc.asyncProperty(times, async ({ count, afterMs }) => {
        const world = new World([1])
        for (let index = 0; index < count; index++) world.member(`m${index}`, () => 0)
        await world.clock.pass(10_000 + afterMs)
        const ids = async () => (await world.state()).members.map((member) => member.clientId)
        world.members[0]?.die()
        // It beats every three seconds, and may have died right after one.
        await world.clock.pass(10_000 - 3_100)
        expect(await ids()).toContain('m0')
        await world.clock.pass(3_200)
        expect(await ids()).not.toContain('m0')
        world.end()
      }),
      { numRuns: 30 },
    )
  })

  test('heartbeats of a stable group are no writes at all', async () => {
    const world = new World([1])
    for (const name of ['a', 'b', 'c']) world.member(name, () => 0)
    await world.clock.pass(10_000)
    const { writes } = world.all[0] as SimProcess
    const commitsBefore = await commitsOf(world)
    await world.clock.pass(60_000)
    const commits = (await commitsOf(world)) - commitsBefore
    expect(commits).toBeGreaterThan(0)
    // What was written are the commits: one item of offsets, one update each.
    expect((world.all[0] as SimProcess).writes - writes).toBe(3 * 20)
    expect((await world.state()).generation).toBe(1)
    world.end()
  })

  test('only functions: sessions live in the state, a quarter of a session time-out coarse', async () => {
    const world = new World([0, 0, 0])
    let at = 0
    // Each request comes to another function.
    for (const name of ['a', 'b', 'c']) world.member(name, () => at++)
    await world.clock.pass(20_000)
    expect(await world.state()).toMatchObject({ phase: 'stable' })
    const { generation } = await world.state()
    await world.clock.pass(60_000)
    expect((await world.state()).generation).toBe(generation)
    world.members[0]?.die()
    await world.clock.pass(20_000)
    expect((await world.state()).members.map((member) => member.clientId).sort()).toEqual(['b', 'c'])
    expect(world.record.violations).toEqual([])
    world.end()
  })

  test('a coordinator that dies is followed by another without a rebalance', async () => {
    const world = new World([1])
    for (const name of ['a', 'b', 'c']) world.member(name, () => 0)
    await world.clock.pass(10_000)
    world.processes[0]?.die()
    await world.clock.pass(9_000)
    world.start(0)
    await world.clock.pass(60_000)
    expect(await world.state()).toMatchObject({ phase: 'stable', generation: 1 })
    world.end()
  })

  test('members that died with their coordinator are out one session time-out after somebody asks', async () => {
    const world = new World([1])
    for (const name of ['a', 'b']) world.member(name, () => 0)
    await world.clock.pass(10_000)
    world.processes[0]?.die()
    world.members[0]?.die()
    await world.clock.pass(60_000)
    world.start(0)
    await world.clock.pass(14_000)
    expect((await world.state()).members.map((member) => member.clientId)).toEqual(['b'])
    world.end()
  })
})

describe('a commit that hangs until its member is long out', () => {
  test.each([
    { name: 'is refused', before: 10_000 },
    { name: 'is refused, also when it is the first that the group makes', before: 1_000 },
  ])('$name', async ({ before }) => {
    const world = new World([1, 2])
    // The one that will hang talks to a process that will not hear of what follows.
    const hanging = world.member('a', () => 0)
    await world.clock.pass(5_000 + before)
    const slow = world.processes[0] as SimProcess
    let writes = 0
    slow.luck = (isWrite) => (isWrite && writes++ === 0 ? { lateMs: 60_000 } : 'done')
    const commit = hanging.commit()
    hanging.die()
    world.member('b', () => 1)
    await world.clock.pass(50_000)
    expect(await world.state()).toMatchObject({ phase: 'stable', members: [{ clientId: 'b' }] })
    await world.clock.pass(20_000)
    await commit
    expect(world.record.violations).toEqual([])
    world.end()
  })
})

async function commitsOf(world: World): Promise<number> {
  const fetched = await (world.all[0] as SimProcess).offsets.fetch('g')
  return fetched.reduce((sum, { committed }) => sum + (committed?.committedMs ?? 0), 0)
}

type Step =
  | { readonly kind: 'join' | 'die' | 'leave' | 'commit' | 'move'; readonly who: number }
  | { readonly kind: 'crash'; readonly place: number; readonly calls: number; readonly after: boolean }
  | { readonly kind: 'pass'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('join' as const), who: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('die' as const, 'leave', 'commit', 'move'), who: fc.nat(5) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      place: fc.nat(1),
      calls: fc.nat(12),
      after: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
)

describe.each([
  { name: 'two gateways at once', brokerIds: [1, 2] },
  { name: 'functions', brokerIds: [0, 0] },
  { name: 'a gateway and a function', brokerIds: [1, 0] },
])('whatever happens to $name', ({ brokerIds }) => {
  test('no partition has two owners in one generation, no fenced generation commits, and every rebalance ends', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), fc.nat(), async (steps, seed) => {
        const world = new World(brokerIds)
        const random = seeded(seed)
        let allGoesWell = false
        const lossy = (process: SimProcess) => {
          process.luck = (isWrite) => {
            if (allGoesWell) return 'done'
            const drawn = random.fraction()
            if (drawn < 0.95) return 'done'
            if (drawn < 0.97) return { lateMs: random.fraction() * 30_000 }
            return isWrite && drawn < 0.985 ? 'answer-lost' : 'lost'
          }
        }
        world.processes.forEach(lossy)
        const places = new Map<number, number>()
        const current: SimMember[] = []
        const crashed = async (place: number) => {
          lossy(world.start(place))
        }
        for (const each of steps) {
          if (each.kind === 'pass') await world.clock.pass(each.ms)
          else if (each.kind === 'crash') {
            const process = world.processes[each.place] as SimProcess
            let calls = each.calls
            process.luck = () => (calls-- > 0 ? 'done' : each.after ? 'dies-after' : 'dies-before')
            void process.death.then(() => crashed(each.place))
          } else if (each.kind === 'join') {
            if (current[each.who]?.isAlive) continue
            places.set(each.who, each.who)
            current[each.who] = world.member(`m${each.who}`, () => places.get(each.who) ?? 0)
          } else if (each.kind === 'move') {
            places.set(each.who, (places.get(each.who) ?? 0) + 1)
          } else {
            const member = current[each.who]
            if (member === undefined) continue
            if (each.kind === 'die') member.die()
            if (each.kind === 'leave') void member.leave()
            if (each.kind === 'commit') void member.commit()
          }
        }
        // From here on all goes well, and everybody finds one coordinator.
        allGoesWell = true
        world.processes.forEach(lossy)
        for (const who of places.keys()) places.set(who, 0)
        if (world.alive.length === 0) current[0] = world.member('m0', () => 0)
        await world.clock.pass(120_000)
        expect(world.record.violations).toEqual([])
        const state = await world.state()
        expect(state.phase).toBe('stable')
        expect(state.members.map((member) => member.clientId).sort()).toEqual(
          world.alive.map((member) => member.name).sort(),
        )
        expect(world.alive.flatMap((member) => member.partitions).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
        world.end()
      }),
      { numRuns: 40 },
    )
  })
})
