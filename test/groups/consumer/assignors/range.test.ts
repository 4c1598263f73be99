import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignRange } from '../../../../lib/groups/consumer/assignors/range.ts'
import { flaws, groups, memberOf, topicOf } from './assignor-inputs.ts'

test.each(['homogeneous', 'heterogeneous'] as const)('gives every partition to exactly one subscriber: %s', (kind) => {
  fc.assert(
    fc.property(groups(kind), (input) => {
      expect(flaws(input, assignRange(input))).toEqual([])
    }),
  )
})

test('gives each topic out in ranges whose sizes differ by at most one', () => {
  fc.assert(
    fc.property(groups('heterogeneous'), (input) => {
      const output = assignRange(input)
      for (const topicId of input.partitionCounts.keys()) {
        const subscribers = input.members.filter(({ subscribed }) => subscribed.has(topicId))
        const ranges = subscribers.map(
          ({ id }) => output.get(id)?.find((each) => each.topicId === topicId)?.partitions ?? [],
        )
        for (const range of ranges) expect(range).toEqual(range.map((_, index) => (range[0] ?? 0) + index))
        const sizes = ranges.map(({ length }) => length)
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('gives the same numbers of topics with as many partitions to the same member', () => {
  const topics = [topicOf(0), topicOf(1)]
  const members = ['c', 'a', 'b'].map((id) => memberOf(id, topics))
  const output = assignRange({ members, partitionCounts: new Map(topics.map((id) => [id, 5])) })
  for (const assigned of output.values()) expect(assigned[0]?.partitions).toEqual(assigned[1]?.partitions)
  expect(output.get('a')?.[0]?.partitions).toEqual([0, 1])
  expect(output.get('c')?.[0]?.partitions).toEqual([4])
})

test('puts static members first, in the order of their instances, so that a restart under new ids changes nothing', () => {
  const input = (ids: readonly string[]) => ({
    members: [
      memberOf('dynamic', [topicOf(0)]),
      memberOf(ids[0] ?? '', [topicOf(0)], 'one'),
      memberOf(ids[1] ?? '', [topicOf(0)], 'two'),
    ],
    partitionCounts: new Map([[topicOf(0), 6]]),
  })
  const before = assignRange(input(['x', 'y']))
  const after = assignRange(input(['zz', 'a']))
  expect(before.get('x')?.[0]?.partitions).toEqual([0, 1])
  expect(after.get('zz')).toEqual(before.get('x'))
  expect(after.get('a')).toEqual(before.get('y'))
})
