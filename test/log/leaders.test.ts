/** Two gateways and the functions on one store, in simulated time: who leads, what it costs to know, and who takes over. */
import { describe, expect, it } from 'vitest'
import type { Epoch, PartitionId } from '../../lib/base/ids.ts'
import { leaderMovesPerStepMax } from '../../lib/base/limits.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { chooseBroker } from '../../lib/cluster/rendezvous.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { fencePartition } from '../../lib/log/delete-topic.ts'
import { elect } from '../../lib/log/election.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { headKey, partitionKey } from '../../lib/log/keys.ts'
import { LeaderBalance } from '../../lib/log/leader-balance.ts'
import type { PartitionLeader } from '../../lib/log/leader-types.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { Log } from '../../lib/log/log.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, p0, partitionOf, readAll } from './world.ts'

const sessionMs = 9_000
const ids = Array.from({ length: 24 }, (_, partition) => partitionOf(partition))

function world() {
  const clock = new SimClock()
  const stores = memoryStores()
  const gateway = (id: number) => {
    const meta = new UnreliableMeta(stores.meta)
    const entropy = seeded(id)
    const report = () => {}
    const node = { id, host: '127.0.0.1', port: 9090 + id, rack: null }
    const brokers = new LeasedBrokers({ meta, clock, entropy, report }, node)
    const hints = new HeadHints({ clock })
    const elections: string[] = []
    const onElection = ({ partition }: PartitionId, { leader, leaderEpoch }: PartitionLeader) =>
      void elections.push(`${partition}: ${leader} in ${leaderEpoch}`)
    const leaders = new PartitionLeaders({ meta, clock, brokers, hints, onElection })
    const balance = new LeaderBalance({ meta, clock, brokers, hints, report, onElection })
    const log = new Log({ ...stores, meta, clock, entropy, hints, brokerId: id })
    const produce = async (value: string, partition = p0) => {
      const check = await leaders.check(partition, -1)
      if (check.outcome !== 'leader') return check
      return log.append(partition, batchOf([value]), { leaderEpoch: check.leaderEpoch })
    }
    return { id, node, meta, brokers, hints, leaders, balance, log, produce, elections }
  }
  const head = async (partition = p0) =>
    parseHead((await stores.meta.get(headKey(partition), { strong: true })) ?? newHead(partition))
  /** Both started, and each has seen the other. */
  const two = async () => {
    const [one, two] = [gateway(1), gateway(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(2_100)
    return [one, two] as const
  }
  const die = (dead: ReturnType<typeof gateway>) => {
    dead.meta.fate = () => 'lost'
  }
  return { clock, stores, gateway, head, two, die }
}

type Gateway = ReturnType<ReturnType<typeof world>['gateway']>

/** The gateway that all agree on for a partition without a head, and the other one. */
function ordered(gateways: readonly [Gateway, Gateway], partition = p0): [Gateway, Gateway] {
  const chosen = chooseBroker(
    partitionKey(partition),
    gateways.map(({ node }) => node),
  )?.id
  return gateways[0].id === chosen ? [gateways[0], gateways[1]] : [gateways[1], gateways[0]]
}

describe('leaders', () => {
  it('of partitions that nobody has written to are agreed upon by all, without a write, and spread over the brokers', async () => {
    const { clock, stores, two } = world()
    const [one, other] = await two()
    const led = await clock.run(one.leaders.of(ids))
    expect(await clock.run(other.leaders.of(ids))).toEqual(led)
    expect(new Set(led.map(({ leader }) => leader))).toEqual(new Set([1, 2]))
    expect(led.every(({ leaderEpoch }) => leaderEpoch === 0)).toBe(true)
    expect(await stores.meta.get(headKey(p0))).toBeUndefined()
  })

  it('stand in the head from the first append on, which only the leader takes', async () => {
    const { clock, head, two } = world()
    const [leader, other] = ordered(await two())
    expect(await clock.run(other.produce('x'))).toEqual({ outcome: 'not-leader', leader: leader.id, leaderEpoch: 0 })
    expect(await clock.run(leader.produce('x'))).toMatchObject({ outcome: 'appended', baseOffset: 0 })
    expect(await head()).toMatchObject({ epoch: 0, leader: leader.id })
  })

  it('cost a busy partition nothing, and an idle one a read in half a minute', async () => {
    const { clock, two } = world()
    const [leader] = ordered(await two())
    await clock.run(leader.produce('first'))
    leader.meta.reset()
    for (let n = 0; n < 300; n++) {
      await clock.run(leader.produce(`${n}`))
      await clock.pass(100)
    }
    const count = (name: string) => leader.meta.calls.filter((call) => call === name).length
    const renewals = 15
    expect([count('get'), count('getMany'), count('query')]).toEqual([0, 0, renewals])
    // One a batch; the bytes of each, and a page of pointers now and then.
    expect(count('update')).toBe(300 + renewals)
    expect(count('put')).toBeLessThan(330)
    leader.meta.reset()
    for (let seconds = 0; seconds < 120; seconds++) {
      expect(await clock.run(Promise.resolve(leader.leaders.check(p0, 0)))).toMatchObject({ outcome: 'leader' })
      await clock.pass(1_000)
    }
    expect(leader.meta.calls.filter((call) => call === 'get').length).toBeLessThanOrEqual(4)
  })

  it('are known without a promise where memory knows', async () => {
    const { clock, two } = world()
    const [leader] = ordered(await two())
    await clock.run(leader.produce('x'))
    expect(leader.leaders.check(p0, -1)).toEqual({ outcome: 'leader', leaderEpoch: 0 })
  })

  it('of many partitions are read a hundred in a call, and remembered for some seconds', async () => {
    const { clock, two } = world()
    const [one] = await two()
    one.meta.reset()
    await clock.run(one.leaders.of(ids))
    await clock.run(one.leaders.of([...ids, ...ids]))
    expect(one.meta.calls.filter((call) => call !== 'query' && call !== 'update')).toEqual(['getMany'])
  })

  it('that are dead are replaced by whoever is asked, in one update, and what they had in flight is refused', async () => {
    const { clock, head, two, die } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    die(leader)
    leader.meta.fate = () => 'late'
    const late = leader.produce('late')
    await clock.pass(sessionMs)
    other.meta.reset()
    const asked = await clock.run(Promise.all(Array.from({ length: 20 }, () => other.leaders.of([p0]))))
    for (const [led] of asked) expect(led).toEqual({ leader: other.id, leaderEpoch: 1 })
    expect(other.meta.calls.filter((call) => call === 'update').length).toBe(1)
    expect(await clock.run(other.produce('1'))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    await leader.meta.deliver()
    leader.meta.fate = () => 'done'
    expect(await clock.run(late)).toMatchObject({ outcome: expect.not.stringMatching('appended') })
    expect(await clock.run(readAll(other.log))).toEqual(['0', '1'])
    expect(await head()).toMatchObject({ epoch: 1, epochBegins: { 0: 0, 1: 1 } })
    expect([leader.elections, other.elections]).toEqual([[], [`0: ${other.id} in 1`]])
  })

  it('whose replacement cannot be stored are answered as they are, beside others that were replaced', async () => {
    const { clock, two, die } = world()
    const gateways = await two()
    const [leader, other] = ordered(gateways)
    const mine = ids.filter((id) => ordered(gateways, id)[0] === leader).slice(0, 2)
    for (const id of mine) await clock.run(leader.produce('0', id))
    die(leader)
    await clock.pass(sessionMs)
    let elections = 0
    other.meta.fate = (_, call) => (call === 'update' && ++elections === 1 ? 'answer-lost' : 'done')
    const update = other.meta.update.bind(other.meta)
    other.meta.update = (key, change, guard) =>
      key.pk === headKey(mine[0] ?? p0).pk
        ? Promise.reject(new StoreUnavailable('an update'))
        : update(key, change, guard)
    expect(await clock.run(other.leaders.of(mine))).toEqual([
      { leader: leader.id, leaderEpoch: 0 },
      { leader: other.id, leaderEpoch: 1 },
    ])
  })

  it('that were stopped answer that they do not lead, at once, and never append what they accepted before', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    // Accepted; then its bytes take until after the pause.
    let go = () => {}
    const stopped = new Promise<void>((resolve) => {
      go = resolve
    })
    leader.meta.before = () => stopped
    const accepted = leader.produce('accepted')
    await clock.pass(10)
    await clock.pass(sessionMs + 1)
    expect(leader.leaders.check(p0, -1)).toMatchObject({ outcome: 'not-leader', leader: other.id })
    expect(await clock.run(other.produce('1'))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    leader.meta.before = async () => {}
    go()
    expect(await clock.run(accepted)).toEqual({ outcome: 'fenced-leader' })
    await clock.pass(4_200)
    expect(leader.brokers.leasedSinceMs()).toBeDefined()
    expect(await clock.run(leader.produce('2'))).toMatchObject({
      outcome: 'not-leader',
      leader: other.id,
      leaderEpoch: 1,
    })
    expect(await clock.run(readAll(leader.log))).toEqual(['0', '1'])
  })

  it('look their partitions up again after a lapse, also where nobody else was elected', async () => {
    const { clock, two } = world()
    const [leader] = ordered(await two())
    await clock.run(leader.produce('0'))
    clock.jump(sessionMs + 1)
    expect(leader.leaders.check(p0, -1)).toMatchObject({ outcome: 'not-leader' })
    await clock.pass(2_100)
    leader.meta.reset()
    expect(await clock.run(Promise.resolve(leader.leaders.check(p0, 0)))).toEqual({ outcome: 'leader', leaderEpoch: 0 })
    expect(leader.meta.calls).toContain('get')
  })

  it('judge what epoch a client believes in, before whether they lead', async () => {
    const { clock, two, die } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    die(leader)
    await clock.pass(sessionMs)
    await clock.run(other.leaders.of([p0]))
    const check = (asked: number) => clock.run(Promise.resolve(other.leaders.check(p0, asked)))
    const led = { leader: other.id, leaderEpoch: 1 }
    expect(await check(0)).toEqual({ outcome: 'fenced-leader-epoch', ...led })
    expect(await check(1)).toEqual({ outcome: 'leader', leaderEpoch: 1 })
    expect(await check(2)).toEqual({ outcome: 'unknown-leader-epoch', ...led })
    leader.meta.fate = () => 'done'
    await clock.pass(4_100)
    expect(await clock.run(Promise.resolve(leader.leaders.check(p0, 0)))).toEqual({
      outcome: 'fenced-leader-epoch',
      ...led,
    })
  })

  it('are looked up when a client knows a newer epoch', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    expect(other.leaders.check(p0, 0)).toBeInstanceOf(Promise)
    await clock.run(Promise.resolve(other.leaders.check(p0, 0)))
    // Handed over behind its back.
    expect(await clock.run(leader.balance.handOver())).toBe(1)
    expect(other.leaders.check(p0, 0)).toMatchObject({ outcome: 'not-leader', leader: leader.id })
    expect(await clock.run(Promise.resolve(other.leaders.check(p0, 1)))).toEqual({ outcome: 'leader', leaderEpoch: 1 })
  })

  it('of deleted topics are nobody', async () => {
    const { clock, stores, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    await fencePartition({ meta: stores.meta, clock }, p0)
    expect(await clock.run(leader.produce('1'))).toEqual({ outcome: 'unknown-partition' })
    expect(leader.leaders.check(p0, -1)).toEqual({ outcome: 'unknown-partition' })
    expect(await clock.run(other.leaders.of([p0]))).toEqual([{ leader: -1, leaderEpoch: -1 }])
    expect(await clock.run(other.leaders.epochEnd(p0, 0))).toEqual({ outcome: 'unknown-partition' })
  })

  it('cannot be told while the store is away, except by those who know', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    other.meta.get = () => Promise.reject(new StoreUnavailable('a read'))
    expect(await clock.run(Promise.resolve(other.leaders.check(p0, -1)))).toMatchObject({ outcome: 'unavailable' })
    leader.meta.get = other.meta.get
    expect(leader.leaders.check(p0, -1)).toMatchObject({ outcome: 'leader' })
    expect(await clock.run(other.leaders.epochEnd(p0, 0))).toMatchObject({ outcome: 'unavailable' })
  })
})

describe('where an epoch ended', () => {
  it('is where the next one began, the end of the log for the current one, and unknown for one to come', async () => {
    const { clock, two, die } = world()
    const [leader, other] = ordered(await two())
    for (const value of ['0', '1', '2']) await clock.run(leader.produce(value))
    die(leader)
    await clock.pass(sessionMs)
    await clock.run(other.leaders.of([p0]))
    await clock.run(other.produce('3'))
    const end = (asked: number) => clock.run(other.leaders.epochEnd(p0, asked))
    expect(await end(0)).toEqual({ outcome: 'found', leaderEpoch: 0, endOffset: 3 })
    expect(await end(1)).toEqual({ outcome: 'found', leaderEpoch: 1, endOffset: 4 })
    expect(await end(2)).toEqual({ outcome: 'unknown-epoch' })
    expect(await end(-1)).toEqual({ outcome: 'unknown-epoch' })
  })

  it('is 0 where nobody has written', async () => {
    const { clock, two } = world()
    const [one] = await two()
    expect(await clock.run(one.leaders.epochEnd(p0, 0))).toEqual({ outcome: 'found', leaderEpoch: 0, endOffset: 0 })
  })
})

describe('the functions', () => {
  it('lead everything, beside gateways too, and depose nobody', async () => {
    const { clock, stores, head, two } = world()
    const [leader] = ordered(await two())
    await clock.run(leader.produce('0'))
    const hints = new HeadHints({ clock })
    const brokers = new SoleBroker({ id: functionsBrokerId, host: 'functions', port: 443, rack: null })
    const leaders = new PartitionLeaders({ meta: stores.meta, clock, brokers, hints })
    const log = new Log({ ...stores, clock, entropy: seeded(9), hints })
    expect(await leaders.of([p0])).toEqual([{ leader: 0, leaderEpoch: 0 }])
    expect(leaders.check(p0, 0)).toEqual({ outcome: 'leader', leaderEpoch: 0 })
    const appended = log.append(p0, batchOf(['1']), { leaderEpoch: 0 as Epoch })
    expect(await clock.run(appended)).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await head()).toMatchObject({ epoch: 0, leader: leader.id })
    // An election is learned of by the append that it refuses.
    await clock.run(leader.balance.handOver())
    expect(await clock.run(log.append(p0, batchOf(['2']), { leaderEpoch: 0 as Epoch }))).toEqual({
      outcome: 'fenced-leader',
    })
    expect(leaders.check(p0, -1)).toEqual({ outcome: 'leader', leaderEpoch: 1 })
  })

  it('are deposed by gateways, of what they led before those came', async () => {
    const { clock, stores, head, two } = world()
    const log = new Log({ ...stores, clock, entropy: seeded(9) })
    await clock.run(log.append(p0, batchOf(['0'])))
    expect(await head()).toMatchObject({ epoch: 0, leader: functionsBrokerId })
    const [leader] = ordered(await two())
    expect(await clock.run(leader.produce('1'))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await head()).toMatchObject({ epoch: 1, leader: leader.id })
    // And go on appending what came over HTTP, under whatever epoch there is.
    expect(await clock.run(log.append(p0, batchOf(['2'])))).toMatchObject({ outcome: 'appended', baseOffset: 2 })
    expect(await clock.run(readAll(leader.log))).toEqual(['0', '1', '2'])
  })
})

describe('a cluster of one process', () => {
  it('leads everything from memory for ever, and takes over what the data was led by before', async () => {
    const { clock, stores } = world()
    await stores.meta.put({ ...newHead(partitionOf(1), 7) })
    const meta = new UnreliableMeta(stores.meta)
    const hints = new HeadHints({ clock })
    const brokers = new SoleBroker({ id: 1, host: '127.0.0.1', port: 9092, rack: null })
    const leaders = new PartitionLeaders({ meta, clock, brokers, hints })
    expect(await clock.run(leaders.of([p0, partitionOf(1)]))).toEqual([
      { leader: 1, leaderEpoch: 0 },
      { leader: 1, leaderEpoch: 1 },
    ])
    meta.reset()
    await clock.pass(24 * 3_600_000)
    expect(leaders.check(p0, 0)).toEqual({ outcome: 'leader', leaderEpoch: 0 })
    expect(leaders.check(partitionOf(1), 1)).toEqual({ outcome: 'leader', leaderEpoch: 1 })
    expect(meta.calls).toEqual([])
  })
})

describe('partitions', () => {
  it('move to a broker that has come, slowly, and only those that are its own', async () => {
    const { clock, gateway } = world()
    const one = gateway(1)
    const many = Array.from({ length: 120 }, (_, partition) => partitionOf(partition))
    await clock.run(one.brokers.start())
    for (const id of many) await clock.run(one.produce('0', id))
    expect(await clock.run(one.balance.step())).toBe(0)
    const two = gateway(2)
    await clock.run(two.brokers.start())
    await clock.pass(2_100)
    const own = many.filter((id) => chooseBroker(partitionKey(id), one.brokers.live())?.id === 2)
    expect(own.length).toBeGreaterThan(leaderMovesPerStepMax)
    // Seen for the first time, it may be gone again soon.
    expect(await clock.run(one.balance.step())).toBe(0)
    expect(await clock.run(one.balance.step())).toBe(leaderMovesPerStepMax)
    while ((await clock.run(one.balance.step())) > 0);
    one.meta.reset()
    expect(await clock.run(one.balance.step())).toBe(0)
    expect(one.meta.calls).toEqual([])
    const led = await clock.run(two.leaders.of(many))
    expect(led.filter(({ leader }) => leader === 2).length).toBe(own.length)
    expect(await clock.run(two.produce('1', own[0]))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await clock.run(one.produce('2', own[0]))).toMatchObject({ outcome: 'not-leader', leader: 2 })
  })

  it('are handed over by a broker that closes, and its lease with them', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    expect(await clock.run(leader.balance.handOver())).toBe(1)
    expect(leader.elections).toEqual([`0: ${other.id} in 1`])
    await clock.run(leader.brokers.close())
    expect(await clock.run(other.produce('1'))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await clock.run(leader.produce('2'))).toMatchObject({
      outcome: 'not-leader',
      leader: other.id,
      leaderEpoch: 1,
    })
  })
})

