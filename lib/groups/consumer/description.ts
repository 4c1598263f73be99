/** What operators see of a consumer group (ConsumerGroupDescribe, ListGroups), by topics' names. */
import type { TopicRef } from '../../cluster/topic-item.ts'
import type { GroupSettings } from '../group-settings.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { preferredAssignor } from './epochs.ts'
import { isReconciled } from './reconcile.ts'
import type { Partitions } from './topic-partitions.ts'

/** Kafka's `ConsumerGroupState`. */
export function consumerStateName({ members, groupEpoch, assignmentEpoch }: ConsumerGroup): string {
  if (members.length === 0) return 'Empty'
  if (groupEpoch > assignmentEpoch) return 'Assigning'
  return members.every((member) => isReconciled(member, assignmentEpoch)) ? 'Stable' : 'Reconciling'
}

export interface NamedAssignment {
  readonly topic: TopicRef
  readonly partitions: readonly number[]
}

export interface MemberDescription {
  readonly member: ConsumerMember
  readonly assigned: readonly NamedAssignment[]
  readonly target: readonly NamedAssignment[]
}

export interface ConsumerGroupDescription {
  readonly stateName: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignorName: string
  readonly members: readonly MemberDescription[]
}

export function describeConsumerGroup(group: ConsumerGroup, settings: GroupSettings): ConsumerGroupDescription {
  const topics = new Map(group.topics.map(({ id, name }) => [id, { id, name }]))
  // What is no longer subscribed to has no name here; it is about to be given up.
  const named = (partitions: Partitions) =>
    partitions.flatMap(({ topicId, partitions: numbers }) => {
      const topic = topics.get(topicId)
      return topic === undefined ? [] : [{ topic, partitions: numbers }]
    })
  return {
    stateName: consumerStateName(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: preferredAssignor(group.members, settings),
    members: group.members.map((member) => ({
      member,
      assigned: named(member.assigned),
      target: named(member.target),
    })),
  }
}
