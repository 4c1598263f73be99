import { beforeEach, describe, expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { offsetsRetentionMsDefault } from '../../lib/base/limits.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const retentionMs = offsetsRetentionMsDefault

describe.each(metaStores)('expiry of offsets on $name', ({ open }) => {
  let meta: UnreliableMeta
  let clock: ImpatientClock
  let topics: Topics
  let offsets: GroupOffsets
  let orders: { id: Topic['id']; name: string }
  type Topic = NonNullable<Awaited<ReturnType<Topics['get']>>>

  const at = (partition: number, value: number) => ({ topic: orders, partition, offset: offset(value) })

  beforeEach(async () => {
    meta = new UnreliableMeta(open())
    clock = new ImpatientClock()
    topics = new Topics({ meta, clock, entropy: seeded(1) })
    offsets = new GroupOffsets({ meta, clock, topics })
    const answer = await topics.create({ name: 'orders', partitions: 100 })
    if (answer.outcome !== 'created') throw new Error(answer.message)
    orders = answer.topic
  })

  test('what was committed within the retention stays, what is older goes, and its group with it', async () => {
    await offsets.commit('old', [at(0, 1), at(30, 1)])
    await offsets.commit('both', [at(0, 1), at(1, 1)])
    clock.jump(retentionMs)
    await offsets.commit('both', [at(1, 2)])
    await offsets.commit('new', [at(0, 1)])
    expect(await offsets.expire(clock.now(), retentionMs)).toEqual({ expired: 0, groups: 0 })
    expect(await offsets.expire(clock.now() + 1, retentionMs)).toEqual({ expired: 3, groups: 1 })
    expect(await offsets.fetch('old')).toEqual([])
    expect(await offsets.fetch('both')).toMatchObject([{ partition: 1, committed: { offset: 2 } }])
    expect((await offsets.list()).groups.map((listing) => listing.group)).toEqual(['both', 'new'])
    expect((await meta.query('group#old')).items).toEqual([])
  })

  test('steps are bounded, and go on where the last one ended', async () => {
    for (let i = 0; i < 10; i++) await offsets.commit(`g${i}`, [at(0, 1)])
    clock.jump(retentionMs + 1)
    let groups = 0
    let steps = 0
    let after: string | undefined
    do {
      const page = await offsets.expire(clock.now(), retentionMs, {
        limit: 3,
        ...(after === undefined ? {} : { after }),
      })
      expect(page.groups).toBeLessThanOrEqual(3)
      groups += page.groups
      steps++
      after = page.next
    } while (after !== undefined)
    expect({ groups, steps }).toEqual({ groups: 10, steps: 4 })
    expect((await meta.query('cluster', { from: 'group#', to: 'group$' })).items).toEqual([])
  })

  test('an offset that is committed again while it is judged stays', async () => {
    await offsets.commit('g', [at(0, 1), at(1, 1)])
    clock.jump(retentionMs + 1)
    const judge = new UnreliableMeta(meta)
    judge.before = () => offsets.commit('g', [at(1, 2)])
    const janitor = new GroupOffsets({ meta: judge, clock, topics })
    expect(await janitor.expire(clock.now(), retentionMs)).toEqual({ expired: 1, groups: 0 })
    expect(await offsets.fetch('g')).toMatchObject([{ partition: 1, committed: { offset: 2 } }])
  })

  test('a commit for another partition just before the item would go is kept', async () => {
    await offsets.commit('g', [at(0, 1)])
    clock.jump(retentionMs + 1)
    const judge = new UnreliableMeta(meta)
    judge.before = async () => {
      if (judge.writes === 1) await offsets.commit('g', [at(3, 9)])
    }
    const janitor = new GroupOffsets({ meta: judge, clock, topics })
    expect(await janitor.expire(clock.now(), retentionMs)).toEqual({ expired: 1, groups: 0 })
    expect(await offsets.fetch('g')).toMatchObject([{ partition: 3, committed: { offset: 9 } }])
    expect((await offsets.list()).groups).toHaveLength(1)
  })

  test('a group that commits without end keeps what it has', async () => {
    await offsets.commit('g', [at(0, 1)])
    clock.jump(retentionMs + 1)
    let next = 10
    const judge = new UnreliableMeta(meta)
    judge.before = () => offsets.commit('g', [at(0, next++)])
    const janitor = new GroupOffsets({ meta: judge, clock, topics })
    // A clock far ahead: whatever is committed has expired.
    expect(await janitor.expire(clock.now() + 2 * retentionMs, retentionMs)).toEqual({ expired: 0, groups: 0 })
    expect(await offsets.fetch('g')).toMatchObject([{ committed: { offset: next - 1 } }])
  })

  test('a group with items of another kind stays on the list, untouched', async () => {
    await offsets.commit('g', [at(0, 1)])
    await meta.put({ pk: 'group#g', sk: 'other' })
    const before = await offsets.get('g')
    clock.jump(retentionMs + 1)
    meta.reset()
    expect(await offsets.expire(clock.now(), retentionMs)).toEqual({ expired: 1, groups: 0 })
    expect(meta.writes).toBe(1)
    expect(await offsets.get('g')).toEqual(before)
  })

  test('two who expire at once are as one', async () => {
    for (let i = 0; i < 5; i++) await offsets.commit(`g${i}`, [at(0, 1), at(50, 1)])
    clock.jump(retentionMs + 1)
    const two = [1, 2].map(() => new GroupOffsets({ meta, clock, topics }))
    await Promise.all(two.map((janitor) => janitor.expire(clock.now(), retentionMs)))
    await offsets.expire(clock.now(), retentionMs)
    expect(await offsets.list()).toEqual({ groups: [] })
  })

  test('offsets of a deleted topic go at once, those of the topic that took its name stay', async () => {
    await offsets.commit('g', [at(0, 1)])
    await topics.delete('orders')
    const answer = await new Topics({ meta, clock, entropy: seeded(9) }).create({
      name: 'orders',
      partitions: 1,
    })
    if (answer.outcome !== 'created') throw new Error(answer.message)
    await offsets.commit('g', [{ topic: answer.topic, partition: 0, offset: offset(8) }])
    expect(await offsets.expire(clock.now(), retentionMs)).toEqual({ expired: 1, groups: 0 })
    expect(await offsets.fetch('g')).toMatchObject([{ topic: { id: answer.topic.id }, committed: { offset: 8 } }])
  })

  test('a process that remembers a deleted topic takes nothing from the one that took its name', async () => {
    await topics.get('orders')
    const others = new Topics({ meta, clock, entropy: seeded(9) })
    await others.delete('orders')
    const answer = await others.create({ name: 'orders', partitions: 1 })
    if (answer.outcome !== 'created') throw new Error(answer.message)
    await offsets.commit('g', [{ topic: answer.topic, partition: 0, offset: offset(8) }])
    expect(await offsets.expire(clock.now(), retentionMs)).toEqual({ expired: 0, groups: 0 })
  })

  test('a group that was listed and never written is taken off the list', async () => {
    meta.fate = (write) => (write === 1 ? 'dies' : 'done')
    meta.reset(meta.fate)
    await expect(offsets.commit('g', [at(0, 1)])).rejects.toThrow()
    meta.reset()
    expect(await offsets.expire(clock.now(), retentionMs)).toEqual({ expired: 0, groups: 1 })
  })
})
