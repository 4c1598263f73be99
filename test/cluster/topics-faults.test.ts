import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unknownTriesMax } from '../../lib/base/limits.ts'
import type { CreateTopicAnswer } from '../../lib/cluster/topic-answers.ts'
import type { Topic } from '../../lib/cluster/topic-item.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { OutcomeUnknown } from '../../lib/store/errors.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { Died, type Fate, UnreliableMeta } from '../world/unreliable-meta.ts'

const name = 'orders'
const configs = { 'retention.ms': '1' }

function created(answer: CreateTopicAnswer): Topic {
  if (answer.outcome !== 'created') throw new Error(JSON.stringify(answer))
  return answer.topic
}

/** Topics whose first write is done twice, with `between` between: what is answered is a refusal, of which nobody knows why. */
function triedAgain(store: MetaStore, between: () => Promise<unknown>): Topics {
  let isFirst = true
  const twice = async <Answer>(write: () => Promise<Answer>): Promise<Answer> => {
    const once = isFirst
    isFirst = false
    const answer = await write()
    if (!once) return answer
    await between()
    return write()
  }
  const meta: MetaStore = {
    get: (...call) => store.get(...call),
    getMany: (...call) => store.getMany(...call),
    query: (...call) => store.query(...call),
    put: (...call) => twice(() => store.put(...call)),
    update: (...call) => twice(() => store.update(...call)),
    delete: (...call) => twice(() => store.delete(...call)),
  }
  return new Topics({ meta, clock: new ImpatientClock(), entropy: seeded(2) })
}

