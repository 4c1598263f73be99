/** Random groups for the assignors: members, subscriptions, topics, and what they had before. */
import fc from 'fast-check'
import { type TopicId, topicId } from '../../../../lib/base/ids.ts'
import type {
  AssignorInput,
  AssignorMember,
  AssignorOutput,
} from '../../../../lib/groups/consumer/assignors/assignor.ts'
import { countOf } from '../../../../lib/groups/consumer/topic-partitions.ts'

export const topicOf = (index: number): TopicId => topicId(`t${index}`.padEnd(22, '0'))

export const memberOf = (
  id: string,
  subscribed: Iterable<TopicId>,
  instanceId: string | null = null,
): AssignorMember => ({
  id,
  instanceId,
  subscribed: new Set(subscribed),
  target: [],
})

/** Up to 6 topics of up to 12 partitions, up to 8 members; all with the same subscription, or each with its own. */
export function groups(kind: 'homogeneous' | 'heterogeneous'): fc.Arbitrary<AssignorInput> {
  return fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }).chain((counts) => {
    const topics = counts.map((_, index) => topicOf(index))
    const subscription = fc.subarray(topics, { minLength: kind === 'homogeneous' ? topics.length : 0 })
    const instance = fc.option(fc.integer({ min: 0, max: 99 }), { nil: null })
    const member = fc.tuple(subscription, instance)
    return fc.array(member, { minLength: 1, maxLength: 8 }).map((members) => ({
      partitionCounts: new Map(topics.map((id, index) => [id, counts[index] ?? 1])),
      members: members.map(([subscribed, number], index) =>
        memberOf(`m${index}`, subscribed, number === null ? null : `i${number}-${index}`),
      ),
    }))
  })
}

/** The group after an assignment was made: each has it as its target. */
export const settled = (input: AssignorInput, output: AssignorOutput): AssignorInput => ({
  ...input,
  members: input.members.map((member) => ({ ...member, target: output.get(member.id) ?? [] })),
})

/** What is wrong with an assignment: partitions given to nobody, twice, or to someone who did not ask. */
export function flaws(input: AssignorInput, output: AssignorOutput): string[] {
  const found: string[] = []
  const owners = new Map<string, string>()
  for (const member of input.members) {
    for (const { topicId, partitions } of output.get(member.id) ?? []) {
      if (!member.subscribed.has(topicId)) found.push(`${member.id} has ${topicId}, which it did not ask for`)
      for (const partition of partitions) {
        const other = owners.get(`${topicId}/${partition}`)
        if (other !== undefined) found.push(`${other} and ${member.id} have ${topicId}/${partition}`)
        owners.set(`${topicId}/${partition}`, member.id)
      }
    }
  }
  const subscribed = new Set(input.members.flatMap((member) => [...member.subscribed]))
  for (const topicId of subscribed) {
    for (let partition = 0; partition < (input.partitionCounts.get(topicId) ?? 0); partition++) {
      if (!owners.delete(`${topicId}/${partition}`)) found.push(`nobody has ${topicId}/${partition}`)
    }
  }
  for (const partition of owners.keys()) found.push(`there is no ${partition}`)
  return found
}

export function loads(input: AssignorInput, output: AssignorOutput): number[] {
  return input.members.map(({ id }) => countOf(output.get(id) ?? []))
}

/** Partitions that a member had and no longer has. */
export function moved(before: AssignorOutput, after: AssignorOutput): number {
  let count = 0
  for (const [id, had] of before) {
    const has = new Set(
      (after.get(id) ?? []).flatMap(({ topicId, partitions }) => partitions.map((p) => `${topicId}/${p}`)),
    )
    for (const { topicId, partitions } of had) {
      for (const partition of partitions) if (!has.has(`${topicId}/${partition}`)) count++
    }
  }
  return count
}
