import { beforeEach, describe, expect, test } from 'vitest'
import { offset, topicId } from '../../lib/base/ids.ts'
import { offsetMetadataBytesMax, offsetsPerRequestMax, writeUnitBytes } from '../../lib/base/limits.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import type { OffsetCommit } from '../../lib/groups/offsets-commit.ts'
import { itemBytes } from '../../lib/store/item-size.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const orders = { id: topicId('orders0000000000000000'), name: 'orders' }
const clicks = { id: topicId('clicks0000000000000000'), name: 'clicks' }

const at = (partition: number, value: number, topic = orders): OffsetCommit => ({
  topic,
  partition,
  offset: offset(value),
})
const all = (count: number, value = 1) => Array.from({ length: count }, (_, partition) => at(partition, value))

describe.each(metaStores)('committed offsets on $name', ({ open }) => {
  let meta: UnreliableMeta
  let clock: ImpatientClock
  let offsets: GroupOffsets
  const another = () => new GroupOffsets({ meta, clock })

  beforeEach(() => {
    meta = new UnreliableMeta(open())
    clock = new ImpatientClock()
    offsets = another()
  })

  /** What is committed, as `topic/partition: offset`. */
  async function committed(group: string): Promise<string[]> {
    const fetched = await another().fetch(group)
    return fetched.map(({ topic, partition, committed }) => `${topic.name}/${partition}: ${committed?.offset}`)
  }

  describe('committing', () => {
    test('what was committed is read back, digit for digit', async () => {
      const commit: OffsetCommit = {
        topic: orders,
        partition: 9_999,
        offset: offset(2 ** 53 - 1),
        leaderEpoch: 7,
        metadata: 'a word, ünïcode: 💥',
      }
      expect(await offsets.commit('g', [commit])).toEqual({
        outcome: 'done',
        partitions: [{ topic: orders, partition: 9_999, outcome: 'committed' }],
      })
      const committed = { offset: 2 ** 53 - 1, leaderEpoch: 7, metadata: commit.metadata, committedMs: clock.now() }
      expect(await another().fetch('g', [{ topic: orders, partitions: [9_999, 0] }])).toEqual([
        { topic: orders, partition: 9_999, committed },
        { topic: orders, partition: 0, committed: undefined },
      ])
      expect(await another().fetch('g')).toEqual([{ topic: orders, partition: 9_999, committed }])
    })

    test('a leader epoch of -1 is none', async () => {
      await offsets.commit('g', [{ ...at(0, 1), leaderEpoch: -1 }])
      const [fetched] = await offsets.fetch('g')
      expect(fetched?.committed).toEqual({ offset: 1, metadata: '', committedMs: clock.now() })
    })

    test('is one update for 25 partitions of a topic', async () => {
      await offsets.commit('g', all(60))
      meta.reset()
      await offsets.commit('g', all(25, 2))
      expect(meta.calls).toEqual(['update'])
      meta.reset()
      await offsets.commit('g', [at(0, 3), at(24, 3), at(25, 3), at(59, 3)])
      expect(meta.calls).toEqual(['update', 'update', 'update'])
    })

    test('of a new group is listed first, then written, then listed again', async () => {
      await offsets.commit('g', [at(0, 1)])
      expect(meta.calls).toEqual(['get', 'put', 'get', 'put', 'get'])
      meta.reset()
      await another().commit('g', [at(0, 2)])
      expect(meta.calls).toEqual(['get', 'get', 'update'])
    })

    test('of the widest topic is 400 updates, and reading it 400 items in one call', async () => {
      await offsets.commit('g', all(10_000))
      meta.reset()
      await offsets.commit('g', all(10_000, 2))
      expect(meta.calls).toHaveLength(400)
      meta.reset()
      const wanted = [{ topic: orders, partitions: Array.from({ length: 10_000 }, (_, i) => i) }]
      const fetched = await offsets.fetch('g', wanted)
      expect(meta.calls).toEqual(['getMany'])
      expect(new Set(fetched.map((one) => one.committed?.offset))).toEqual(new Set([2]))
    })

    test('a full item stays within one write unit', async () => {
      const commits = Array.from({ length: 25 }, (_, i) => ({ ...at(1_000 + i, 9_999_999_999), leaderEpoch: 99 }))
      await offsets.commit('a-group-with-a-name-of-some-length', commits)
      const { items } = await meta.query('group#a-group-with-a-name-of-some-length')
      expect(items.map(itemBytes)).toHaveLength(1)
      for (const item of items) expect(itemBytes(item)).toBeLessThan(writeUnitBytes)
    })

    test('the last one wins, also backwards, and for a partition that is named twice', async () => {
      await offsets.commit('g', [at(0, 100)])
      await another().commit('g', [at(0, 5)])
      expect(await committed('g')).toEqual(['orders/0: 5'])
      const answer = await offsets.commit('g', [at(0, 6), at(1, 1), at(0, 7)])
      expect('partitions' in answer && answer.partitions).toHaveLength(2)
      expect(await committed('g')).toEqual(['orders/0: 7', 'orders/1: 1'])
    })

    test('groups and topics do not touch each other', async () => {
      await Promise.all([offsets.commit('g', [at(0, 1), at(0, 2, clicks)]), offsets.commit('g#', [at(0, 3)])])
      expect(await committed('g')).toEqual(['clicks/0: 2', 'orders/0: 1'])
      expect(await committed('g#')).toEqual(['orders/0: 3'])
      expect(await committed('offsets')).toEqual([])
    })

    test('many at once into a new item all hold', async () => {
      await Promise.all(Array.from({ length: 25 }, (_, i) => another().commit('g', [at(i, i)])))
      expect(await committed('g')).toHaveLength(25)
    })

    test('metadata that is too large is refused for its partition alone', async () => {
      const answer = await offsets.commit('g', [
        { ...at(0, 1), metadata: 'x'.repeat(offsetMetadataBytesMax) },
        { ...at(1, 1), metadata: 'é'.repeat(offsetMetadataBytesMax / 2 + 1) },
      ])
      expect(answer).toMatchObject({ partitions: [{ outcome: 'committed' }, { outcome: 'metadata-too-large' }] })
      expect(await committed('g')).toEqual(['orders/0: 1'])
    })

    test('metadata that is no text is stored as near to it as text can be', async () => {
      await offsets.commit('g', [{ ...at(0, 1), metadata: 'a\ud800' }])
      expect(await offsets.fetch('g')).toMatchObject([{ committed: { metadata: 'a\ufffd' } }])
    })

    test('a full item of the longest metadata is taken', async () => {
      const metadata = 'x'.repeat(offsetMetadataBytesMax)
      await offsets.commit(
        'g',
        all(25).map((commit) => ({ ...commit, metadata })),
      )
      expect(await committed('g')).toHaveLength(25)
    })

    test.each(['', 'x'.repeat(1_001), '\ud800'])(
      'a group of id %j is refused and was never committed to',
      async (group) => {
        expect(await offsets.commit(group, [at(0, 1)])).toMatchObject({ outcome: 'invalid-group' })
        expect(await offsets.fetch(group)).toEqual([])
        expect(await offsets.fetch(group, [{ topic: orders, partitions: [0] }])).toMatchObject([{ partition: 0 }])
        expect(await offsets.get(group)).toBeUndefined()
        await offsets.deleteOffsets(group, [at(0, 1)])
        expect(meta.calls).toEqual([])
      },
    )

    test('more partitions than a topic can have are refused', async () => {
      const many = Array.from({ length: offsetsPerRequestMax + 1 }, () => at(0, 1))
      expect(await offsets.commit('g', many)).toMatchObject({ outcome: 'too-many-partitions' })
    })

    test('nothing to commit is nothing to do', async () => {
      expect(await offsets.commit('g', [])).toEqual({ outcome: 'done', partitions: [] })
      expect(meta.calls).toEqual([])
    })
  })

  describe('generations', () => {
    test('a member of an older generation cannot move what a later one has committed', async () => {
      await offsets.commit('g', [at(0, 10)], { generation: 3 })
      expect(await offsets.commit('g', [at(0, 5)], { generation: 2 })).toMatchObject({
        partitions: [{ outcome: 'stale-generation' }],
      })
      expect(await committed('g')).toEqual(['orders/0: 10'])
      await offsets.commit('g', [at(0, 11)], { generation: 3 })
      await offsets.commit('g', [at(0, 12)], { generation: 4 })
      expect(await committed('g')).toEqual(['orders/0: 12'])
    })

    test('only the items that a later generation has committed in are closed to an older one', async () => {
      await offsets.commit('g', [at(0, 1), at(30, 1)], { generation: 1 })
      await offsets.commit('g', [at(30, 2)], { generation: 2 })
      expect(await offsets.commit('g', [at(0, 9), at(30, 9)], { generation: 1 })).toMatchObject({
        partitions: [{ outcome: 'committed' }, { outcome: 'stale-generation' }],
      })
    })

    test('a simple consumer has no generation, and leaves the one that is there', async () => {
      await offsets.commit('g', [at(0, 1)], { generation: 3 })
      expect(await offsets.commit('g', [at(0, 2)])).toMatchObject({ partitions: [{ outcome: 'committed' }] })
      expect(await offsets.commit('g', [at(0, 3)], { generation: 2 })).toMatchObject({
        partitions: [{ outcome: 'stale-generation' }],
      })
    })
  })

  describe('deleting', () => {
    test('offsets of some partitions', async () => {
      await offsets.commit('g', all(30))
      await offsets.deleteOffsets('g', [...all(29), at(500, 1), at(0, 1, clicks)])
      expect(await committed('g')).toEqual(['orders/29: 1'])
      await offsets.commit('g', [at(0, 4)])
      expect(await committed('g')).toEqual(['orders/0: 4', 'orders/29: 1'])
    })

    test('all that it had takes the group off the list, and it can be made again', async () => {
      await offsets.commit('g', [...all(60), at(0, 1, clicks)])
      expect(await offsets.expire(clock.now() + 1, 0)).toEqual({ expired: 61, groups: 1 })
      expect(await offsets.get('g')).toBeUndefined()
      expect(await committed('g')).toEqual([])
      expect(await offsets.list()).toEqual({ groups: [] })
      await offsets.commit('g', [at(0, 2)])
      expect((await another().list()).groups).toMatchObject([{ group: 'g' }])
    })

    test('a process that knew the group before lists it again when it commits', async () => {
      const late = another()
      await late.commit('g', [at(0, 1)])
      await offsets.expire(clock.now() + 1, 0)
      await late.commit('g', [at(0, 2)])
      expect((await offsets.list()).groups).toMatchObject([{ group: 'g' }])
      expect(await committed('g')).toEqual(['orders/0: 2'])
    })
  })

  test('groups are listed page by page, in the order of their ids', async () => {
    const groups = ['a', 'b#', 'c', 'd/e', 'z', 'ü', '💥']
    for (const group of groups) await offsets.commit(group, [at(0, 1)])
    const listed: string[] = []
    let after: string | undefined
    do {
      const page = await offsets.list({ limit: 2, ...(after === undefined ? {} : { after }) })
      listed.push(...page.groups.map((listing) => listing.group))
      after = page.next
    } while (after !== undefined)
    expect(listed).toEqual(groups)
    for (const last of ['💥'.repeat(2_000), '\uffff', 'zzz'.repeat(1_000), '\ud800']) {
      expect((await offsets.list({ after: last })).groups.length).toBeLessThanOrEqual(2)
    }
    expect(await offsets.get('d/e')).toEqual({ group: 'd/e', createdMs: clock.now() })
    expect(await offsets.get('d')).toBeUndefined()
  })

  test('what was committed of a deleted topic is not there for a new one of its name', async () => {
    const topics = new Topics({ meta, clock, entropy: seeded(1) })
    const withTopics = new GroupOffsets({ meta, clock, topics })
    await topics.create({ name: 'orders', partitions: 1 })
    const first = await topics.get('orders')
    if (first === undefined) throw new Error('created')
    await withTopics.commit('g', [at(0, 7, first)])
    expect(await withTopics.fetch('g')).toMatchObject([{ topic: { name: 'orders', id: first.id } }])
    await topics.delete('orders')
    expect(await withTopics.fetch('g')).toEqual([])
    await topics.create({ name: 'orders', partitions: 1 })
    const second = await topics.get('orders')
    if (second === undefined) throw new Error('created')
    expect(await withTopics.fetch('g')).toEqual([])
    expect(await withTopics.fetch('g', [{ topic: second, partitions: [0] }])).toMatchObject([{ committed: undefined }])
  })
})
