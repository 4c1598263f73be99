/**
 * JoinGroup of a classic member to a consumer group (KIP-848, migration). Nobody waits for anybody: the member is created
 * or updated as by a heartbeat, its subscription and what it owns are read from its metadata, and the answer is its next
 * step. If there is more to come, its heartbeats call it to join again.
 */
import type { TopicId } from '../../base/ids.ts'
import { classicProtocol } from '../classic/classic-protocol.ts'
import type { Join } from '../group-events.ts'
import type { Outcome, Transition, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import { type Payloads, payloadRef } from '../payload.ts'
import { assignmentBytes, type ClassicSubscription, identified, readSubscription } from './classic-payloads.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { asClassic, downgraded, isDowngradable } from './downgrade.ts'
import { settledWith } from './heartbeat.ts'
import { changed, memberOf, namedMember, newMember, sameNames, staticMemberOf, withMember } from './members.ts'
import { isReconciled } from './reconcile.ts'
import { isWithinLimits } from './size.ts'
import { sortedNames, subscribedTopics } from './subscriptions.ts'
import { type Partitions, toPartitions, union } from './topic-partitions.ts'

/** How long a classic member may be silent: Kafka holds JoinGroup to the same bounds in groups of both kinds. */
const isLegalSession = ({ sessionTimeoutMs }: Join, { settings }: TransitionContext) =>
  sessionTimeoutMs >= settings.sessionTimeoutMsMin && sessionTimeoutMs <= settings.sessionTimeoutMsMax

export function classicMemberJoins(group: ConsumerGroup, join: Join, context: TransitionContext): Transition {
  const isUnknown = join.memberId === ''
  const memberId = isUnknown ? join.freshMemberId : join.memberId
  if (!isLegalSession(join, context)) return refused(group, 'invalid-session-timeout', join.memberId)
  const isFull = group.members.length >= context.settings.consumer.membersMax
  if (isFull && memberOf(group, memberId) === undefined) return refused(group, 'group-full')
  if (!areSupported(group, join)) return refused(group, 'inconsistent-protocol', join.memberId)
  if (isUnknown && join.instanceId === null && join.requiresKnownMemberId) {
    // The id is not noted: a consumer group takes whatever id a member comes with.
    return refused(group, 'member-id-required', memberId)
  }
  const seat = seatOf(group, memberId, join, context.now)
  if ('problem' in seat) return refused(group, seat.problem, join.memberId)
  const subscription = readSubscription(join.protocols[0]?.metadata ?? new Uint8Array())
  if (subscription === undefined) return refused(group, 'inconsistent-protocol', join.memberId)
  // It was put out, and what it owned is another's by now. Kafka takes it back, upon which it commits what it gives up; told
  // that it is unknown, a client takes all of it for lost, and says nothing of it any more.
  const isMember = memberOf(group, seat.replaces) !== undefined
  if (!isMember && subscription.owned.some(({ partitions }) => partitions.length > 0)) {
    return refused(group, 'unknown-member', join.memberId)
  }
  const updated = updatedBy(seat.member, join, subscription, context.now)
  const hasSubscriptionChanged =
    !sameNames(updated.topicNames, seat.member.topicNames) || updated.topicRegex !== seat.member.topicRegex
  const predecessor = join.instanceId === null ? undefined : staticMemberOf(group, join.instanceId)
  if (predecessor !== undefined && predecessor.classic === null) {
    const others = group.members.filter((member) => member !== predecessor)
    if (isDowngradable([...others, updated], context.settings)) {
      return takesOver(group, predecessor, updated, hasSubscriptionChanged, join, context)
    }
  }
  const owned = ownedBy(subscription, group, updated, context)
  if ('needs' in owned) return owned
  const settled = settledWith(group, updated, seat.replaces, owned.partitions, hasSubscriptionChanged, context)
  if ('needs' in settled) return settled
  return joinedAs(settled.group, settled.member, join)
}

/** The answer, with the assignment that the member will ask for next. */
function joinedAs(group: ConsumerGroup, member: ConsumerMember, join: Join): Outcome {
  const { classic } = member
  const protocol = join.protocols[0]?.name ?? ''
  if (classic === null) return refused(group, 'inconsistent-protocol', join.memberId)
  const bytes = assignmentBytes(member.assigned, group.topics, classic.version)
  const assignment = payloadRef(bytes)
  const state = withMember(group, changed(member, { classic: { ...classic, assignment } }))
  if (!isWithinLimits(state)) return refused(group, 'group-full', join.memberId)
  return {
    state,
    reply: {
      kind: 'join',
      generation: member.epoch,
      protocolType: 'consumer',
      protocolName: protocol,
      leader: '',
      memberId: member.id,
      skipAssignment: false,
      members: [],
    },
    payloads: new Map([...payloadsOf(join), [assignment, bytes]]),
    alive: member.id,
  }
}

/**
 * A static member comes back with the classic protocol, and was the last of the consumer protocol: the group becomes a
 * classic one, in which it takes its own place. If nothing else was going on, nobody notices.
 */
function takesOver(
  group: ConsumerGroup,
  predecessor: ConsumerMember,
  updated: ConsumerMember,
  hasSubscriptionChanged: boolean,
  join: Join,
  context: TransitionContext,
): Transition {
  const placed = withMember(group, { ...updated, id: predecessor.id, target: predecessor.target }, predecessor.id)
  const isQuiet =
    !hasSubscriptionChanged &&
    group.assignmentEpoch === group.groupEpoch &&
    placed.members.every((member) => member.id === predecessor.id || isReconciled(member, group.groupEpoch))
  const { state, payloads } = isQuiet ? asClassic(placed, context) : downgraded(placed, context)
  const joined = classicProtocol.transition(state, join, context)
  if ('needs' in joined) return joined
  if ('kind' in joined.reply && joined.reply.kind === 'refused') return { ...joined, state: group }
  return { ...joined, payloads: new Map([...payloads, ...payloadsOf(join), ...(joined.payloads ?? [])]) }
}

/** It speaks as consumers do, and has a protocol that all classic members have. */
function areSupported(group: ConsumerGroup, join: Join): boolean {
  const classic = group.members.flatMap((member) => (member.classic === null ? [] : [member.classic.protocols]))
  const isCommon = (name: string) => classic.every((protocols) => protocols.some((each) => each.name === name))
  return join.protocolType === 'consumer' && join.protocols.some(({ name }) => isCommon(name))
}

type Seat = { readonly member: ConsumerMember; readonly replaces: string } | { readonly problem: GroupProblem }

function seatOf(group: ConsumerGroup, memberId: string, { memberId: named, instanceId }: Join, now: number): Seat {
  if (instanceId === null) return { member: memberOf(group, memberId) ?? newMember(memberId, now), replaces: memberId }
  if (named !== '') {
    const member = namedMember(group, memberId, instanceId)
    return 'problem' in member ? member : { member, replaces: memberId }
  }
  const predecessor = staticMemberOf(group, instanceId)
  if (predecessor === undefined) return { member: newMember(memberId, now), replaces: memberId }
  return { member: { ...predecessor, id: memberId, epoch: 0, previousEpoch: 0 }, replaces: predecessor.id }
}

function updatedBy(member: ConsumerMember, join: Join, subscription: ClassicSubscription, now: number): ConsumerMember {
  const { instanceId, sessionTimeoutMs, rebalanceTimeoutMs, clientId, clientHost } = join
  return changed(member, {
    sessionTimeoutMs,
    instanceId: instanceId ?? member.instanceId,
    rackId: subscription.rackId ?? member.rackId,
    rebalanceTimeoutMs,
    topicNames: sortedNames(subscription.topics),
    topicRegex: '',
    clientId,
    clientHost,
    revokeByMs: 0,
    classic: {
      protocols: join.protocols.map(({ name, metadata }) => ({ name, metadata: payloadRef(metadata) })),
      version: subscription.version,
      assignment: member.classic?.assignment ?? '',
      joinByMs: 0,
      syncByMs: now + rebalanceTimeoutMs,
    },
  })
}

/** What it owns by ids. A name that the group no longer knows stands for whatever of unknown topics it had to give up. */
function ownedBy(
  subscription: ClassicSubscription,
  group: ConsumerGroup,
  updated: ConsumerMember,
  context: TransitionContext,
): { readonly partitions: Partitions } | Exclude<Transition, Outcome> {
  const now = subscribedTopics(withMember(group, updated).members, context)
  if ('needs' in now) return now
  const idOf = new Map([...group.topics, ...now.topics].map(({ name, id }): [string, TopicId] => [name, id]))
  const known = new Set<TopicId>([...group.topics, ...now.topics].map(({ id }) => id))
  const partitions = identified(subscription.owned, idOf)
  if (subscription.owned.every(({ topic }) => idOf.has(topic))) return { partitions }
  const had = toPartitions([...updated.assigned, ...updated.revoking])
  return {
    partitions: union(
      partitions,
      had.filter(({ topicId }) => !known.has(topicId)),
    ),
  }
}

const payloadsOf = (join: Join): Payloads =>
  new Map(join.protocols.map(({ metadata }) => [payloadRef(metadata), metadata]))

const refused = (state: ConsumerGroup, problem: GroupProblem, memberId = ''): Outcome => ({
  state,
  reply: { kind: 'refused', problem, memberId },
})
