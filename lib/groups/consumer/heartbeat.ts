/**
 * ConsumerGroupHeartbeat of a member that joins or lives, in Kafka's three steps: the member is created or updated, which
 * may raise the group epoch; the targets are made anew if they are older than that; and the member takes a step towards
 * its own. One that changes nothing comes back as the same state, and nothing is written.
 */

import type { Outcome, Transition, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import type { ConsumerHeartbeat, ConsumerHeartbeatReply } from './consumer-events.ts'
import { type ConsumerGroup, type ConsumerMember, leftStaticEpoch } from './consumer-state.ts'
import { refreshed, retargeted } from './epochs.ts'
import {
  changed,
  heldByOthers,
  memberOf,
  namedMember,
  newMember,
  sameNames,
  staticMemberOf,
  withMember,
} from './members.ts'
import { reconciled } from './reconcile.ts'
import { isWithinLimits } from './size.ts'
import { sortedNames, subscribedIds, subscribedTopics } from './subscriptions.ts'
import { isSubset, type Partitions, samePartitions, toPartitions } from './topic-partitions.ts'
import { topicRegexProblem } from './topic-regex.ts'

export function memberHeartbeat(group: ConsumerGroup, beat: ConsumerHeartbeat, context: TransitionContext): Transition {
  const { settings } = context
  const memberId = beat.memberId === '' ? beat.freshMemberId : beat.memberId
  const owned = beat.topicPartitions === null ? null : toPartitions(beat.topicPartitions)
  if (group.members.length >= settings.consumer.membersMax && memberOf(group, memberId) === undefined) {
    return refused(group, 'group-full', `The group has reached its maximum of ${settings.consumer.membersMax} members.`)
  }
  const seat = seatOf(group, beat, memberId, owned, context.now)
  if ('problem' in seat) return refused(group, seat.problem, seat.message)
  const { member, replaces } = seat
  const updated = updatedBy(member, beat, context)
  if (updated.topicRegex !== member.topicRegex && updated.topicRegex !== '') {
    const problem = topicRegexProblem(updated.topicRegex)
    if (problem !== undefined) return refused(group, 'invalid-regular-expression', problem)
  }
  const hasSubscriptionChanged =
    !sameNames(updated.topicNames, member.topicNames) || updated.topicRegex !== member.topicRegex
  const settled = settledWith(group, updated, replaces, owned, hasSubscriptionChanged, context)
  if ('needs' in settled) return settled
  // Only who brings something is refused: what others do to the group is not this member's fault.
  if (hasSubscriptionChanged && !isWithinLimits(settled.group)) {
    return refused(group, 'group-full', 'The group has become too large to be kept.')
  }
  const after = settled.member
  const isTold = beat.memberEpoch === 0 || isFull(beat) || !samePartitions(member.assigned, after.assigned)
  return { state: settled.group, reply: replyTo(after, isTold, context), alive: after.id }
}

/** A request that says everything, which members send when they join and after whatever went wrong. */
const isFull = (beat: ConsumerHeartbeat): boolean =>
  beat.rebalanceTimeoutMs !== -1 &&
  (beat.subscribedTopicNames !== null || beat.subscribedTopicRegex !== null) &&
  beat.topicPartitions !== null

const replyTo = (member: ConsumerMember, isTold: boolean, { settings }: TransitionContext): ConsumerHeartbeatReply => ({
  kind: 'consumer-heartbeat',
  memberId: member.id,
  memberEpoch: member.epoch,
  heartbeatIntervalMs: settings.consumer.heartbeatIntervalMs,
  assignment: member.assigned,
  isTold,
})

type Seat =
  /** `replaces`: the id of the member whose place it takes. */
  | { readonly member: ConsumerMember; readonly replaces: string }
  | { readonly problem: GroupProblem; readonly message: string }

/** The member that a heartbeat is from: there already, new, or a static one's new life. */
function seatOf(
  group: ConsumerGroup,
  beat: ConsumerHeartbeat,
  memberId: string,
  owned: Partitions | null,
  now: number,
): Seat {
  const { instanceId, memberEpoch } = beat
  if (memberEpoch === 0)
    return instanceId === null ? joining(group, memberId, now) : joiningStatic(group, memberId, instanceId, now)
  const member = namedMember(group, memberId, instanceId)
  if ('problem' in member) return { problem: member.problem, message: `There is no such member as ${memberId}.` }
  return epochSeat(member, memberEpoch, owned)
}

function joining(group: ConsumerGroup, memberId: string, now: number): Seat {
  return { member: memberOf(group, memberId) ?? newMember(memberId, now), replaces: memberId }
}

function joiningStatic(group: ConsumerGroup, memberId: string, instanceId: string, now: number): Seat {
  const predecessor = staticMemberOf(group, instanceId)
  if (predecessor === undefined || predecessor.id === memberId) return joining(group, memberId, now)
  if (predecessor.classic === null && predecessor.epoch !== leftStaticEpoch) {
    const message = `The instance id ${instanceId} is in use by member ${predecessor.id}.`
    return { problem: 'unreleased-instance', message }
  }
  return { member: { ...predecessor, id: memberId, epoch: 0, previousEpoch: 0 }, replaces: predecessor.id }
}

/** An answer that raised the epoch may have been lost: who comes by the epoch before, with nothing that is not its, is welcome. */
function epochSeat(member: ConsumerMember, memberEpoch: number, owned: Partitions | null): Seat {
  const isCurrent = memberEpoch === member.epoch
  const isPrevious =
    memberEpoch < member.epoch &&
    memberEpoch === member.previousEpoch &&
    owned !== null &&
    isSubset(owned, member.assigned)
  if (isCurrent || isPrevious) return { member, replaces: member.id }
  const message = `The member comes with epoch ${memberEpoch}, the coordinator knows it by ${member.epoch}. It must give up all its partitions and join again.`
  return { problem: 'fenced-member-epoch', message }
}

/** The member with what a heartbeat says about it. A session that was reset by the operator takes effect with it. */
function updatedBy(member: ConsumerMember, beat: ConsumerHeartbeat, { settings }: TransitionContext): ConsumerMember {
  const { instanceId, rackId, rebalanceTimeoutMs, serverAssignor, subscribedTopicNames, subscribedTopicRegex } = beat
  return changed(member, {
    sessionTimeoutMs: settings.consumer.sessionTimeoutMs,
    instanceId: instanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    assignorName: serverAssignor ?? member.assignorName,
    topicNames: subscribedTopicNames === null ? member.topicNames : sortedNames(subscribedTopicNames),
    topicRegex: subscribedTopicRegex ?? member.topicRegex,
    clientId: beat.clientId,
    clientHost: beat.clientHost,
    classic: null,
  })
}

type Settled = { readonly group: ConsumerGroup; readonly member: ConsumerMember }

/** The group with the member as it is now, after its epochs have caught up and the member has taken its step. */
export function settledWith(
  group: ConsumerGroup,
  member: ConsumerMember,
  replaces: string,
  owned: Partitions | null,
  hasSubscriptionChanged: boolean,
  context: TransitionContext,
): Settled | Exclude<Transition, Outcome> {
  const joined = withMember(group, member, replaces)
  const subscribed = subscribedTopics(joined.members, context)
  if ('needs' in subscribed) return subscribed
  const isFirst = group.groupEpoch === 0
  const targeted = retargeted(refreshed(joined, subscribed.topics, hasSubscriptionChanged || isFirst), context.settings)
  const before = memberOf(targeted, member.id) ?? member
  const step = reconciled(before, {
    now: context.now,
    targetEpoch: targeted.assignmentEpoch,
    subscribed: subscribedIds(before, targeted.topics),
    hasSubscriptionChanged,
    owned,
    isHeldByOther: heldByOthers(targeted, member.id),
  })
  // It is being written anyway: what is stored of its session is as new as it can be.
  const after = step === memberOf(group, replaces) ? step : { ...step, seenMs: context.now }
  return { group: withMember(targeted, after), member: after }
}

const refused = (state: ConsumerGroup, problem: GroupProblem, message: string): Outcome => ({
  state,
  reply: { kind: 'refused', problem, message },
})
