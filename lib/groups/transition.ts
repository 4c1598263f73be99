/** Whose turn it is: finds the protocol of a group's kind, and what holds for groups of every kind or none. */
import { classicProtocol, emptyClassicGroup } from './classic/classic-protocol.ts'
import { consumerHeartbeat, consumerProtocol } from './consumer/consumer-protocol.ts'
import type { GroupEvent } from './group-events.ts'
import type {
  CommitContext,
  Committer,
  Fence,
  GroupProtocol,
  Transition,
  TransitionContext,
  Waiting,
} from './group-protocol.ts'
import type { GroupReply, Refused } from './group-replies.ts'
import type { GroupState } from './group-state.ts'
import type { PayloadRef } from './payload.ts'

type Living = Exclude<GroupState, { kind: 'dead' }>

/** The protocol with its state: the pair is what makes the types agree. */
function ofKind<T>(state: Living, use: <S extends Living>(protocol: GroupProtocol<S>, own: S) => T): T {
  return state.kind === 'classic' ? use(classicProtocol, state) : use(consumerProtocol, state)
}

export function transition(state: GroupState | undefined, event: GroupEvent, context: TransitionContext): Transition {
  // Who coordinates is not in the state: `group-actor.ts` writes it beside.
  if (event.kind === 'claim') return { state, reply: { kind: 'noted' } }
  if (state?.kind === 'dead') {
    const reply = event.kind === 'tick' ? ({ kind: 'noted' } as const) : refused('coordinator-not-available')
    return { state, reply }
  }
  if (event.kind === 'consumer-heartbeat') return consumerHeartbeat(state, event, context)
  if (state !== undefined) return ofKind(state, (protocol, own) => protocol.transition(own, event, context))
  return nobodysTransition(event, context)
}

/** A group that nobody has joined is one that its first member makes. */
function nobodysTransition(event: GroupEvent, context: TransitionContext): Transition {
  const empty = emptyClassicGroup(context.now, context.generationOfOffsets)
  switch (event.kind) {
    case 'join':
      if (event.memberId !== '') return { state: undefined, reply: refused('unknown-member', event.memberId) }
      return ifRefused(classicProtocol.transition(empty, event, context), empty)
    case 'leave':
      return ifRefused(classicProtocol.transition(empty, event, context), empty)
    case 'delete':
      return classicProtocol.transition(empty, event, context)
    case 'sync':
    case 'heartbeat':
      return { state: undefined, reply: refused('unknown-member') }
    default:
      return { state: undefined, reply: { kind: 'noted' } }
  }
}

/** A group to which nothing has happened is not stored. */
const ifRefused = (answer: Transition, empty: GroupState): Transition =>
  'state' in answer && answer.state === empty ? { ...answer, state: undefined } : answer

/** The answer to a parked request, or `wait`. */
export function answerFor(state: GroupState | undefined, waiting: Waiting): GroupReply | 'wait' {
  if (state === undefined) return refused('unknown-member')
  if (state.kind === 'dead') return refused('coordinator-not-available')
  return ofKind(state, (protocol, own) => protocol.answerFor(own, waiting))
}

export function nextDeadlineMs(
  state: GroupState | undefined,
  context: Pick<TransitionContext, 'seenMs' | 'settings'>,
): number | undefined {
  if (state === undefined || state.kind === 'dead') return undefined
  return ofKind(state, (protocol, own) => protocol.nextDeadlineMs(own, context))
}

export function payloadRefsOf(state: GroupState): Iterable<PayloadRef> {
  return state.kind === 'dead' ? [] : ofKind(state, (protocol, own) => protocol.payloadRefs(own))
}

export function fenceOf(state: GroupState): Fence {
  if (state.kind === 'dead') return { announced: -1, raised: -1 }
  return ofKind(state, (protocol, own) => protocol.fence(own))
}

/** As Kafka names it. */
export function stateNameOf(state: Living): string {
  return ofKind(state, (protocol, own) => protocol.stateName(own))
}

/** Whether this member (or nobody in particular) may commit, or read with its epoch. */
export function judgeCommit(
  state: GroupState | undefined,
  committer: Committer,
  context: CommitContext,
): 'legal' | Refused {
  if (state === undefined) {
    if (context.purpose === 'fetch' || committer.generation < 0) return 'legal'
    // As Kafka: those who know member epochs know that a group may not be there.
    return refused(context.version >= 9 ? 'unknown-group' : 'illegal-generation')
  }
  if (state.kind === 'dead') return refused(context.purpose === 'fetch' ? 'unknown-group' : 'coordinator-not-available')
  return ofKind(state, (protocol, own) => protocol.judgeCommit(own, committer, context))
}

/** See `GroupProtocol.commitGeneration`: of a commit that is legal in this state. */
export function commitGeneration(state: GroupState | undefined, committer: Committer): number {
  if (state === undefined || state.kind === 'dead') return committer.generation
  return ofKind(state, (protocol, own) => protocol.commitGeneration(own, committer))
}

/** See `GroupProtocol.subscribedTopics`. */
export function subscribedTopics(state: GroupState | undefined, context: Pick<TransitionContext, 'payload'>) {
  if (state === undefined || state.kind === 'dead') return new Set<string>()
  return ofKind(state, (protocol, own) => protocol.subscribedTopics(own, context))
}

const refused = (problem: Refused['problem'], memberId = ''): Refused => ({ kind: 'refused', problem, memberId })
