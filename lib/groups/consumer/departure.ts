/**
 * Members go: by their own wish, by an operator's, or because they were silent or slow. What they had is free at once and
 * they may not commit any more. When only members of the classic protocol are left, the group becomes a classic one.
 */
import type { Leave } from '../group-events.ts'
import type { Outcome, TransitionContext } from '../group-protocol.ts'
import type { GroupReply } from '../group-replies.ts'
import type { GroupState } from '../group-state.ts'
import type { Payloads } from '../payload.ts'
import type { ConsumerHeartbeat } from './consumer-events.ts'
import { type ConsumerGroup, type ConsumerMember, leftStaticEpoch } from './consumer-state.ts'
import { downgraded, isDowngradable } from './downgrade.ts'
import { without } from './epochs.ts'
import { changed, namedMember, staticMemberOf, withMember } from './members.ts'
import { noPartitions } from './topic-partitions.ts'

/** A heartbeat with epoch -1 or -2. */
export function memberLeaves(group: ConsumerGroup, beat: ConsumerHeartbeat, context: TransitionContext): Outcome {
  const { memberId, instanceId, memberEpoch } = beat
  const member = namedMember(group, memberId, instanceId)
  if ('problem' in member) return { state: group, reply: { kind: 'refused', problem: member.problem } }
  const reply: GroupReply = {
    kind: 'consumer-heartbeat',
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: noPartitions,
    isTold: false,
  }
  if (memberEpoch !== leftStaticEpoch) return { ...putOut(group, new Set([member.id]), context), reply }
  // It is expected back, and its partitions wait for it, until its session ends.
  const away = changed(member, { epoch: leftStaticEpoch, revoking: noPartitions, revokeByMs: 0 })
  return { state: withMember(group, away), reply }
}

/** LeaveGroup, for members of either protocol. */
export function membersLeave(group: ConsumerGroup, leave: Leave, context: TransitionContext): Outcome {
  const ids = new Set<string>()
  const members = leave.members.map(({ memberId, instanceId }) => {
    // An operator names a static member by its instance id alone.
    const named = instanceId !== null && memberId === '' ? staticMemberOf(group, instanceId) : undefined
    const member = named ?? namedMember(group, memberId, instanceId)
    if ('problem' in member) return { memberId, instanceId, problem: member.problem }
    ids.add(member.id)
    return { memberId, instanceId, problem: null }
  })
  return { ...putOut(group, ids, context), reply: { kind: 'leave', members } }
}

/** Members whose session or whose time for a step of the rebalance has ended. */
export function membersExpire(group: ConsumerGroup, context: TransitionContext): Outcome {
  const late = group.members.filter((member) => deadlinesOf(member, context).some((end) => end <= context.now))
  return { ...putOut(group, new Set(late.map(({ id }) => id)), context), reply: { kind: 'noted' } }
}

export function nextDeadlineMs(group: ConsumerGroup, context: Pick<TransitionContext, 'seenMs'>): number | undefined {
  const ends = group.members.flatMap((member) => deadlinesOf(member, context))
  return ends.length === 0 ? undefined : ends.reduce((earliest, end) => Math.min(earliest, end))
}

function deadlinesOf(member: ConsumerMember, { seenMs }: Pick<TransitionContext, 'seenMs'>): number[] {
  const { revokeByMs, classic } = member
  const steps = [revokeByMs, classic?.joinByMs ?? 0, classic?.syncByMs ?? 0].filter((byMs) => byMs !== 0)
  return [seenMs(member.id) + member.sessionTimeoutMs, ...steps]
}

function putOut(
  group: ConsumerGroup,
  ids: ReadonlySet<string>,
  context: TransitionContext,
): { readonly state: GroupState; readonly payloads?: Payloads } {
  if (ids.size === 0) return { state: group }
  const members = group.members.filter(({ id }) => !ids.has(id))
  // The epoch stays, so that those who have reached it are called to join again, and not told that they have lost all.
  if (isDowngradable(members, context.settings)) return downgraded({ ...group, members }, context)
  return { state: without(group, ids) }
}
