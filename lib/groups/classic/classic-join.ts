/**
 * JoinGroup. A newcomer is told an id first (KIP-394), a static one takes its predecessor's place (KIP-345), and a member
 * that comes again is answered at once where nothing has changed; all others wait for the generation.
 */
import { groupPayloadBytesMax, groupStateBytesMax } from '../../base/limits.ts'
import type { Join } from '../group-events.ts'
import type { Outcome, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem, JoinReply } from '../group-replies.ts'
import { noPayload, type Payloads, payloadRef, payloadsBytes } from '../payload.ts'
import {
  bringsTheSame,
  broughtBy,
  classicPayloadRefs,
  isPending,
  memberOf,
  memberProblem,
  staticMemberOf,
  withChanged,
  withMember,
  without,
} from './classic-members.ts'
import { joinsCompleted, rebalanced } from './classic-rebalance.ts'
import { stateBytes } from './classic-size.ts'
import type { ClassicGroup, ClassicMember } from './classic-state.ts'
import { chosenProtocol, isConsistent, metadataFor } from './classic-votes.ts'

export function classicJoin(group: ClassicGroup, join: Join, context: TransitionContext): Outcome {
  const { settings } = context
  const { sessionTimeoutMs } = join
  if (sessionTimeoutMs < settings.sessionTimeoutMsMin || sessionTimeoutMs > settings.sessionTimeoutMsMax) {
    return refused(group, 'invalid-session-timeout', join.memberId)
  }
  if (!isAccepted(group, join.memberId, settings.membersMax)) {
    const left = memberOf(group, join.memberId) === undefined ? group : without(group, new Set([join.memberId]))
    return refused(joinsCompleted(left, rebalanceContext(context)), 'group-full')
  }
  if (!isConsistent(group, join)) return refused(group, 'inconsistent-protocol', join.memberId)
  // Applied a second time, to a state in which the id is a member's already, a newcomer's join is a member's.
  const isNewcomer = join.memberId === '' && memberOf(group, join.freshMemberId) === undefined
  const outcome = isNewcomer
    ? newcomer(group, join, context)
    : returning(group, { ...join, memberId: join.memberId || join.freshMemberId }, context)
  return 'wait' in outcome.reply ? withinLimits(group, join, outcome) : outcome
}

/** A group that has room, or in which the member has its place already. */
function isAccepted(group: ClassicGroup, memberId: string, membersMax: number): boolean {
  if (group.phase === 'empty') return true
  const member = memberOf(group, memberId)
  if (group.phase !== 'preparing') return member !== undefined || group.members.length < membersMax
  return member?.joined === true || group.members.filter((each) => each.joined).length < membersMax
}

function newcomer(group: ClassicGroup, join: Join, context: TransitionContext): Outcome {
  const { freshMemberId: id, instanceId } = join
  if (instanceId !== null) {
    const predecessor = staticMemberOf(group, instanceId)
    return predecessor === undefined ? added(group, id, join, context) : replaced(group, predecessor, id, join, context)
  }
  if (!join.requiresKnownMemberId) return added(group, id, join, context)
  // Applied a second time, to a state in which it has been done.
  if (isPending(group, id)) return refused(group, 'member-id-required', id)
  // Kafka does not count them; but what nobody comes back for must not grow without end.
  if (group.pending.length >= context.settings.membersMax) return refused(group, 'group-full')
  const pending = [...group.pending, { id, untilMs: context.now + join.sessionTimeoutMs }]
  return refused({ ...group, pending }, 'member-id-required', id)
}

function returning(group: ClassicGroup, join: Join, context: TransitionContext): Outcome {
  const { memberId, instanceId } = join
  if (isPending(group, memberId)) {
    // Only dynamic members are told an id first.
    return instanceId === null ? added(group, memberId, join, context) : refused(group, 'unknown-member', memberId)
  }
  const problem = memberProblem(group, memberId, instanceId)
  const member = memberOf(group, memberId)
  if (problem !== undefined || member === undefined) return refused(group, problem ?? 'unknown-member', memberId)
  const isSame = bringsTheSame(member, broughtBy(join))
  // It may have missed the answer; and a leader that comes again without need asks for a new assignment.
  const isAnswered = isSame && (group.phase === 'completing' || (group.phase === 'stable' && group.leader !== memberId))
  if (isAnswered) return { state: group, reply: joinReply(group, memberId), alive: memberId }
  const changed: ClassicMember = { ...member, ...broughtBy(join), joined: true, seenMs: context.now }
  return waiting(withChanged(group, memberId, changed), changed, join, context)
}

