/** The simulation itself: that a seed is a world, that its checks see what is wrong, and a few worlds of every size. */
import { describe, expect, test } from 'vitest'
import { topicId } from '../../lib/base/ids.ts'
import { checkPartition } from './checks/check-log.ts'
import { retentionProblem } from './checks/check-retention.ts'
import { linearize } from './checks/linearizable.ts'
import { type AppendAsked, History, type Operation, type ReadAsked, type TrimAsked } from './history.ts'
import { runWorld } from './run-world.ts'
import { TopicRecord } from './topic-record.ts'
import { emptyTruth } from './witness.ts'

const id = { topicId: topicId('AAAAAAAAAAAAAAAAAAAAAA'), partition: 0 }

describe('a world', () => {
  test.each([7, 20, 26, 43, 75])('of one seed is the same world each time, to the letter (seed %i)', async (seed) => {
    const [first, second] = [await runWorld(seed, { story: true }), await runWorld(seed, { story: true })]
    expect(first.story.length).toBeGreaterThan(50)
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })

  test('goes as it goes, whether its story is told or not', async () => {
    const told = await runWorld(5, { story: true })
    expect(await runWorld(5)).toEqual({ ...told, story: [] })
  })

  test('has faults of all kinds in it, and clients that get on with their work', async () => {
    const totals: Record<string, number> = {}
    for (let seed = 1; seed <= 60; seed++) {
      const { violations, counts } = await runWorld(seed)
      expect({ seed, violations }).toEqual({ seed, violations: [] })
      for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
    }
    for (const name of ['faults', 'crashes', 'pauses', 'skews', 'nights']) expect(totals[name]).toBeGreaterThan(5)
    for (const name of ['frames', 'commits', 'expiries']) expect(totals[name]).toBeGreaterThan(5)
    // Besides the one that every world has.
    expect(totals.topics).toBeGreaterThan(60)
    expect(totals.operations).toBeGreaterThan(2_000)
    expect(totals.undecided).toBeLessThan(3)
  })

  test.each(['medium', 'large'] as const)('of %s size holds as well', async (size) => {
    expect((await runWorld(3, { size })).violations).toEqual([])
  })
})

const asked = { client: 'c', process: 'p', id }
const append = (name: string, at: [number, number | undefined], base?: number): AppendAsked => ({
  ...{ ...asked, kind: 'append', invoked: at[0], returned: at[1], outcome: base === undefined ? 'lost' : 'appended' },
  batch: { name, values: [name], createdMs: 0, sequenced: undefined },
  inOrder: true,
  leaderEpoch: undefined,
  answer: base === undefined ? { is: 'unknown' } : { is: 'acknowledged', base },
})
const read = (from: number, values: readonly string[], at: [number, number]): ReadAsked => ({
  ...{ ...asked, kind: 'read', from, invoked: at[0], returned: at[1] },
  answer: { is: 'read', values, end: from + values.length },
})
const trim = (before: number, at: [number, number]): TrimAsked => ({
  ...{ ...asked, kind: 'trim', before, invoked: at[0], returned: at[1] },
  answer: { is: 'trimmed', start: before },
})

describe('the search for an order', () => {
  const orders: [string, boolean, Operation[]][] = [
    ['one after the other', true, [append('a', [1, 2], 0), append('b', [3, 4], 1), read(0, ['a', 'b'], [5, 6])]],
    ['at the same time, the later one first', true, [append('a', [1, 4], 1), append('b', [2, 3], 0)]],
    ['after an answer, and before it in the log', false, [append('a', [1, 2], 1), append('b', [3, 4], 0)]],
    ['an unknown append that is read', true, [append('a', [1, undefined]), read(0, ['a'], [3, 4])]],
    ['nothing new, after an acknowledged append', false, [append('a', [1, 2], 0), read(0, [], [3, 4])]],
    ['two values at one offset', false, [append('a', [1, 2], 0), read(0, ['a'], [3, 4]), read(0, ['b'], [5, 6])]],
    ['a read before its append', false, [read(0, ['a'], [1, 2]), append('a', [3, 4], 0)]],
    [
      'deleted records that the process itself deleted',
      false,
      [append('a', [1, 2], 0), append('b', [3, 4], 1), trim(1, [5, 6]), read(0, ['a', 'b'], [7, 8])],
    ],
    ['two appends at one offset', false, [append('a', [1, 2], 0), append('b', [3, 4], 0)]],
    [
      'an unknown append between two others',
      true,
      [append('a', [1, 2], 0), append('x', [3, undefined]), append('b', [4, 5], 2), read(0, ['a', 'x', 'b'], [6, 7])],
    ],
  ]
  test.each(orders)('%s: %s', (_, isThere, operations) => {
    expect(linearize(operations).is).toBe(isThere ? 'linearizable' : 'not linearizable')
  })
})

