import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TopicId } from '../../../../lib/base/ids.ts'
import type { AssignorInput } from '../../../../lib/groups/consumer/assignors/assignor.ts'
import { assignUniform } from '../../../../lib/groups/consumer/assignors/uniform.ts'
import { flaws, groups, loads, memberOf, moved, settled, topicOf } from './assignor-inputs.ts'

const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts)
const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)

describe('the uniform assignor, all subscribed alike', () => {
  test('gives every partition to exactly one member, and nobody two more than another', () => {
    fc.assert(
      fc.property(groups('homogeneous'), (input) => {
        const output = assignUniform(input)
        expect(flaws(input, output)).toEqual([])
        expect(spread(loads(input, output))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('changes nothing when nothing has changed', () => {
    fc.assert(
      fc.property(groups('homogeneous'), (input) => {
        const output = assignUniform(input)
        expect(assignUniform(settled(input, output))).toEqual(output)
      }),
    )
  })

  test('moves no more than a newcomer takes', () => {
    fc.assert(
      fc.property(groups('homogeneous'), (input) => {
        const before = assignUniform(input)
        const newcomer = memberOf('a newcomer', input.partitionCounts.keys())
        const joined = { ...settled(input, before), members: [newcomer, ...settled(input, before).members] }
        const after = assignUniform(joined)
        expect(flaws(joined, after)).toEqual([])
        expect(moved(before, after)).toBe(loads(joined, after)[0])
        expect(spread(loads(joined, after))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('takes nothing from those that stay when one leaves', () => {
    fc.assert(
      fc.property(groups('homogeneous'), fc.nat(), (input, nth) => {
        fc.pre(input.members.length > 1)
        const before = assignUniform(input)
        const rest = settled(input, before).members.filter((_, index) => index !== nth % input.members.length)
        const left = { ...input, members: rest }
        const after = assignUniform(left)
        expect(flaws(left, after)).toEqual([])
        expect(moved(new Map([...before].filter(([id]) => rest.some((member) => member.id === id))), after)).toBe(0)
      }),
    )
  })

  test('spreads each topic over the members', () => {
    const topics = [topicOf(0), topicOf(1)]
    const members = ['a', 'b'].map((id) => memberOf(id, topics))
    const output = assignUniform({ members, partitionCounts: new Map(topics.map((id) => [id, 4])) })
    for (const assigned of output.values()) expect(assigned.map(({ partitions }) => partitions.length)).toEqual([2, 2])
  })

  test('gives away what it has most of when another comes', () => {
    const topics = [topicOf(0), topicOf(1)]
    const counts = new Map(topics.map((id) => [id, 4]))
    const alone = { members: [memberOf('a', topics)], partitionCounts: counts }
    const before = settled(alone, assignUniform(alone))
    const output = assignUniform({ ...before, members: [...before.members, memberOf('b', topics)] })
    for (const assigned of output.values()) expect(assigned.map(({ partitions }) => partitions.length)).toEqual([2, 2])
  })
})

describe('the uniform assignor, subscribed differently', () => {
  test('gives every partition to exactly one subscriber', () => {
    fc.assert(
      fc.property(groups('heterogeneous'), (input) => {
        expect(flaws(input, assignUniform(input))).toEqual([])
      }),
    )
  })

  test('is as even as any assignment could be', () => {
    fc.assert(
      fc.property(groups('heterogeneous'), (input) => {
        const squares = (counts: readonly number[]) => sum(counts.map((count) => count * count))
        expect(squares(loads(input, assignUniform(input)))).toBe(squares(evenest(input)))
      }),
    )
  })

  test('changes nothing when nothing has changed', () => {
    fc.assert(
      fc.property(groups('heterogeneous'), (input) => {
        const output = assignUniform(input)
        expect(assignUniform(settled(input, output))).toEqual(output)
      }),
    )
  })

  test('leaves what is kept in place when partitions are added', () => {
    const topics = [topicOf(0), topicOf(1)]
    const members = [memberOf('a', topics), memberOf('b', topics.slice(0, 1))]
    const before = { members, partitionCounts: new Map(topics.map((id) => [id, 4])) }
    const output = assignUniform(before)
    const after = { ...settled(before, output), partitionCounts: new Map(topics.map((id) => [id, 6])) }
    expect(moved(output, assignUniform(after))).toBeLessThanOrEqual(1)
  })

  test('takes no topic into account that a member no longer wants', () => {
    const members = [
      { ...memberOf('a', [topicOf(0)]), target: [{ topicId: topicOf(1), partitions: [0] }] },
      memberOf('b', []),
    ]
    const output = assignUniform({ members, partitionCounts: new Map([[topicOf(0), 2]]) })
    expect(output.get('a')).toEqual([{ topicId: topicOf(0), partitions: [0, 1] }])
    expect(output.get('b')).toEqual([])
  })
})

test.each(['homogeneous', 'heterogeneous'])('a hundred members and 2,000 partitions, %s', (kind) => {
  const topics = Array.from({ length: 20 }, (_, index) => topicOf(index))
  const wanted = (member: number) =>
    kind === 'homogeneous' ? topics : topics.filter((_, index) => (index + member) % 3 > 0)
  const members = Array.from({ length: 100 }, (_, index) => memberOf(`m${index}`, wanted(index)))
  const input = { members, partitionCounts: new Map(topics.map((id): [TopicId, number] => [id, 100])) }
  const output = assignUniform(input)
  expect(flaws(input, output)).toEqual([])
  expect(spread(loads(input, output))).toBeLessThanOrEqual(1)
})

/** The oracle: partitions one by one, each with a search over all that are there for a better place (an optimal semi-matching). */
function evenest({ members, partitionCounts }: AssignorInput): number[] {
  const counts = members.map(() => 0)
  const placed: { topic: TopicId; owner: number }[] = []
  for (const [topic, count] of partitionCounts) {
    for (let partition = 0; partition < count; partition++) {
      const reach = new Map<number, { before: number | undefined; by: (typeof placed)[number] | undefined }>()
      const queue: number[] = []
      members.forEach((member, index) => {
        if (member.subscribed.has(topic)) {
          reach.set(index, { before: undefined, by: undefined })
          queue.push(index)
        }
      })
      for (const at of queue) {
        for (const other of placed) {
          if (other.owner !== at) continue
          members.forEach((member, index) => {
            if (reach.has(index) || !member.subscribed.has(other.topic)) return
            reach.set(index, { before: at, by: other })
            queue.push(index)
          })
        }
      }
      const best = queue.sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0))[0]
      if (best === undefined) continue
      counts[best] = (counts[best] ?? 0) + 1
      let at = best
      for (let step = reach.get(at); step?.before !== undefined; step = reach.get(at)) {
        if (step.by !== undefined) step.by.owner = at
        at = step.before
      }
      placed.push({ topic, owner: at })
    }
  }
  return counts
}
