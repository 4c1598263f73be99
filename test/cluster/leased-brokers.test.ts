/** Leases in simulated time: who is taken to be alive, by whom, and who may speak for an id. */
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import { BrokerIdInUse } from '../../lib/cluster/broker-acquire.ts'
import { brokerKey } from '../../lib/cluster/broker-item.ts'
import type { BrokerNode } from '../../lib/cluster/brokers.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { SkewedClock } from '../world/skewed-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const sessionMs = 9_000

function world() {
  const clock = new SimClock()
  const meta = new MemoryMetaStore()
  let processes = 0
  const broker = (id: number, line: { meta?: UnreliableMeta | MemoryMetaStore; clock?: Clock } = {}) => {
    const reports: unknown[] = []
    const entropy = seeded(++processes)
    const node = { id, host: `gateway-${id}`, port: 9092, rack: id === 1 ? 'eu-1a' : null }
    const report = (fault: unknown) => void reports.push(fault)
    const changes: number[][] = []
    const onChange = (live: readonly BrokerNode[]) => void changes.push(live.map((each) => each.id))
    const brokers = new LeasedBrokers({ meta, clock, entropy, report, onChange, ...line }, node)
    return { brokers, reports, changes, node }
  }
  const idsOf = (brokers: LeasedBrokers) => brokers.live().map(({ id }) => id)
  return { clock, meta, broker, idsOf }
}

