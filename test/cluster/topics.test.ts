import { beforeEach, describe, expect, test } from 'vitest'
import { topicCacheMsMax, topicChangeTriesMax } from '../../lib/base/limits.ts'
import type { CreateTopicAnswer } from '../../lib/cluster/topic-answers.ts'
import type { Topic } from '../../lib/cluster/topic-item.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

function created(answer: CreateTopicAnswer): Topic {
  if (answer.outcome !== 'created') throw new Error(JSON.stringify(answer))
  return answer.topic
}

describe.each(metaStores)('topics on $name', ({ open }) => {
  let meta: UnreliableMeta
  let clock: ImpatientClock
  let topics: Topics
  const entropy = seeded(1)
  const another = () => new Topics({ meta, clock, entropy })

  beforeEach(() => {
    meta = new UnreliableMeta(open())
    clock = new ImpatientClock()
    topics = another()
  })

  describe('creating', () => {
    test('a topic of 10,000 partitions is one write, as is one of a single partition', async () => {
      for (const [name, partitions] of [
        ['narrow', 1],
        ['wide', 10_000],
      ] as const) {
        meta.reset()
        const topic = created(await topics.create({ name, partitions }))
        expect(meta.calls).toEqual(['put'])
        expect(await topics.get(name)).toEqual(topic)
      }
    })

    test('what was set is there, in every process', async () => {
      const configs = { 'retention.ms': '9223372036854775807', 'cleanup.policy': 'compact,delete' }
      const topic = created(await topics.create({ name: 'orders', partitions: 6, configs }))
      const found = await another().get('orders')
      expect(found).toEqual(topic)
      expect(found).toMatchObject({ partitions: 6, configs, createdMs: clock.now(), version: 1 })
      expect(found?.config.cleanup).toEqual({ compact: true, delete: true })
    })

    test('a name is taken by whoever comes first', async () => {
      const [one, two] = await Promise.all([
        topics.create({ name: 'orders', partitions: 1 }),
        another().create({ name: 'orders', partitions: 2 }),
      ])
      expect([one.outcome, two.outcome].sort()).toEqual(['created', 'exists'])
      const winner = one.outcome === 'created' ? one : two
      expect(await topics.get('orders', { fresh: true })).toEqual('topic' in winner && winner.topic)
    })

    test('names that differ in dot and underscore only cannot live side by side', async () => {
      created(await topics.create({ name: 'a.b', partitions: 1 }))
      const answer = await topics.create({ name: 'a_b', partitions: 1 })
      expect(answer).toMatchObject({ outcome: 'invalid-name', message: expect.stringContaining('a.b') })
      expect(await topics.get('a_b')).toBeUndefined()
      expect(await topics.delete('a_b')).toMatchObject({ outcome: 'unknown-topic' })
      expect(await topics.get('a.b', { fresh: true })).toBeDefined()
    })

    test.each([
      [{ name: '../x', partitions: 1 }, 'invalid-name'],
      [{ name: '__consumer_offsets', partitions: 1 }, 'invalid-name'],
      [{ name: 'x', partitions: 0 }, 'invalid-partitions'],
      [{ name: 'x', partitions: -1 }, 'invalid-partitions'],
      [{ name: 'x', partitions: 1.5 }, 'invalid-partitions'],
      [{ name: 'x', partitions: Number.NaN }, 'invalid-partitions'],
      [{ name: 'x', partitions: 10_001 }, 'invalid-partitions'],
      [{ name: 'x', partitions: 1, configs: { 'retention.ms': 'x' } }, 'invalid-config'],
      [{ name: 'x', partitions: 1, configs: { retention: '1' } }, 'invalid-config'],
    ])('%j is refused without a call of the store', async (request, outcome) => {
      expect(await topics.create(request)).toMatchObject({ outcome, message: expect.stringMatching(/[.?]$/) })
      expect(meta.calls).toEqual([])
    })

    test('validating writes nothing', async () => {
      const request = { name: 'orders', partitions: 3, validateOnly: true }
      expect(await topics.create(request)).toMatchObject({ outcome: 'created', topic: { partitions: 3 } })
      expect(meta.writes).toBe(0)
      created(await topics.create({ name: 'orders', partitions: 3 }))
      expect(await topics.create(request)).toMatchObject({ outcome: 'exists' })
    })
  })

  describe('finding', () => {
    test('a remembered topic costs nothing, for a few seconds', async () => {
      created(await topics.create({ name: 'orders', partitions: 3 }))
      await topics.get('orders')
      meta.reset()
      for (let i = 0; i < 100; i++) await topics.get('orders')
      expect(meta.calls).toEqual([])
      clock.jump(topicCacheMsMax)
      await topics.get('orders')
      expect(meta.calls).toEqual(['get'])
    })

    test('a burst of lookups is one read', async () => {
      created(await topics.create({ name: 'orders', partitions: 3 }))
      meta.reset()
      const found = await Promise.all(Array.from({ length: 100 }, () => topics.get('orders')))
      expect(meta.calls).toEqual(['get'])
      expect(new Set(found.map((topic) => topic?.name))).toEqual(new Set(['orders']))
    })

    test('a change by another process is seen within the time of remembering, and at once by a fresh look', async () => {
      created(await topics.create({ name: 'orders', partitions: 3 }))
      await topics.get('orders')
      await another().addPartitions('orders', 9)
      expect((await topics.get('orders'))?.partitions).toBe(3)
      expect((await topics.get('orders', { fresh: true }))?.partitions).toBe(9)
      expect((await topics.get('orders'))?.partitions).toBe(9)
    })

    test('a read that began before a change of this process is not remembered after it', async () => {
      created(await topics.create({ name: 'orders', partitions: 3 }))
      const held = Promise.withResolvers<void>()
      meta.answering = held.promise
      const readings = [topics.get('orders'), topics.get('orders', { fresh: true })]
      meta.answering = Promise.resolve()
      await topics.addPartitions('orders', 9)
      held.resolve()
      for (const topic of await Promise.all(readings)) expect(topic?.partitions).toBe(3)
      expect((await topics.get('orders'))?.partitions).toBe(9)
    })

    test('a name that cannot be a topic is not looked for', async () => {
      expect(await topics.get('../x')).toBeUndefined()
      expect(await topics.get('x'.repeat(5_000))).toBeUndefined()
      expect(meta.calls).toEqual([])
    })

    test('a topic is found by its id, without a call once it was met', async () => {
      const all: Topic[] = []
      for (let i = 0; i < 30; i++) all.push(created(await topics.create({ name: `t${i}`, partitions: 1 })))
      const process = another()
      meta.reset()
      for (const topic of all) expect(await process.byId(topic.id)).toEqual(topic)
      expect(meta.calls).toEqual(['query'])
    })

    test('an id that nobody has is looked for once in a while only', async () => {
      const id = created(await topics.create({ name: 'orders', partitions: 1 })).id
      await topics.delete('orders')
      meta.reset()
      for (let i = 0; i < 10; i++) expect(await topics.byId(id)).toBeUndefined()
      expect(meta.calls).toEqual(['query'])
    })

    test('a topic that was created or altered since an id was looked for in vain is found by its id at once', async () => {
      const old = created(await topics.create({ name: 'orders', partitions: 1 }))
      const gone = created(await topics.create({ name: 'gone', partitions: 1 })).id
      await topics.delete('gone')
      const process = another()
      expect(await process.byId(gone)).toBeUndefined()
      await process.replaceConfigs('orders', { 'retention.ms': '1' })
      expect(await process.byId(old.id)).toMatchObject({ id: old.id, version: 2 })
      const fresh = created(await topics.create({ name: 'fresh', partitions: 1 }))
      expect(await process.byId(fresh.id)).toEqual(fresh)
    })

    test('all topics are listed page by page, without the deleted ones', async () => {
      const names = Array.from({ length: 25 }, (_, i) => `t${String(i).padStart(2, '0')}`)
      for (const name of names) created(await topics.create({ name, partitions: 1 }))
      for (const name of ['t03', 't04', 't05', 't24']) await topics.delete(name)
      const listed: string[] = []
      let after: string | undefined
      do {
        const page = await topics.list({ limit: 4, ...(after === undefined ? {} : { after }) })
        expect(page.topics.length).toBeLessThanOrEqual(4)
        listed.push(...page.topics.map((topic) => topic.name))
        after = page.next
      } while (after !== undefined)
      expect(listed).toEqual(names.filter((name) => !['t03', 't04', 't05', 't24'].includes(name)))
    })

    test('a list goes on from anything that a person writes', async () => {
      for (const name of ['a', 'm', 'x'.repeat(249)]) created(await topics.create({ name, partitions: 1 }))
      const names = async (after: string) => (await topics.list({ after })).topics.map((topic) => topic.name)
      expect(await names('')).toEqual(['a', 'm', 'x'.repeat(249)])
      expect(await names('b')).toEqual(['m', 'x'.repeat(249)])
      expect(await names('x'.repeat(5_000))).toEqual([])
      expect(await names('w'.repeat(5_000))).toEqual(['x'.repeat(249)])
      for (const last of ['~', '~~', '\ud800', '💥'.repeat(2_000)]) expect(await names(last)).toEqual([])
    })

    test('no topics are an empty page', async () => {
      expect(await topics.list()).toEqual({ topics: [] })
    })
  })

  describe('altering', () => {
    beforeEach(async () => {
      created(await topics.create({ name: 'orders', partitions: 3, configs: { 'retention.ms': '1' } }))
      meta.reset()
    })

    test('configs are changed by one read and one write', async () => {
      const answer = await topics.alterConfigs('orders', [
        { name: 'cleanup.policy', operation: 'APPEND', value: 'compact' },
        { name: 'retention.ms', operation: 'DELETE' },
      ])
      expect(answer).toMatchObject({ outcome: 'altered', topic: { configs: { 'cleanup.policy': 'delete,compact' } } })
      expect(meta.calls).toEqual(['get', 'update'])
      expect((await topics.get('orders'))?.config.retentionMs).toBe(604_800_000)
      expect((await another().get('orders'))?.version).toBe(2)
    })

    test('configs are replaced', async () => {
      await topics.replaceConfigs('orders', { 'segment.ms': '5' })
      expect((await another().get('orders'))?.configs).toEqual({ 'segment.ms': '5' })
    })

    test('an illegal change changes nothing and names the config', async () => {
      const answer = await topics.alterConfigs('orders', [{ name: 'retention.ms', operation: 'SET', value: '-7' }])
      expect(answer).toMatchObject({ outcome: 'invalid-config', message: expect.stringContaining('retention.ms') })
      expect(await topics.replaceConfigs('orders', { x: '1' })).toMatchObject({ outcome: 'invalid-config' })
      expect(meta.writes).toBe(0)
    })

    test('validating writes nothing', async () => {
      const options = { validateOnly: true }
      expect(await topics.replaceConfigs('orders', {}, options)).toMatchObject({ outcome: 'altered' })
      expect(await topics.addPartitions('orders', 5, options)).toMatchObject({ topic: { partitions: 5 } })
      expect(meta.writes).toBe(0)
    })

    test('partitions can only be added', async () => {
      expect(await topics.addPartitions('orders', 10_000)).toMatchObject({ topic: { partitions: 10_000 } })
      for (const total of [0, 2, 9_999, 10_000, 10_001, 1.5]) {
        expect(await topics.addPartitions('orders', total)).toMatchObject({ outcome: 'invalid-partitions' })
      }
      expect((await topics.get('orders'))?.partitions).toBe(10_000)
    })

    test('a topic that is not there cannot be altered', async () => {
      expect(await topics.alterConfigs('other', [])).toMatchObject({ outcome: 'unknown-topic' })
      expect(await topics.addPartitions('other', 5)).toMatchObject({ outcome: 'unknown-topic' })
    })

    test('alterations at the same time all hold', async () => {
      const names = ['segment.ms', 'flush.ms', 'retention.bytes', 'delete.retention.ms', 'segment.jitter.ms']
      const answers = await Promise.all([
        ...names.map((name) => another().alterConfigs('orders', [{ name, operation: 'SET', value: '77' }])),
        another().addPartitions('orders', 7),
      ])
      for (const answer of answers) expect(answer.outcome).toBe('altered')
      const topic = await topics.get('orders', { fresh: true })
      expect(topic?.partitions).toBe(7)
      expect(topic?.version).toBe(7)
      for (const name of names) expect(topic?.configs[name]).toBe('77')
    })

    test('one who always loses gives up and has changed nothing', async () => {
      let total = 100
      const slow = new UnreliableMeta(meta)
      slow.before = () => topics.addPartitions('orders', total++)
      const loser = new Topics({ meta: slow, clock, entropy })
      expect(await loser.replaceConfigs('orders', {})).toMatchObject({ outcome: 'contended' })
      const topic = await topics.get('orders', { fresh: true })
      expect(topic?.configs).toEqual({ 'retention.ms': '1' })
      expect(topic?.version).toBe(1 + topicChangeTriesMax)
    })
  })

  describe('deleting', () => {
    test('a deleted topic is gone for everyone at once, and its data is work for somebody', async () => {
      const { id } = created(await topics.create({ name: 'orders', partitions: 6 }))
      meta.reset()
      expect(await topics.delete('orders')).toEqual({ outcome: 'deleted', id })
      expect(meta.calls).toEqual(['get', 'update', 'put'])
      for (const process of [topics, another()]) {
        expect(await process.get('orders')).toBeUndefined()
        expect(await process.byId(id)).toBeUndefined()
        expect(await process.list()).toEqual({ topics: [] })
        expect(await process.delete('orders')).toMatchObject({ outcome: 'unknown-topic' })
        expect(await process.addPartitions('orders', 9)).toMatchObject({ outcome: 'unknown-topic' })
        expect(await process.replaceConfigs('orders', {})).toMatchObject({ outcome: 'unknown-topic' })
      }
      const work = { id, name: 'orders', partitions: 6, deletedMs: clock.now(), swept: 0 }
      expect(await topics.deleted.list()).toEqual({ topics: [work] })
    })

    test('a new topic of the name is another topic', async () => {
      const first = created(await topics.create({ name: 'orders', partitions: 6 }))
      await topics.delete('orders')
      const second = created(await topics.create({ name: 'orders', partitions: 2 }))
      expect(second.id).not.toBe(first.id)
      expect(await topics.get('orders')).toEqual(second)
      expect(await topics.byId(first.id)).toBeUndefined()
      expect((await topics.deleted.list()).topics.map((topic) => topic.id)).toEqual([first.id])
    })

    test('forgetting takes the tombstone and the work, and never the topic that came after', async () => {
      const first = created(await topics.create({ name: 'orders', partitions: 6 }))
      await topics.delete('orders')
      await topics.deleted.sweptTo(first.id, 4)
      await topics.deleted.sweptTo(first.id, 2)
      expect((await topics.deleted.get(first.id))?.swept).toBe(4)
      const second = created(await topics.create({ name: 'orders', partitions: 2 }))
      await topics.deleted.forget(first.id)
      await topics.deleted.forget(first.id)
      await topics.deleted.sweptTo(first.id, 6)
      expect(await topics.deleted.list()).toEqual({ topics: [] })
      expect(await topics.get('orders', { fresh: true })).toEqual(second)
      await topics.delete('orders')
      await topics.deleted.forget(second.id)
      expect((await meta.query('cluster')).items).toEqual([])
    })

    test('deleted topics are listed page by page', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        created(await topics.create({ name, partitions: 1 }))
        await topics.delete(name)
      }
      const first = await topics.deleted.list({ limit: 3 })
      expect(first.topics).toHaveLength(3)
      if (first.next === undefined) throw new Error('there is more')
      const second = await topics.deleted.list({ after: first.next, limit: 3 })
      expect(new Set([...first.topics, ...second.topics].map((topic) => topic.name)).size).toBe(5)
      expect(second.next).toBeUndefined()
    })
  })
})
