/**
 * The consumer group protocol (KIP-848) as pure transitions, for members of its own and for those of the classic protocol
 * that are on their way to it or back. Nobody ever waits for an answer: what a member cannot have yet it gets by a later
 * heartbeat.
 */
import { classicProtocol, emptyClassicGroup } from '../classic/classic-protocol.ts'
import type { GroupEvent } from '../group-events.ts'
import type { GroupProtocol, Transition, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import type { GroupState } from '../group-state.ts'
import type { PayloadRef } from '../payload.ts'
import { classicMemberBeats, classicMemberSyncs, withCalls } from './classic-member-calls.ts'
import { classicMemberJoins } from './classic-member-join.ts'
import { consumerCommitProblem, consumerFence } from './commits.ts'
import type { ConsumerHeartbeat } from './consumer-events.ts'
import type { ConsumerGroup } from './consumer-state.ts'
import { memberLeaves, membersExpire, membersLeave, nextDeadlineMs } from './departure.ts'
import { consumerStateName } from './description.ts'
import { memberHeartbeat } from './heartbeat.ts'
import { emptyConsumerGroup, type Upgrade, upgraded } from './upgrade.ts'

export const consumerProtocol: GroupProtocol<ConsumerGroup> = {
  transition: (group, event, context) => ended(group, eventTransition(group, event, context), context),
  // Only those wait here that joined, or synced with, the classic group that this was.
  answerFor: (_, { memberId }) => ({ kind: 'refused', problem: 'rebalance-in-progress', memberId }),
  nextDeadlineMs,
  payloadRefs: consumerPayloadRefs,
  stateName: consumerStateName,
  fence: consumerFence,
  judgeCommit: (group, committer, context) => {
    const problem = consumerCommitProblem(group, committer, context)
    return problem === undefined ? 'legal' : { kind: 'refused', problem }
  },
  commitGeneration: ({ fencedEpoch }, { generation }) => (generation < 0 ? generation : fencedEpoch),
  subscribedTopics: (group) => new Set(group.topics.map(({ name }) => name)),
}

/** A heartbeat to a group of any kind: it makes the group, or moves a classic one over, or is refused. */
export function consumerHeartbeat(
  state: GroupState | undefined,
  beat: ConsumerHeartbeat,
  context: TransitionContext,
): Transition {
  const found = groupFor(state, beat, context)
  if ('needs' in found) return found
  if ('problem' in found) return refused(state, 'unknown-group', found.problem)
  const answer =
    beat.memberEpoch < 0 ? memberLeaves(found.group, beat, context) : memberHeartbeat(found.group, beat, context)
  return ended(state, answer, context)
}

function groupFor(state: GroupState | undefined, beat: ConsumerHeartbeat, context: TransitionContext): Upgrade {
  if (state?.kind === 'consumer') return { group: state }
  if (beat.memberEpoch !== 0) {
    return {
      problem: `There is no consumer group ${context.group}${state === undefined ? '' : '; it is a classic one'}.`,
    }
  }
  if (state?.kind === 'classic') return upgraded(state, context)
  return { group: emptyConsumerGroup(context.generationOfOffsets) }
}

/** What was refused has changed nothing; what has changed may call classic members. */
function ended(before: GroupState | undefined, answer: Transition, { now }: TransitionContext): Transition {
  if ('needs' in answer) return answer
  const { state, reply } = answer
  const isRefused = 'kind' in reply && reply.kind === 'refused'
  if (isRefused && state?.kind === 'consumer') return { ...answer, state: before }
  return state?.kind === 'consumer' && state !== before ? { ...answer, state: withCalls(state, now) } : answer
}

function eventTransition(group: ConsumerGroup, event: GroupEvent, context: TransitionContext): Transition {
  switch (event.kind) {
    case 'join':
      return group.members.length === 0
        ? classicAgain(group, event, context)
        : classicMemberJoins(group, event, context)
    case 'sync':
      return classicMemberSyncs(group, event)
    case 'heartbeat':
      return classicMemberBeats(group, event)
    case 'leave':
      return membersLeave(group, event, context)
    case 'tick':
      return membersExpire(group, context)
    case 'delete':
      if (group.members.length > 0) return refused(group, 'group-not-empty')
      return { state: { kind: 'dead', sinceMs: context.now, members: [] }, reply: { kind: 'delete' } }
    case 'claim':
    case 'consumer-heartbeat':
      return { state: group, reply: { kind: 'noted' } }
  }
}

/** Nobody is in the group: whoever comes makes it what it speaks. */
function classicAgain(
  group: ConsumerGroup,
  join: Extract<GroupEvent, { kind: 'join' }>,
  context: TransitionContext,
): Transition {
  const empty = emptyClassicGroup(context.now, group.groupEpoch)
  const joined = classicProtocol.transition(empty, join, context)
  return 'state' in joined && joined.state === empty ? { ...joined, state: group } : joined
}

function* consumerPayloadRefs(group: ConsumerGroup): Iterable<PayloadRef> {
  for (const { classic } of group.members) {
    if (classic === null) continue
    for (const { metadata } of classic.protocols) yield metadata
    yield classic.assignment
  }
}

const refused = (state: GroupState | undefined, problem: GroupProblem, message?: string): Transition => ({
  state,
  reply: { kind: 'refused', problem, ...(message === undefined ? {} : { message }) },
})
