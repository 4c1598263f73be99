/**
 * SyncGroup and Heartbeat of classic members in a consumer group. A sync is answered at once with what the member's last
 * join gave it; heartbeats tell a member that it is to join again: to enter a new epoch, to say that it has given up what
 * it had to, or to get what has become free.
 */
import type { Heartbeat, Sync } from '../group-events.ts'
import type { Outcome } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { changed, heldByOthers, namedMember, withMember } from './members.ts'
import { difference, filtered } from './topic-partitions.ts'

export function classicMemberSyncs(group: ConsumerGroup, sync: Sync): Outcome {
  const member = classicMember(group, sync)
  if ('problem' in member) return refused(group, member.problem)
  const { classic } = member
  const isOther = (said: string | null, is: string | undefined) => said !== null && said !== is
  if (isOther(sync.protocolType, 'consumer') || isOther(sync.protocolName, classic.protocols[0]?.name)) {
    return refused(group, 'inconsistent-protocol')
  }
  // One that has to give up first gets its assignment, without those: by that it knows.
  if (group.groupEpoch > member.epoch && member.phase !== 'unrevoked') return refused(group, 'rebalance-in-progress')
  return {
    state: withMember(group, changed(member, { classic: { ...classic, syncByMs: 0 } })),
    reply: {
      kind: 'sync',
      protocolType: sync.protocolType,
      protocolName: sync.protocolName,
      assignment: classic.assignment,
    },
    alive: member.id,
  }
}

export function classicMemberBeats(group: ConsumerGroup, beat: Heartbeat): Outcome {
  const member = classicMember(group, beat)
  if ('problem' in member) return refused(group, member.problem)
  if (isCalled(group, member)) return { ...refused(group, 'rebalance-in-progress'), alive: member.id }
  return { state: group, reply: { kind: 'heartbeat' }, alive: member.id }
}

/**
 * The group with a deadline for every classic member that is called to join again, from the change that called it on.
 * Kafka counts from the member's next heartbeat, which would be a write of its own here.
 */
export function withCalls(group: ConsumerGroup, now: number): ConsumerGroup {
  let called = group
  for (const member of group.members) {
    const { classic, rebalanceTimeoutMs } = member
    if (classic === null) continue
    const byMs = classic.joinByMs === 0 ? now + rebalanceTimeoutMs : classic.joinByMs
    const joinByMs = isCalled(group, member) ? byMs : 0
    if (joinByMs !== classic.joinByMs) called = withMember(called, { ...member, classic: { ...classic, joinByMs } })
  }
  return called
}

function isCalled(group: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.epoch < group.groupEpoch || member.phase === 'unrevoked') return true
  if (member.phase === 'stable') return false
  const isHeld = heldByOthers(group, member.id)
  return filtered(difference(member.target, member.assigned), isHeld).length === 0
}

type ClassicMember = ConsumerMember & { readonly classic: NonNullable<ConsumerMember['classic']> }

function classicMember(
  group: ConsumerGroup,
  { memberId, instanceId, generation }: Pick<Heartbeat, 'memberId' | 'instanceId' | 'generation'>,
): ClassicMember | { readonly problem: GroupProblem } {
  const member = namedMember(group, memberId, instanceId)
  if ('problem' in member) return member
  const { classic } = member
  if (classic === null) return { problem: 'unknown-member' }
  return generation === member.epoch ? { ...member, classic } : { problem: 'illegal-generation' }
}

const refused = (state: ConsumerGroup, problem: GroupProblem): Outcome => ({
  state,
  reply: { kind: 'refused', problem },
})
