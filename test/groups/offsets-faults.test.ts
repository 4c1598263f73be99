import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { offset, topicId } from '../../lib/base/ids.ts'
import { offsetsCommitAgainMsMax } from '../../lib/base/limits.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { Died, type Fate, UnreliableMeta } from '../world/unreliable-meta.ts'

const topic = { id: topicId('orders0000000000000000'), name: 'orders' }
const at = (partition: number, value: number) => ({ topic, partition, offset: offset(value) })

function unknown(fault: unknown): void {
  if (!(fault instanceof OutcomeUnknown)) throw fault
}

function unknownOrLate(fault: unknown): void {
  if (!(fault instanceof StoreUnavailable)) unknown(fault)
}

describe.each(metaStores)('faults while offsets are committed, on $name', ({ open }) => {
  function cluster() {
    const store = open()
    const clock = new ImpatientClock()
    const line = new UnreliableMeta(store)
    const unlucky = new GroupOffsets({ meta: line, clock })
    return { store, clock, line, unlucky, good: new GroupOffsets({ meta: store, clock }) }
  }

  const losses: Fate[] = ['lost', 'answer-lost', 'late', 'twice', 'retried']
  describe.each(losses)('a write that is %s', (fate) => {
    test.each([0, 1, 2])('as number %i does not keep the first commit from being done', async (index) => {
      const { line, unlucky, good } = cluster()
      line.fate = (write) => (write === index ? fate : 'done')
      expect(await unlucky.commit('g', [at(0, 5)])).toMatchObject({ partitions: [{ outcome: 'committed' }] })
      await line.deliver()
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 5 } }])
      expect((await good.list()).groups).toMatchObject([{ group: 'g' }])
    })

    test('does not keep a later commit from being done, nor an older generation from being refused', async () => {
      const { line, unlucky, good } = cluster()
      await unlucky.commit('g', [at(0, 5)], { generation: 1 })
      line.reset((write) => (write === 0 ? fate : 'done'))
      expect(await unlucky.commit('g', [at(0, 6)], { generation: 1 })).toMatchObject({
        partitions: [{ outcome: 'committed' }],
      })
      await good.commit('g', [at(0, 7)], { generation: 2 })
      await line.deliver()
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 7 } }])
    })
  })

  describe('within a generation nothing goes back:', () => {
    const generation = 1

    test('a commit that sees only long after it was asked for what it follows is not done', async () => {
      const { clock, line, unlucky, good } = cluster()
      await good.commit('g', [at(0, 4)], { generation })
      const held = Promise.withResolvers<void>()
      line.answering = held.promise
      const late = unlucky.commit('g', [at(0, 5)], { generation })
      await good.commit('g', [at(0, 6)], { generation })
      clock.jump(offsetsCommitAgainMsMax + 1)
      held.resolve()
      await expect(late).rejects.toThrow(StoreUnavailable)
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 6 } }])
    })

    test('a late second copy of a commit is refused', async () => {
      const { line, unlucky, good } = cluster()
      await unlucky.commit('g', [at(0, 4)], { generation })
      line.reset((write) => (write === 0 ? 'twice' : 'done'))
      await unlucky.commit('g', [at(0, 5)], { generation })
      await unlucky.commit('g', [at(0, 6)], { generation })
      await line.deliver()
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 6 } }])
    })

    test('a commit that may have been done before another one is not done after it', async () => {
      const { line, unlucky, good } = cluster()
      await unlucky.commit('g', [at(0, 4)], { generation })
      line.reset((write) => (write === 0 ? 'late' : 'done'))
      line.before = async () => {
        if (line.writes === 2) await good.commit('g', [at(0, 6)], { generation })
      }
      await expect(unlucky.commit('g', [at(0, 5)], { generation })).rejects.toThrow(OutcomeUnknown)
      await line.deliver()
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 6 } }])
    })

    test('nor is that of a process that slept until its client had asked another', async () => {
      const { line, unlucky, good, clock } = cluster()
      await unlucky.commit('g', [at(0, 4)], { generation })
      line.reset()
      line.before = async () => {
        if (line.writes !== 1) return
        clock.jump(60_000)
        await good.commit('g', [at(0, 6)], { generation })
      }
      await expect(unlucky.commit('g', [at(0, 5)], { generation })).rejects.toThrow(StoreUnavailable)
      line.before = async () => {}
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 6 } }])
      expect(await unlucky.commit('g', [at(0, 7)], { generation })).toMatchObject({ outcome: 'done' })
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 7 } }])
    })

    test('commits of one process follow each other as they came', async () => {
      const { unlucky, good } = cluster()
      await Promise.all([5, 6, 7, 8].map((value) => unlucky.commit('g', [at(0, value)], { generation })))
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 8 } }])
    })

    test('a clock that is behind commits after one that is ahead', async () => {
      const { store, good, clock } = cluster()
      clock.jump(3_600_000)
      await good.commit('g', [at(0, 5)], { generation })
      const behind = new GroupOffsets({ meta: store, clock: new ImpatientClock() })
      await behind.commit('g', [at(0, 6)], { generation })
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 6, committedMs: clock.now() + 1 } }])
    })
  })

  test.each([0, 1])(
    'a process that dies before write %i of a first commit leaves no group off the list',
    async (at0) => {
      const { line, unlucky, good, clock } = cluster()
      line.fate = (write) => (write === at0 ? 'dies' : 'done')
      await expect(unlucky.commit('g', [at(0, 5)])).rejects.toThrow(Died)
      const hasOffsets = (await good.fetch('g')).length > 0
      const listed = (await good.list()).groups.length
      expect(listed).toBe(at0 === 0 ? 0 : 1)
      expect(hasOffsets).toBe(false)
      await good.expire(clock.now(), 1_000)
      expect(await good.list()).toEqual({ groups: [] })
    },
  )

  test('a group that is deleted while its first item is made is listed nevertheless', async () => {
    for (const deletedBefore of [1, 2]) {
      const { line, unlucky, good, clock } = cluster()
      line.before = async () => {
        if (line.writes === deletedBefore + 1) await good.expire(clock.now() + 1, 0)
      }
      await unlucky.commit('g', [at(0, 5)])
      expect(await good.fetch('g')).toMatchObject([{ committed: { offset: 5 } }])
      expect((await good.list()).groups).toMatchObject([{ group: 'g' }])
    }
  })

  test('a group whose first item is made while it is taken off the list is put on it again', async () => {
    const { line, unlucky, good, clock } = cluster()
    await good.commit('g', [at(0, 5)])
    clock.jump(10_000)
    line.before = async () => {
      // Everything was found to be gone; the listing goes next, and the committer has just seen it there.
      if (line.writes === 2) await good.commit('g', [at(60, 6)])
    }
    expect(await unlucky.expire(clock.now(), 1_000)).toEqual({ expired: 1, groups: 0 })
    expect(await good.fetch('g')).toMatchObject([{ partition: 60 }])
    expect((await good.list()).groups).toMatchObject([{ group: 'g' }])
  })

  test('late second copies of a deletion take nothing of what was committed since', async () => {
    const { line, unlucky, good, clock } = cluster()
    await good.commit('g', [at(0, 5), at(60, 5)])
    line.fate = () => 'twice'
    await unlucky.deleteOffsets('g', [at(0, 0)])
    expect(await unlucky.expire(clock.now() + 1, 0)).toEqual({ expired: 1, groups: 1 })
    clock.jump(1)
    await good.commit('g', [at(0, 5), at(60, 5)])
    await line.deliver()
    expect(await good.fetch('g')).toHaveLength(2)
    expect((await good.list()).groups).toMatchObject([{ group: 'g' }])
  })

  test('one item that fails does not hide that the others were done, and all may be sent again', async () => {
    const { line, unlucky, good } = cluster()
    const commits = Array.from({ length: 100 }, (_, partition) => at(partition, 1))
    await good.commit('g', commits)
    line.fate = (_, call) => (call === 'update' && line.writes % 4 === 0 ? 'dies' : 'done')
    const again = commits.map((commit) => ({ ...commit, offset: offset(2) }))
    await expect(unlucky.commit('g', again)).rejects.toThrow(Died)
    line.reset()
    await unlucky.commit('g', again)
    expect(new Set((await good.fetch('g')).map((one) => one.committed?.offset))).toEqual(new Set([2]))
  })

  test('what stays unknown is said to be unknown', async () => {
    const { line, unlucky } = cluster()
    line.fate = () => 'lost'
    await expect(unlucky.commit('g', [at(0, 5)])).rejects.toThrow(OutcomeUnknown)
  })

  test('whatever is lost, doubled or deleted meanwhile, a group with offsets is on the list', async () => {
    const fateOf = fc.constantFrom<Fate>('done', 'done', 'done', 'lost', 'answer-lost', 'retried')
    const action = fc.constantFrom('commit', 'commit', 'delete', 'expire', 'deleteOffsets')
    const step = fc.record({
      action,
      by: fc.constantFrom(0, 1),
      fates: fc.array(fateOf, { minLength: 4, maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, step), { minLength: 1, maxLength: 8 }), async (rounds) => {
        const { store, clock, good } = cluster()
        const lines = [new UnreliableMeta(store), new UnreliableMeta(store)]
        const processes = lines.map((meta) => new GroupOffsets({ meta, clock }))
        const take = async ({ action, by, fates }: (typeof rounds)[number][number]) => {
          lines[by]?.reset((write) => fates[write] ?? 'done')
          const process = processes[by] ?? good
          // One whose answer was lost, and that the other has overtaken, is not done again; nor is one that took too long.
          if (action === 'commit') await process.commit('g', [at(0, 5), at(30, 1)]).catch(unknownOrLate)
          if (action === 'delete') await process.expire(clock.now() + 1, 0)
          if (action === 'deleteOffsets') await process.deleteOffsets('g', [at(0, 0), at(30, 0)])
          if (action === 'expire') await process.expire(clock.now() + 10_000, 1)
        }
        for (const [one, two] of rounds) {
          await Promise.all([take(one), take(two)])
          const listed = (await good.list()).groups.length
          if ((await good.fetch('g')).length > 0) expect(listed).toBe(1)
        }
      }),
      { numRuns: 200 },
    )
  })
})
