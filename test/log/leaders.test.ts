/** Two gateways and the functions on one store, in simulated time: who leads, what it costs to know, and who takes over. */
import { describe, expect, it } from 'vitest'
import { fencePartition } from '../../lib/log/delete-topic.ts'
import { headKey } from '../../lib/log/keys.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { ids, ordered, sessionMs, world } from './gateways.ts'
import { p0, readAll } from './world.ts'

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