describe('what retention may take', () => {
  const units = [
    { base: 0, bytes: 100, newestMs: 1_000 },
    { base: 3, bytes: 100, newestMs: 2_000 },
    { base: 5, bytes: 100, newestMs: 3_000 },
  ]
  const raised = (ms: number, bytes: number, logStart: number, latestMs: number) => {
    const truth = { key: '', values: [], epochs: [], epoch: 0, next: 9, tailStart: 0, logStart: 0, floorMs: 0, units }
    return retentionProblem({ ms, bytes }, { truth, logStart, latestMs })
  }

  test.each<[string, boolean, Parameters<typeof raised>]>([
    ['what is older than retention.ms', true, [1_000, -1, 5, 3_001]],
    ['what is not', false, [1_000, -1, 5, 3_000]],
    ['what leaves as much as retention.bytes', true, [-1, 100, 5, 0]],
    ['what leaves less', false, [-1, 101, 5, 0]],
    ['a part of what was appended as one', false, [0, 0, 4, 9_000]],
  ])('%s: %s', (_, isRight, [ms, bytes, logStart, latestMs]) => {
    expect(raised(ms, bytes, logStart, latestMs) === undefined).toBe(isRight)
  })
})

describe('the record of topics', () => {
  const item = (id: string, more: object = {}) => ({
    pk: 'cluster',
    sk: 'topic#t',
    id,
    name: 't',
    partitions: 1,
    ...more,
  })
  const told = (tell: (record: TopicRecord, moment: () => number) => void) => {
    const history = new History(() => {})
    const story = { tell: () => {} } as never
    tell(new TopicRecord({ history, story, nowMs: () => 0 }), () => history.moment())
    return history.violations
  }

  test('finds nothing where all is as it should be', () => {
    expect(
      told((record, moment) => {
        const invoked = moment()
        record.sees(item('a'))
        record.isMadeDuring('c', 'a', { invoked, returned: moment() })
        const asked = moment()
        record.sees(item('a', { deleted: true }))
        const during = { invoked: asked, returned: moment() }
        record.isDeletedBy(during, 'a')
        record.isDeletedDuring('c', 'a', during)
        record.sees(item('b', { partitions: 2 }))
        record.judgeDeletions()
      }),
    ).toEqual([])
  })

  test.each<[string, (record: TopicRecord, moment: () => number) => void]>([
    [
      'an id that lives twice',
      (record) => {
        record.sees(item('a'))
        record.sees(item('a', { deleted: true }))
        record.sees(item('a'))
      },
    ],
    [
      'a topic made over another',
      (record) => {
        record.sees(item('a'))
        record.sees(item('b'))
      },
    ],
    [
      'fewer partitions than there were',
      (record) => {
        record.sees(item('a', { partitions: 2 }))
        record.sees(item('a'))
      },
    ],
    [
      'who is told of a topic that was not there while he asked',
      (record, moment) => {
        record.sees(item('a'))
        record.sees(item('a', { deleted: true }))
        record.isThereDuring('c', 't', { id: 'a', partitions: 1 }, { invoked: moment(), returned: moment() })
      },
    ],
    [
      'who is told that there is none while there was',
      (record, moment) => {
        record.sees(item('a'))
        record.isThereDuring('c', 't', undefined, { invoked: moment(), returned: moment() })
      },
    ],
    [
      'a partition that is gone, and whose topic is not',
      (record) => {
        record.sees(item(id.topicId))
        record.isTold('c', id)
      },
    ],
    [
      'a deletion that nobody has asked for',
      (record) => {
        record.sees(item('a'))
        record.sees(item('a', { deleted: true }))
        record.judgeDeletions()
      },
    ],
  ])('finds %s', (_, tell) => {
    expect(told(tell)).toHaveLength(1)
  })
})

describe('the model of a log', () => {
  const judged = (values: readonly string[], operations: readonly Operation[]) => {
    const history = new History(() => {})
    const truth = { ...emptyTruth(''), values: [...values] }
    checkPartition(history, truth, operations)
    return history.violations
  }
  const refused = (name: string): AppendAsked => ({ ...append(name, [1, 2]), answer: { is: 'refused' } })

  test('finds nothing where all is as it should be', () => {
    expect(judged(['a', 'b'], [append('a', [1, 2], 0), append('b', [3, undefined]), refused('c')])).toEqual([])
  })

  test.each<[string, readonly string[], Operation[]]>([
    ['what is acknowledged and not there', [], [append('a', [1, 2], 0)]],
    ['what is acknowledged elsewhere', ['b', 'a'], [append('b', [1, 2], 0), append('a', [3, 4], 0)]],
    ['what is there twice', ['a', 'a'], [append('a', [1, 2], 0)]],
    ['what is refused and there', ['a'], [refused('a')]],
    ['what nobody has written', ['a'], []],
    ['what is out of order', ['b', 'a'], [append('a', [1, 2], 1), append('b', [3, 4], 0)]],
    ['what was read and is not so', ['a'], [append('a', [1, 2], 0), read(0, ['b'], [3, 4])]],
  ])('finds %s', (_, values, operations) => {
    expect(judged(values, operations)).toHaveLength(1)
  })
})