describe('brokers', () => {
  it('see each other alive after one interval, with the address that each gave', async () => {
    const { clock, broker, idsOf } = world()
    const [one, two] = [broker(1), broker(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    expect(idsOf(two.brokers)).toEqual([1, 2])
    await clock.pass(2_100)
    expect(one.brokers.live()).toEqual([one.node, two.node])
  })

  it('take one that renews no more for dead within its session, and its partitions are anybody else’s', async () => {
    const { clock, meta, broker, idsOf } = world()
    const line = new UnreliableMeta(meta)
    const [one, two] = [broker(1), broker(2, { meta: line })]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(60_000)
    expect(idsOf(one.brokers)).toEqual([1, 2])
    line.fate = () => 'lost'
    await clock.pass(sessionMs - 2_100)
    expect(idsOf(one.brokers)).toEqual([1, 2])
    await clock.pass(2_100)
    expect(idsOf(one.brokers)).toEqual([1])
  })

  it('know of one that closes in an interval, and it leaves nothing behind', async () => {
    const { clock, meta, broker, idsOf } = world()
    const [one, two] = [broker(1), broker(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(2_100)
    await clock.run(two.brokers.close())
    expect(await meta.get(brokerKey(2))).toBeUndefined()
    await clock.pass(20_000)
    expect(idsOf(one.brokers)).toEqual([1])
    expect(one.changes).toEqual([[1], [1, 2], [1]])
    expect(two.brokers.leasedSinceMs()).toBeUndefined()
  })

  it('whose clocks are hours apart still see each other, and notice a death', async () => {
    for (const skewMs of [-3_600_000, -6_000, 6_000, 3_600_000]) {
      const { clock, meta, broker, idsOf } = world()
      const skewed = new SkewedClock(clock)
      skewed.skewMs = skewMs
      const line = new UnreliableMeta(meta)
      const [one, two] = [broker(1), broker(2, { meta: line, clock: skewed })]
      await clock.run(one.brokers.start())
      await clock.run(two.brokers.start())
      await clock.pass(4_100)
      for (let seconds = 0; seconds < 60; seconds++) {
        await clock.pass(1_000)
        expect([idsOf(one.brokers), idsOf(two.brokers)], `skew ${skewMs}`).toEqual([
          [1, 2],
          [1, 2],
        ])
      }
      line.fate = () => 'lost'
      await clock.pass(sessionMs + 4_000)
      expect(idsOf(one.brokers), `skew ${skewMs}`).toEqual([1])
    }
  })

  it('forget a lease that has lapsed for a day', async () => {
    const { clock, meta, broker } = world()
    const dead = new UnreliableMeta(meta)
    await clock.run(broker(2, { meta: dead }).brokers.start())
    dead.fate = () => 'lost'
    const { brokers } = broker(1)
    await clock.run(brokers.start())
    clock.jump(24 * 3_600_000)
    await clock.pass(1)
    expect(await meta.get(brokerKey(2))).toBeDefined()
    await clock.pass(sessionMs + 2_100)
    expect(await meta.get(brokerKey(2))).toBeUndefined()
  })

  it('cost one update and one query an interval', async () => {
    const { clock, meta, broker } = world()
    const line = new UnreliableMeta(meta)
    const { brokers } = broker(1, { meta: line })
    await clock.run(brokers.start())
    line.reset()
    await clock.pass(20_000)
    expect(line.calls.toSorted()).toEqual([...Array(10).fill('query'), ...Array(10).fill('update')])
  })
})

describe('a broker’s own lease', () => {
  it('is not held any more by a process that was stopped for longer, until it is renewed', async () => {
    const { clock, broker, idsOf } = world()
    const [one, two] = [broker(1), broker(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(10_000)
    const since = one.brokers.leasedSinceMs()
    expect(since).toBeDefined()
    // Both sleep: nothing ran in between.
    clock.jump(sessionMs + 1)
    expect(one.brokers.leasedSinceMs()).toBeUndefined()
    expect(one.brokers.live().some(({ id }) => id === 1)).toBe(true)
    await clock.pass(2_100)
    expect(one.brokers.leasedSinceMs()).toBeGreaterThan(since ?? 0)
    expect(idsOf(one.brokers)).toEqual([1, 2])
  })

  it('is held by a clock that is set back a little, and not by one that is set back an hour until it is renewed', async () => {
    const { clock, broker } = world()
    const skewed = new SkewedClock(clock)
    const { brokers } = broker(1, { clock: skewed })
    await clock.run(brokers.start())
    skewed.skewMs = -500
    expect(brokers.leasedSinceMs()).toBeDefined()
    skewed.skewMs = -3_600_000
    expect(brokers.leasedSinceMs()).toBeUndefined()
    await clock.pass(2_100)
    expect(brokers.leasedSinceMs()).toBeDefined()
  })

  it('lapsed, leaves the others to be named to clients', async () => {
    const { clock, meta, broker, idsOf } = world()
    const line = new UnreliableMeta(meta)
    const [one, two] = [broker(1, { meta: line }), broker(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(3_000)
    line.fate = () => 'lost'
    await clock.pass(sessionMs)
    expect(one.brokers.leasedSinceMs()).toBeUndefined()
    expect(idsOf(one.brokers)).toEqual([2])
    expect(one.reports.every((fault) => fault instanceof OutcomeUnknown)).toBe(true)
  })

  it('is counted from when its renewal was sent, however late the answer', async () => {
    const { clock, meta, broker } = world()
    const line = new UnreliableMeta(meta)
    const { brokers } = broker(1, { meta: line })
    await clock.run(brokers.start())
    line.before = () => clock.sleep(5_000)
    await clock.pass(7_500)
    line.fate = () => 'lost'
    await clock.pass(3_400)
    expect(brokers.leasedSinceMs()).toBeDefined()
    await clock.pass(200)
    expect(brokers.leasedSinceMs()).toBeUndefined()
  })

  it('is refused to a second process of the same id while the first lives, with a sentence', async () => {
    const { clock, broker } = world()
    const [first, second] = [broker(1), broker(1)]
    await clock.run(first.brokers.start())
    const refused = await clock.run(second.brokers.start().catch((fault: unknown) => fault))
    expect(refused).toBeInstanceOf(BrokerIdInUse)
    expect(String(refused)).toContain('Broker 1 is running already, at gateway-1:9092')
    expect(second.brokers.leasedSinceMs()).toBeUndefined()
    expect(first.brokers.leasedSinceMs()).toBeDefined()
  })

  it('is waited for after a crash, at most for a session, also where the clock of the dead one was ahead', async () => {
    for (const skewMs of [0, 3_600_000]) {
      const { clock, meta, broker } = world()
      const line = new UnreliableMeta(meta)
      const skewed = new SkewedClock(clock)
      skewed.skewMs = skewMs
      const crashed = broker(1, { meta: line, clock: skewed })
      await clock.run(crashed.brokers.start())
      line.fate = () => 'lost'
      const before = clock.now()
      const { brokers } = broker(1)
      await clock.run(brokers.start())
      expect(brokers.leasedSinceMs()).toBeDefined()
      expect(clock.now() - before).toBeLessThanOrEqual(sessionMs + 2_000)
    }
  })

  it('is lost to a second process by the first that was stopped, which says so once and takes it back when that ends', async () => {
    const { clock, meta, broker } = world()
    const line = new UnreliableMeta(meta)
    const first = broker(1, { meta: line })
    await clock.run(first.brokers.start())
    line.fate = () => 'lost'
    await clock.pass(sessionMs + 1)
    const second = broker(1)
    await clock.run(second.brokers.start())
    line.fate = () => 'done'
    first.reports.length = 0
    await clock.pass(30_000)
    expect(first.brokers.leasedSinceMs()).toBeUndefined()
    expect(first.reports.map(String)).toEqual([expect.stringContaining('another process is broker 1 now')])
    expect(second.brokers.leasedSinceMs()).toBeDefined()
    await clock.run(second.brokers.close())
    await clock.pass(2_100)
    expect(first.brokers.leasedSinceMs()).toBeDefined()
  })

  it('is given back by its own process only', async () => {
    const { clock, meta, broker } = world()
    const line = new UnreliableMeta(meta)
    const first = broker(1, { meta: line })
    await clock.run(first.brokers.start())
    line.fate = () => 'lost'
    await clock.pass(sessionMs + 1)
    const second = broker(1)
    await clock.run(second.brokers.start())
    line.fate = () => 'done'
    await clock.run(first.brokers.close())
    expect(await meta.get(brokerKey(1))).toBeDefined()
    await clock.pass(60_000)
    expect(second.brokers.leasedSinceMs()).toBeDefined()
  })

  it('survives answers that are lost and a store that is away for a while', async () => {
    const { clock, meta, broker } = world()
    const line = new UnreliableMeta(meta)
    const { brokers, reports } = broker(1, { meta: line })
    line.fate = (write) => (write === 0 ? 'answer-lost' : 'done')
    await clock.run(brokers.start())
    const since = brokers.leasedSinceMs()
    line.before = () => Promise.reject(new StoreUnavailable('an update'))
    await clock.pass(6_000)
    line.before = async () => {}
    await clock.pass(60_000)
    expect(brokers.leasedSinceMs()).toBe(since)
    expect(reports.length).toBeGreaterThan(0)
  })
})