function added(group: ClassicGroup, id: string, join: Join, context: TransitionContext): Outcome {
  const member: ClassicMember = {
    id,
    instanceId: join.instanceId,
    clientId: join.clientId,
    clientHost: join.clientHost,
    ...broughtBy(join),
    assignment: noPayload,
    isNew: true,
    joined: true,
    synced: false,
    seenMs: context.now,
  }
  const { initialDelay } = group
  const awaited = initialDelay === null ? group : { ...group, initialDelay: { ...initialDelay, newcomers: true } }
  return waiting(withMember(awaited, member, join.protocolType), member, join, context)
}

/** A static member comes back under a new id: its predecessor is fenced, and in a stable group all else may stay. */
function replaced(
  group: ClassicGroup,
  predecessor: ClassicMember,
  id: string,
  join: Join,
  context: TransitionContext,
): Outcome {
  const member: ClassicMember = { ...predecessor, id, ...broughtBy(join), seenMs: context.now }
  if (group.phase === 'stable') {
    const settled = withChanged(group, predecessor.id, member)
    if (chosenProtocol(settled.members) === group.protocolName) {
      const reply = joinReply(settled, id)
      // Before KIP-814 a leader could not be told that its assignment stands: it is not told that it leads.
      const told = join.maySkipAssignment
        ? { ...reply, skipAssignment: settled.leader === id }
        : { ...reply, leader: group.leader ?? '', members: [] }
      return { state: settled, reply: told, payloads: payloadsOf(join), alive: id }
    }
  }
  const joined = { ...member, joined: true }
  return waiting(withChanged(group, predecessor.id, joined), joined, join, context)
}

function waiting(group: ClassicGroup, member: ClassicMember, join: Join, context: TransitionContext): Outcome {
  return {
    state: rebalanced(group, rebalanceContext(context)),
    reply: {
      wait: {
        for: 'join',
        memberId: member.id,
        instanceId: member.instanceId,
        generation: group.generation,
        maySkipAssignment: join.maySkipAssignment,
      },
    },
    payloads: payloadsOf(join),
    alive: member.id,
  }
}

/** What a join that was taken brings must fit beside all else that the group has. */
function withinLimits(before: ClassicGroup, join: Join, outcome: Outcome): Outcome {
  const { state } = outcome
  if (state?.kind !== 'classic') return outcome
  if (payloadsBytes(classicPayloadRefs(state)) <= groupPayloadBytesMax && stateBytes(state) <= groupStateBytesMax) {
    return outcome
  }
  return refused(before, 'group-full', join.memberId)
}

const payloadsOf = (join: Join): Payloads =>
  new Map(join.protocols.map(({ metadata }) => [payloadRef(metadata), metadata]))

export const rebalanceContext = ({ now, settings }: Pick<TransitionContext, 'now' | 'settings'>) => ({
  now,
  initialRebalanceDelayMs: settings.initialRebalanceDelayMs,
})

/** What a member of the present generation is told. */
export function joinReply(group: ClassicGroup, memberId: string): JoinReply {
  const leads = group.leader === memberId
  return {
    kind: 'join',
    generation: group.generation,
    protocolType: group.protocolType ?? '',
    protocolName: group.protocolName,
    leader: group.leader ?? '',
    memberId,
    skipAssignment: false,
    members: leads
      ? group.members.map((member) => ({
          memberId: member.id,
          instanceId: member.instanceId,
          metadata: metadataFor(member, group.protocolName),
        }))
      : [],
  }
}

const refused = (state: ClassicGroup, problem: GroupProblem, memberId = ''): Outcome => ({
  state,
  reply: { kind: 'refused', problem, memberId },
})
