/** Who is in a consumer group: finding, checking, changing and removing members. All pure; what is equal stays the same object. */
import type { TopicId } from '../../base/ids.ts'
import type { GroupProblem } from '../group-replies.ts'
import type { ClassicMembership, ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { noPartitions, samePartitions } from './topic-partitions.ts'

export const memberOf = (group: ConsumerGroup, id: string): ConsumerMember | undefined =>
  group.members.find((member) => member.id === id)

export const staticMemberOf = (group: ConsumerGroup, instanceId: string): ConsumerMember | undefined =>
  group.members.find((member) => member.instanceId === instanceId)

/** The member that an id, and its instance id if it has one, name (KIP-345). */
export function namedMember(
  group: ConsumerGroup,
  id: string,
  instanceId: string | null,
): ConsumerMember | { readonly problem: GroupProblem } {
  const member = instanceId === null ? memberOf(group, id) : staticMemberOf(group, instanceId)
  if (member === undefined) return { problem: 'unknown-member' }
  return member.id === id ? member : { problem: 'fenced-instance' }
}

/** One that has not said anything yet. */
export const newMember = (id: string, now: number): ConsumerMember => ({
  id,
  sessionTimeoutMs: 0,
  seenMs: now,
  epoch: 0,
  previousEpoch: 0,
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  rebalanceTimeoutMs: 0,
  topicNames: [],
  topicRegex: '',
  assignorName: null,
  phase: 'stable',
  assigned: noPartitions,
  revoking: noPartitions,
  target: noPartitions,
  revokeByMs: 0,
  classic: null,
})

/** The member with these fields; the same object if they are what it has, so that nothing is written for nothing. */
export function changed(member: ConsumerMember, fields: Partial<ConsumerMember>): ConsumerMember {
  const after = { ...member, ...fields }
  return isSame(member, after) ? member : after
}

function isSame(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.id === b.id &&
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.seenMs === b.seenMs &&
    a.epoch === b.epoch &&
    a.previousEpoch === b.previousEpoch &&
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    sameNames(a.topicNames, b.topicNames) &&
    a.topicRegex === b.topicRegex &&
    a.assignorName === b.assignorName &&
    a.phase === b.phase &&
    samePartitions(a.assigned, b.assigned) &&
    samePartitions(a.revoking, b.revoking) &&
    samePartitions(a.target, b.target) &&
    a.revokeByMs === b.revokeByMs &&
    sameClassic(a.classic, b.classic)
  )
}

export const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((name, index) => name === b[index]))

function sameClassic(a: ClassicMembership | null, b: ClassicMembership | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.version === b.version &&
    a.assignment === b.assignment &&
    a.joinByMs === b.joinByMs &&
    a.syncByMs === b.syncByMs &&
    a.protocols.length === b.protocols.length &&
    a.protocols.every(
      ({ name, metadata }, index) => name === b.protocols[index]?.name && metadata === b.protocols[index]?.metadata,
    )
  )
}

/** The group with this member, in the place of the one that had `id`, or at the end. */
export function withMember(group: ConsumerGroup, member: ConsumerMember, id = member.id): ConsumerGroup {
  const before = memberOf(group, id)
  if (before === member) return group
  if (before === undefined) return { ...group, members: [...group.members, member] }
  return { ...group, members: group.members.map((each) => (each === before ? member : each)) }
}

/** Whether another member has a partition, or has not yet given it up. A topic's are gathered when first asked for. */
export function heldByOthers(group: ConsumerGroup, id: string): (topicId: TopicId, partition: number) => boolean {
  const held = new Map<TopicId, ReadonlySet<number>>()
  const gather = (topicId: TopicId) => {
    const numbers = new Set<number>()
    for (const { id: holder, assigned, revoking } of group.members) {
      if (holder === id) continue
      for (const each of [...assigned, ...revoking]) {
        if (each.topicId === topicId) for (const number of each.partitions) numbers.add(number)
      }
    }
    held.set(topicId, numbers)
    return numbers
  }
  return (topicId, partition) => (held.get(topicId) ?? gather(topicId)).has(partition)
}