describe('a batch that names its leader epoch', () => {
  it('is appended under it only: refused once the epoch has moved on, appended by a writer whose view was older', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    const append = (log: Log, value: string, leaderEpoch?: number) =>
      clock.run(
        log.append(p0, batchOf([value]), leaderEpoch === undefined ? {} : { leaderEpoch: leaderEpoch as Epoch }),
      )
    await append(leader.log, '0', 0)
    await append(other.log, '1', 0)
    await clock.run(leader.balance.handOver())
    // Its view is of epoch 0: a refusal by the epoch, or a look, brings the newer one.
    expect(await append(other.log, '2', 1)).toMatchObject({ outcome: 'appended', baseOffset: 2 })
    expect(await append(leader.log, '3', 0)).toEqual({ outcome: 'fenced-leader' })
    expect(await append(leader.log, '4')).toMatchObject({ outcome: 'appended', baseOffset: 3 })
    expect(await clock.run(readAll(other.log))).toEqual(['0', '1', '2', '4'])
  })

  it('is answered alone: what gathered with it and names none, or a newer one, is appended', async () => {
    const { clock, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    await clock.run(leader.balance.handOver())
    const results = await clock.run(
      Promise.all(
        [0, undefined, 1, 0, undefined].map((leaderEpoch, n) =>
          other.log.append(
            p0,
            batchOf([`${n}`]),
            leaderEpoch === undefined ? {} : { leaderEpoch: leaderEpoch as Epoch },
          ),
        ),
      ),
    )
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'fenced-leader',
      'appended',
      'appended',
      'fenced-leader',
      'appended',
    ])
    expect(await clock.run(readAll(leader.log))).toEqual(['0', '1', '2', '4'])
  })

  it('whose fate is unknown when the epoch moves on is not called refused if it had landed', async () => {
    const { clock, head, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    let updates = 0
    leader.meta.fate = (_, call) => (call === 'update' && ++updates === 1 ? 'answer-lost' : 'done')
    leader.meta.before = async () => {
      // Between the try that landed and the next one another is elected.
      if (updates === 2) await elect({ meta: other.meta, clock }, p0, await head(), other.id)
    }
    expect(await clock.run(leader.produce('1'))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await head()).toMatchObject({ epoch: 1, leader: other.id, epochBegins: { 1: 2 } })
    expect(await clock.run(readAll(other.log))).toEqual(['0', '1'])
  })
})
