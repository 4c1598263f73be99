import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GroupWorld } from './group-world.ts'
import { ModernClient } from './modern-client.ts'
import { doublyAssigned, doublyOwned, unsettled } from './owners.ts'

type Step =
  | { readonly do: 'join'; readonly topics: readonly string[]; readonly isStatic: boolean }
  | { readonly do: 'beat' | 'lose' | 'repeat' | 'die' | 'leave' | 'pause' | 'restart' | 'dawdle'; readonly who: number }
  | { readonly do: 'subscribe'; readonly who: number; readonly topics: readonly string[] }
  | { readonly do: 'grow' | 'delete' | 'create'; readonly topic: string }
  | { readonly do: 'wait'; readonly ms: number }

const names = ['a', 'b', 'c']
const who = fc.nat({ max: 7 })
const topics = fc.subarray(names)
const topic = fc.constantFrom(...names)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), topics, isStatic: fc.boolean() }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('beat' as const), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('lose' as const, 'repeat', 'die', 'leave', 'pause', 'restart', 'dawdle'),
      who,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, topics }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('grow' as const, 'delete', 'create'), topic }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 50_000 }) }) },
)

class Storm {
  readonly world = new GroupWorld()
  readonly clients: ModernClient[] = []
  readonly #partitions = new Map(names.map((name) => [name, 3]))

  constructor() {
    for (const name of names) this.world.topic(name, 3)
  }

  take(next: Step): void {
    if ('who' in next) {
      const client = this.clients[next.who % Math.max(this.clients.length, 1)]
      if (client !== undefined) this.#let(client, next)
    } else if (next.do === 'join') {
      const instanceId = next.isStatic ? `i${this.clients.length}` : null
      if (this.clients.length < 8) this.clients.push(new ModernClient(this.world, next.topics, instanceId))
      this.clients.at(-1)?.heartbeat()
    } else if (next.do === 'wait') {
      this.world.pass(next.ms)
    } else if (next.do === 'delete') {
      this.#partitions.delete(next.topic)
      this.world.deleteTopic(next.topic)
    } else {
      const partitions = (this.#partitions.get(next.topic) ?? 0) + 1
      this.#partitions.set(next.topic, partitions)
      this.world.topic(next.topic, partitions)
    }
  }

  #let(client: ModernClient, next: Extract<Step, { who: number }>): void {
    if (next.do === 'subscribe') client.topics = next.topics
    if (next.do === 'dawdle') client.revokes = client.revokes === 'slowly' ? 'at once' : 'slowly'
    if (next.do === 'lose' || next.do === 'repeat') client.heartbeat('is lost')
    if (next.do === 'die') client.die()
    if (next.do === 'leave') client.leave()
    if (next.do === 'pause') client.leave(client.instanceId === null ? -1 : -2)
    if (next.do === 'restart') {
      client.leave(-2)
      client.restart()
    }
    if (['subscribe', 'beat', 'repeat', 'restart'].includes(next.do)) client.heartbeat()
  }

  /** Everybody who lives keeps on; the dead are noticed. */
  calm(): number {
    for (const client of this.clients) client.revokes = 'at once'
    for (let rounds = 1; rounds <= 40; rounds++) {
      for (const client of this.clients) client.heartbeat()
      this.world.pass(5_000)
      const living = this.clients.filter(({ isAlive }) => isAlive)
      if (living.length === 0 || (rounds > 10 && unsettled(this.world, living).length === 0)) return rounds
    }
    return Infinity
  }
}

test('whatever members and topics do, no partition is read by two members, and every rebalance ends with the target', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const storm = new Storm()
      for (const next of steps) {
        storm.take(next)
        expect(doublyOwned(storm.world, storm.clients)).toEqual([])
        if (storm.world.state?.kind === 'consumer') expect(doublyAssigned(storm.world.consumer.members)).toEqual([])
      }
      const rounds = storm.calm()
      const living = storm.clients.filter(({ isAlive }) => isAlive)
      if (living.length > 0) expect(unsettled(storm.world, living)).toEqual([])
      expect(rounds).toBeLessThan(40)
      expect(doublyOwned(storm.world, storm.clients)).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('a group at rest is not written by heartbeats', () => {
  const world = new GroupWorld()
  world.topic('a', 12)
  const clients = Array.from({ length: 5 }, () => new ModernClient(world, ['a']))
  for (let round = 0; round < 10; round++) for (const client of clients) client.heartbeat()
  expect(unsettled(world, clients)).toEqual([])
  const { writes } = world
  for (let round = 0; round < 10; round++) {
    for (const client of clients) client.heartbeat()
    world.pass(5_000)
  }
  expect(world.writes).toBe(writes)
})

test('a member that dies is out when its session ends, and its partitions are others at their next heartbeats', () => {
  const world = new GroupWorld()
  world.topic('a', 4)
  const [dying, living] = [new ModernClient(world, ['a']), new ModernClient(world, ['a'])]
  for (let round = 0; round < 5; round++) for (const client of [dying, living]) client.heartbeat()
  dying.die()
  for (let passed = 0; passed < 40_000; passed += 5_000) {
    world.pass(5_000)
    living.heartbeat()
  }
  expect(world.consumer.members).toHaveLength(2)
  world.pass(5_001)
  living.heartbeat()
  expect(world.consumer.members).toHaveLength(1)
  expect(living.owned[0]?.partitions).toEqual([0, 1, 2, 3])
})

test('a member that does not give up what it has to is out after its rebalance time-out, though it is alive', () => {
  const world = new GroupWorld()
  world.topic('a', 2)
  const slow = new ModernClient(world, ['a'])
  slow.heartbeat()
  slow.revokes = 'slowly'
  const other = new ModernClient(world, ['a'])
  other.heartbeat()
  slow.heartbeat()
  for (let passed = 0; passed < 30_000; passed += 5_000) {
    expect(world.consumer.members.map(({ id }) => id)).toContain(slow.id)
    world.pass(5_000)
    if (passed < 25_000) slow.heartbeat()
    other.heartbeat()
  }
  expect(world.consumer.members.map(({ id }) => id)).toEqual([other.id])
  other.heartbeat()
  expect(other.owned[0]?.partitions).toEqual([0, 1])
})

test('a hundred members join 200 partitions and settle within a few heartbeats each', () => {
  const world = new GroupWorld()
  for (const name of ['a', 'b']) world.topic(name, 100)
  const clients = Array.from({ length: 100 }, () => new ModernClient(world, ['a', 'b']))
  for (let round = 0; round < 4; round++) for (const client of clients) client.heartbeat()
  expect(unsettled(world, clients)).toEqual([])
})