describe.each(metaStores)('faults while topics change, on $name', ({ open }) => {
  /** A cluster on a good store, and a process that reaches the same store by a bad line. */
  function cluster() {
    const store = open()
    const clock = new ImpatientClock()
    const entropy = seeded(1)
    const line = new UnreliableMeta(store)
    const process = () => new Topics({ meta: store, clock, entropy })
    return { store, line, process, unlucky: new Topics({ meta: line, clock, entropy }), good: process() }
  }

  /** What must hold whatever has happened: a dead topic is never forgotten as long as it has data. */
  async function accounted({ good }: ReturnType<typeof cluster>, topic: Topic): Promise<boolean> {
    const alive = await good.get(topic.name, { fresh: true })
    if (alive?.id === topic.id) return true
    await good.deleted.finish()
    return (await good.deleted.get(topic.id)) !== undefined
  }

  test('a creation that its line tries again, long after it was done and undone by others, creates nothing a second time', async () => {
    const { store, good } = cluster()
    const topics = triedAgain(store, async () => {
      await good.delete(name)
      created(await good.create({ name, partitions: 2 }))
      await good.delete(name)
    })
    const { id } = created(await topics.create({ name, partitions: 1 }))
    expect(await good.get(name, { fresh: true })).toBeUndefined()
    expect((await good.deleted.list()).topics.map((topic) => topic.id)).toContain(id)
  })

  test('a deletion that its line tries again takes nothing that has come since', async () => {
    const { store, good } = cluster()
    const first = created(await good.create({ name, partitions: 1 }))
    const topics = triedAgain(store, () => good.create({ name, partitions: 2 }))
    expect(await topics.delete(name)).toEqual({ outcome: 'deleted', id: first.id })
    expect(await good.get(name, { fresh: true })).toMatchObject({ partitions: 2 })
  })

  describe('a process that dies', () => {
    test.each([0, 1])(
      'before write %i of a deletion leaves a topic or a dead one, and never half a topic',
      async (at) => {
        const there = cluster()
        const first = created(await there.good.create({ name, partitions: 6, configs }))
        there.line.reset((write) => (write === at ? 'dies' : 'done'))
        await expect(there.unlucky.delete(name)).rejects.toThrow(Died)
        expect(await there.process().get(name)).toEqual(at === 0 ? first : undefined)
        expect(await accounted(there, first)).toBe(true)
        await there.good.delete(name)
        const second = created(await there.good.create({ name, partitions: 1 }))
        expect(second.id).not.toBe(first.id)
        expect((await there.good.deleted.list()).topics).toMatchObject([{ id: first.id, partitions: 6 }])
      },
    )

    test.each([0, 1, 2])('before write %i of a creation in the place of a dead topic loses neither', async (at) => {
      const there = cluster()
      const first = created(await there.good.create({ name, partitions: 6 }))
      there.line.reset((write) => (write === 1 ? 'dies' : 'done'))
      await expect(there.unlucky.delete(name)).rejects.toThrow(Died)
      there.line.reset((write) => (write === at ? 'dies' : 'done'))
      await expect(there.unlucky.create({ name, partitions: 2 })).rejects.toThrow(Died)
      const second = created(await there.good.create({ name, partitions: 3 }))
      expect(await there.good.get(name, { fresh: true })).toEqual(second)
      expect((await there.good.deleted.list()).topics).toMatchObject([{ id: first.id, partitions: 6 }])
    })

    test('after the creation of a name that is dead wrote three times, all is done', async () => {
      const there = cluster()
      created(await there.good.create({ name, partitions: 6 }))
      await there.good.delete(name)
      created(await there.unlucky.create({ name, partitions: 2 }))
      expect(there.line.calls).toEqual(['put', 'get', 'put', 'put'])
    })

    test.each([0, 1])('before write %i of forgetting leaves work that ends the same way', async (at) => {
      const there = cluster()
      const first = created(await there.good.create({ name, partitions: 6 }))
      await there.good.delete(name)
      there.line.reset((write) => (write === at ? 'dies' : 'done'))
      await expect(there.unlucky.deleted.forget(first.id)).rejects.toThrow(Died)
      expect((await there.good.deleted.list()).topics).toHaveLength(1)
      await there.good.deleted.forget(first.id)
      expect((await there.store.query('cluster')).items).toEqual([])
    })

    test('between the two writes of a deletion is found by the walk, page by page', async () => {
      const there = cluster()
      const dead: string[] = []
      for (let i = 0; i < 9; i++) {
        const topic = created(await there.good.create({ name: `t${i}`, partitions: 1 }))
        if (i % 2 === 0) continue
        there.line.reset((write) => (write === 1 ? 'dies' : 'done'))
        await expect(there.unlucky.delete(topic.name)).rejects.toThrow(Died)
        dead.push(topic.id)
      }
      expect((await there.good.deleted.list()).topics).toEqual([])
      const recorded: string[] = []
      for (let page = await there.good.deleted.finish({ limit: 2 }); ; ) {
        recorded.push(...page.recorded)
        if (page.next === undefined) break
        page = await there.good.deleted.finish({ limit: 2, after: page.next })
      }
      expect(recorded).toEqual(dead)
      expect(await there.good.deleted.finish()).toEqual({ recorded: [] })
    })
  })

  // Who deletes by a line that tries again by itself is told that there is none, as Kafka's admin clients are.
  const losses: Fate[] = ['lost', 'answer-lost', 'late', 'twice']
  describe.each(losses)('a write that is %s', (fate) => {
    const at = (index: number) => (write: number) => (write === index ? fate : 'done')

    test('does not keep a topic from being created once', async () => {
      const there = cluster()
      there.line.reset(at(0))
      const topic = created(await there.unlucky.create({ name, partitions: 6 }))
      await there.line.deliver()
      expect(await there.good.get(name, { fresh: true })).toEqual(topic)
    })

    test.each([0, 1, 2])('as number %i does not keep a topic from taking the place of a dead one', async (index) => {
      const there = cluster()
      const first = created(await there.good.create({ name, partitions: 6 }))
      await there.good.delete(name)
      there.line.reset(at(index))
      const second = created(await there.unlucky.create({ name, partitions: 2 }))
      await there.line.deliver()
      expect(await there.good.get(name, { fresh: true })).toEqual(second)
      expect((await there.good.deleted.list()).topics.map((topic) => topic.id)).toEqual([first.id])
    })

    test.each([0, 1])('as number %i does not keep a topic from being deleted', async (index) => {
      const there = cluster()
      const { id } = created(await there.good.create({ name, partitions: 6 }))
      there.line.reset(at(index))
      expect(await there.unlucky.delete(name)).toEqual({ outcome: 'deleted', id })
      const second = created(await there.good.create({ name, partitions: 2 }))
      await there.line.deliver()
      expect(await there.good.get(name, { fresh: true })).toEqual(second)
      expect((await there.good.deleted.list()).topics.map((topic) => topic.id)).toEqual([id])
    })

    test('does not keep a topic from being altered, and undoes no later alteration when it comes late', async () => {
      const there = cluster()
      created(await there.good.create({ name, partitions: 6 }))
      there.line.reset(at(0))
      expect(await there.unlucky.addPartitions(name, 7)).toMatchObject({ outcome: 'altered', topic: { partitions: 7 } })
      there.line.reset(at(0))
      expect(await there.unlucky.replaceConfigs(name, configs)).toMatchObject({
        outcome: 'altered',
        topic: { configs },
      })
      await there.good.addPartitions(name, 8)
      await there.good.replaceConfigs(name, {})
      await there.line.deliver()
      expect(await there.good.get(name, { fresh: true })).toMatchObject({ partitions: 8, configs: {} })
    })

    test('does not bring a deleted topic back when it comes late', async () => {
      const there = cluster()
      there.line.reset(at(0))
      const { id } = created(await there.unlucky.create({ name, partitions: 6 }))
      await there.good.delete(name)
      await there.line.deliver()
      expect(await there.good.get(name, { fresh: true })).toBeUndefined()
      expect(await there.process().byId(id)).toBeUndefined()
    })
  })

  test('a creation whose topic was deleted and followed by another before its answer came is a creation', async () => {
    const there = cluster()
    let answers = 0
    there.line.fate = () => (answers++ === 0 ? 'answer-lost' : 'done')
    there.line.before = async () => {
      if (answers !== 2) return
      await there.good.delete(name)
      await there.good.create({ name, partitions: 9 })
    }
    expect(await there.unlucky.create({ name, partitions: 2 })).toMatchObject({ outcome: 'created' })
    expect((await there.good.get(name, { fresh: true }))?.partitions).toBe(9)
  })

  test('what stays unknown is said to be unknown, never refused', async () => {
    const there = cluster()
    there.line.reset(() => 'lost')
    await expect(there.unlucky.create({ name, partitions: 6 })).rejects.toThrow(OutcomeUnknown)
    expect(there.line.writes).toBe(unknownTriesMax)
    created(await there.good.create({ name, partitions: 6 }))
    await expect(there.unlucky.delete(name)).rejects.toThrow(OutcomeUnknown)
    await expect(there.unlucky.addPartitions(name, 9)).rejects.toThrow(OutcomeUnknown)
  })

  test('whatever is lost, late or sent twice, no id lives twice and no dead topic is forgotten', async () => {
    const fateOf = fc.constantFrom<Fate>(
      'done',
      'done',
      'done',
      'lost',
      'answer-lost',
      'late',
      'twice',
      'retried',
      'dies',
    )
    const action = fc.constantFrom('create', 'delete', 'create', 'delete', 'deliver', 'alter', 'finish')
    const step = fc.record({ action, fates: fc.array(fateOf, { minLength: 4, maxLength: 4 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const there = cluster()
        const known = new Map<string, Topic>()
        const dead = new Set<string>()
        for (const { action, fates } of steps) {
          there.line.reset((write) => fates[write] ?? 'done')
          if (action === 'deliver') await there.line.deliver()
          else await attempt(there.unlucky, action)
          const alive = await there.good.get(name, { fresh: true })
          if (alive !== undefined) {
            expect(dead).not.toContain(alive.id)
            known.set(alive.id, alive)
          }
          for (const id of known.keys()) if (id !== alive?.id) dead.add(id)
        }
        for (const topic of known.values()) expect(await accounted(there, topic)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  async function attempt(topics: Topics, action: 'create' | 'delete' | 'alter' | 'finish') {
    try {
      if (action === 'create') await topics.create({ name, partitions: 1 })
      if (action === 'delete') await topics.delete(name)
      if (action === 'alter') await topics.alterConfigs(name, [{ name: 'segment.ms', operation: 'SET', value: '5' }])
      if (action === 'finish') await topics.deleted.finish()
    } catch (error) {
      if (!(error instanceof OutcomeUnknown || error instanceof Died)) throw error
    }
  }
})
