/**
 * When a group's epoch grows and what follows: new targets for all. A change of members, subscriptions or topics raises
 * the group epoch; the next member that comes has the targets made for it. So a hundred that leave together cost one run
 * of the assignor.
 */
import { assert } from '../../base/assert.ts'
import type { AssignorName, GroupSettings } from '../group-settings.ts'
import type { Assignor } from './assignors/assignor.ts'
import { assignRange } from './assignors/range.ts'
import { assignUniform } from './assignors/uniform.ts'
import type { ConsumerGroup, ConsumerMember, SubscribedTopic } from './consumer-state.ts'
import { changed } from './members.ts'
import { sameTopics, stillSubscribed, subscribedIds } from './subscriptions.ts'
import { noPartitions } from './topic-partitions.ts'

const assignors: { readonly [name in AssignorName]: Assignor } = { uniform: assignUniform, range: assignRange }

/** The group with the topics that its subscriptions mean now; its epoch grows if it must, or if they are others. */
export function refreshed(group: ConsumerGroup, topics: readonly SubscribedTopic[], mustGrow: boolean): ConsumerGroup {
  const isSame = sameTopics(group.topics, topics)
  if (!mustGrow && isSame) return group
  return { ...group, groupEpoch: nextEpoch(group), topics: isSame ? group.topics : topics }
}

/**
 * The group without these members, which may not commit any more: what they had is free. Empty or not, its epoch grows,
 * as in Kafka.
 */
export function without(group: ConsumerGroup, ids: ReadonlySet<string>): ConsumerGroup {
  const members = group.members.filter(({ id }) => !ids.has(id))
  if (members.length === group.members.length) return group
  const groupEpoch = nextEpoch(group)
  return { ...group, groupEpoch, fencedEpoch: groupEpoch, members, topics: stillSubscribed(group.topics, members) }
}

function nextEpoch({ groupEpoch }: ConsumerGroup): number {
  assert(groupEpoch < 2 ** 31 - 1, 'a group has no epochs left')
  return groupEpoch + 1
}

/** The group with targets for its epoch. */
export function retargeted(group: ConsumerGroup, settings: GroupSettings): ConsumerGroup {
  if (group.assignmentEpoch === group.groupEpoch) return group
  const assign = assignors[preferredAssignor(group.members, settings)]
  const targets = assign({
    members: group.members.map((member) => ({
      id: member.id,
      instanceId: member.instanceId,
      subscribed: subscribedIds(member, group.topics),
      target: member.target,
    })),
    partitionCounts: new Map(group.topics.map(({ id, partitions }) => [id, partitions])),
  })
  const members = group.members.map((member) => changed(member, { target: targets.get(member.id) ?? noPartitions }))
  return { ...group, assignmentEpoch: group.groupEpoch, members }
}

/** The assignor that most of those members prefer who prefer one; else the server's first. */
export function preferredAssignor(members: readonly ConsumerMember[], { consumer }: GroupSettings): AssignorName {
  const votes = new Map<AssignorName, number>()
  for (const { assignorName } of members) {
    const name = consumer.assignors.find((each) => each === assignorName)
    if (name !== undefined) votes.set(name, (votes.get(name) ?? 0) + 1)
  }
  const [first = 'uniform'] = consumer.assignors
  let preferred = first
  for (const [name, count] of votes) if (count > (votes.get(preferred) ?? 0)) preferred = name
  return preferred
}
