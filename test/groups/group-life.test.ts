/** Groups that are deleted, expire, and are asked about by operators. */
import { beforeEach, describe, expect, test } from 'vitest'
import { offset, topicId } from '../../lib/base/ids.ts'
import { groupDeletionMsMax } from '../../lib/base/limits.ts'
import type { Join } from '../../lib/groups/group-events.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { encodeSubscription } from '../../lib/wire/consumer-protocol.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type Luck, SimProcess } from './sim-process.ts'

const topicOf = (name: string) => ({ id: topicId(name.padEnd(22, '0')), name })
const orders = topicOf('orders')
const bills = topicOf('bills')
const at = (topic: typeof orders, value: number) => ({ topic, partition: 0, offset: offset(value) })
const retentionMs = 86_400_000

// SQLite answers in real turns of the event loop, in which simulated time would run away.
describe('the life of a group', () => {
  let clock: SimClock
  let process: SimProcess
  let meta: MemoryMetaStore
  const patience = { waitMsMax: 60_000, signal: new AbortController().signal }
  const start = (seed = 1) => new SimProcess({ meta, clock }, { seed, settings: { initialRebalanceDelayMs: 0 } })

  beforeEach(() => {
    clock = new SimClock()
    meta = new MemoryMetaStore()
    process = start()
  })

  /** A member that reads `orders`, and stays as long as `beats` says. */
  async function member(
    on = process,
    topics = ['orders'],
    sessionTimeoutMs = 10_000,
  ): Promise<{ memberId: string; generation: number }> {
    const join: Join = {
      kind: 'join',
      memberId: '',
      freshMemberId: 'member-1',
      instanceId: null,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: encodeSubscription(1, { topics, ownedPartitions: [] }) }],
      requiresKnownMemberId: false,
      maySkipAssignment: false,
    }
    const joined = await clock.run(on.groups.request('g', join, patience))
    if (joined === 'out-of-time' || joined.kind !== 'join') throw new Error('not joined')
    const { memberId, generation } = joined
    const sync = { memberId, instanceId: null, generation, protocolType: 'consumer', protocolName: 'range' } as const
    await clock.run(on.groups.request('g', { kind: 'sync', ...sync, assignments: [] }, patience))
    return { memberId, generation }
  }
  const leave = (memberId: string) =>
    clock.run(process.groups.request('g', { kind: 'leave', members: [{ memberId, instanceId: null }] }, patience))
  const commit = (who: { memberId: string; generation: number }, ...commits: ReturnType<typeof at>[]) =>
    clock.run(process.groups.commit('g', { ...who, instanceId: null }, commits, { version: 8 }))
  const nobody = { memberId: '', generation: -1 }
  const offsets = async () => (await process.offsets.fetch('g')).map(({ committed }) => committed?.offset)
  const admin = () => process.groups.administration
  const expire = (on = process) => clock.run(on.groups.expire(clock.now(), retentionMs))

  describe('an operator', () => {
    test('may set back the offsets of a group that nobody is in, and not while somebody is', async () => {
      expect(await clock.run(admin().commit('g', [at(orders, 5)]))).toMatchObject({ outcome: 'done' })
      const { memberId } = await member()
      expect(await clock.run(admin().commit('g', [at(orders, 1)]))).toMatchObject({ problem: 'unknown-member' })
      expect(await offsets()).toEqual([5])
      await leave(memberId)
      expect(await clock.run(admin().commit('g', [at(orders, 1)]))).toMatchObject({ outcome: 'done' })
      expect(await offsets()).toEqual([1])
    })

    test('is not kept waiting for members that died with all who heard them', async () => {
      await member()
      process.die()
      process = start(2)
      expect(await clock.run(admin().commit('g', [at(orders, 1)]))).toMatchObject({ problem: 'unknown-member' })
      await clock.pass(11_000)
      expect(await clock.run(admin().commit('g', [at(orders, 1)]))).toMatchObject({ outcome: 'done' })
    })

    test('deletes offsets of topics that no member reads', async () => {
      await commit(nobody, at(orders, 1), at(bills, 2))
      await member()
      const partitions = [orders, bills].map((topic) => ({ topic, partition: 0 }))
      expect(await clock.run(admin().deleteOffsets('g', partitions))).toEqual(['group-subscribed-to-topic', 'deleted'])
      expect(await offsets()).toEqual([1])
      expect(await clock.run(admin().deleteOffsets('nobody', partitions))).toMatchObject({ problem: 'unknown-group' })
    })

    test('sees groups by name and state', async () => {
      await commit(nobody, at(orders, 1))
      expect(await admin().list()).toMatchObject([
        { group: 'g', stateName: 'Empty', protocolType: '', kind: 'classic' },
      ])
      await member()
      expect(await admin().view('g')).toMatchObject({
        stateName: 'Stable',
        protocolType: 'consumer',
        state: { members: [{ id: 'member-1', clientId: 'c' }] },
      })
      expect(await admin().view('nobody')).toBeUndefined()
    })
  })

  describe('a deleted group', () => {
    test('is gone with its offsets, and its name begins anew', async () => {
      const who = await member()
      await commit(who, at(orders, 7))
      expect(await clock.run(admin().delete('g'))).toMatchObject({ problem: 'group-not-empty' })
      await leave(who.memberId)
      expect(await clock.run(admin().delete('g'))).toBe('deleted')
      expect(await offsets()).toEqual([])
      expect(await admin().list()).toEqual([])
      expect(await clock.run(admin().delete('g'))).toMatchObject({ problem: 'unknown-group' })
      expect(await member()).toMatchObject({ generation: 1 })
    })

    test('whose deleter died at any call is joined again after a while, with none of its old offsets', async () => {
      for (let calls = 0; ; calls++) {
        meta = new MemoryMetaStore()
        process = start(calls)
        const who = await member()
        await commit(who, at(orders, 7), at(bills, 8))
        await leave(who.memberId)
        const deleter = start(1_000 + calls)
        let left = calls
        deleter.luck = (): Luck => (left-- === 0 ? 'dies-before' : 'done')
        const ended = await clock.run(
          Promise.race([deleter.groups.administration.delete('g').then(() => 'deleted'), deleter.death]),
        )
        await clock.pass(groupDeletionMsMax + 20_000)
        process = start(2_000 + calls)
        const view = await admin().view('g')
        const again = await member()
        // Deleted or not deleted at all, and never half: a new life is empty and begins at the start.
        if (again.generation === 1) expect(await offsets()).toEqual([])
        else expect([view?.group, (await offsets()).length]).toEqual(['g', 2])
        expect(await commit(again, at(orders, 1))).toMatchObject({ partitions: [{ outcome: 'committed' }] })
        if (ended === 'deleted') break
      }
    })
  })

  test('a deletion that hangs at any call takes nothing from the group’s next life', async () => {
    for (let calls = 0; ; calls++) {
      meta = new MemoryMetaStore()
      process = start(calls)
      const who = await member()
      await commit(who, at(orders, 7))
      await leave(who.memberId)
      const deleter = start(1_000 + calls)
      let left = calls
      deleter.luck = (): Luck => (left-- === 0 ? { lateMs: 60_000 } : 'done')
      let isOver = false
      const deletion = deleter.groups.administration.delete('g').then(() => {
        isOver = true
      })
      await clock.pass(groupDeletionMsMax + 5_000)
      const hung = !isOver
      const again = await member(process, ['orders'], 600_000)
      await commit(again, at(orders, 1))
      const before = await offsets()
      await clock.run(deletion)
      // Where the deletion had not been decided, the group is not empty, and it is refused.
      expect(await offsets()).toEqual(before)
      if (!hung) break
    }
  })

  describe('offsets', () => {
    test('of a group that somebody is in are kept, those of topics that no member reads are not', async () => {
      await commit(nobody, at(orders, 1), at(bills, 2))
      const who = await member()
      const beats = retentionMs / 5_000 + 2
      clock.jump(retentionMs)
      // It was silent, but nobody has looked: it is heard of again in time.
      process.die()
      process = start(5)
      for (let beat = 0; beat < Math.min(beats, 3); beat++) {
        await clock.run(process.groups.request('g', { kind: 'heartbeat', instanceId: null, ...who }, patience))
        await clock.pass(5_000)
      }
      expect(await expire()).toEqual({ expired: 1, groups: 0 })
      expect(await offsets()).toEqual([1])
    })

    test('age from when the last member has left, not from their commit', async () => {
      const who = await member()
      await commit(who, at(orders, 1))
      for (let hour = 0; hour < 30; hour++) {
        clock.jump(3_600_000)
        process.die()
        process = start(hour)
        await clock.run(process.groups.request('g', { kind: 'heartbeat', instanceId: null, ...who }, patience))
      }
      await leave(who.memberId)
      await clock.pass(retentionMs - 1_000)
      expect(await expire()).toEqual({ expired: 0, groups: 0 })
      await clock.pass(2_000)
      expect(await expire()).toEqual({ expired: 1, groups: 1 })
      expect(await admin().view('g')).toBeUndefined()
    })

    test('of members that died with their coordinator expire all the same', async () => {
      const who = await member()
      await commit(who, at(orders, 1))
      process.die()
      clock.jump(retentionMs)
      const janitor = start(7)
      expect(await expire(janitor)).toEqual({ expired: 0, groups: 0 })
      // They had a session time-out more to be heard of; then the group is empty, and its offsets begin to age.
      await clock.pass(60_000)
      process = janitor
      expect(await admin().view('g')).toMatchObject({ stateName: 'Empty' })
      clock.jump(retentionMs)
      expect(await expire(janitor)).toEqual({ expired: 1, groups: 1 })
    })

    test('a group that nobody is in and that has none is forgotten', async () => {
      const who = await member()
      await leave(who.memberId)
      expect(await expire()).toEqual({ expired: 0, groups: 1 })
      expect(await admin().list()).toEqual([])
    })
  })
})
