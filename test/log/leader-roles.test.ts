/** Who leads beside whom: the functions, a cluster of one process, brokers that come and go; and what a batch's epoch is for. */
import { describe, expect, it } from 'vitest'
import type { Epoch } from '../../lib/base/ids.ts'
import { leaderMovesPerStepMax } from '../../lib/base/limits.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { chooseBroker } from '../../lib/cluster/rendezvous.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { elect } from '../../lib/log/election.ts'
import { newHead } from '../../lib/log/head.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { partitionKey } from '../../lib/log/keys.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { Log } from '../../lib/log/log.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { ordered, world } from './gateways.ts'
import { batchOf, p0, partitionOf, readAll } from './world.ts'

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

  it('is told so also when its time is over by then', async () => {
    const { clock, head, two } = world()
    const [leader, other] = ordered(await two())
    await clock.run(leader.produce('0'))
    // It is stopped between the bytes and the update.
    leader.meta.before = async () => {
      leader.meta.before = async () => {
        await elect({ meta: other.meta, clock }, p0, await head(), other.id)
        clock.jump(60_000)
      }
    }
    expect(await clock.run(leader.produce('1'))).toEqual({ outcome: 'fenced-leader' })
    expect(await clock.run(readAll(other.log))).toEqual(['0'])
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
