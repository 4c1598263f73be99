/**
 * The classic group protocol as Kafka 4 has it (JoinGroup, SyncGroup, Heartbeat, LeaveGroup; KIP-62, 345, 394, 814): the
 * members choose a leader's assignor, the leader assigns, the coordinator only counts and passes on.
 */
import type { GroupEvent } from '../group-events.ts'
import type { GroupProtocol, Transition, TransitionContext, Waiting } from '../group-protocol.ts'
import type { GroupReply } from '../group-replies.ts'
import { classicCommitProblem, classicSubscribedTopics } from './classic-commit.ts'
import { classicJoin, joinReply } from './classic-join.ts'
import { classicLeave } from './classic-leave.ts'
import { classicPayloadRefs, memberOf, memberProblem } from './classic-members.ts'
import type { ClassicGroup, ClassicPhase } from './classic-state.ts'
import { classicHeartbeat, classicSync, syncReply } from './classic-sync.ts'
import { classicDeadlineMs, classicTick } from './classic-time.ts'

export const classicProtocol: GroupProtocol<ClassicGroup> = {
  transition: classicTransition,
  answerFor: classicAnswer,
  nextDeadlineMs: classicDeadlineMs,
  payloadRefs: classicPayloadRefs,
  stateName: (group) => stateNames[group.phase],
  fence: (group) => ({
    announced: group.generation,
    // The join phase alone tells nobody what it has; and what an older generation has read it may still say until then.
    raised: group.phase === 'stable' ? group.generation : -1,
  }),
  judgeCommit: (group, commit, { purpose }) => {
    const problem = purpose === 'fetch' ? undefined : classicCommitProblem(group, commit)
    return problem === undefined ? 'legal' : { kind: 'refused', problem }
  },
  commitGeneration: (_, { generation }) => generation,
  subscribedTopics: classicSubscribedTopics,
}

/** `ClassicGroupState` of Kafka. */
const stateNames: Readonly<Record<ClassicPhase, string>> = {
  empty: 'Empty',
  preparing: 'PreparingRebalance',
  completing: 'CompletingRebalance',
  stable: 'Stable',
}

/** A group as its first member finds it. `generation`: 0, or the highest that offsets of an earlier life know. */
export const emptyClassicGroup = (now: number, generation: number): ClassicGroup => ({
  kind: 'classic',
  phase: 'empty',
  phaseSinceMs: now,
  generation,
  protocolType: null,
  protocolName: null,
  leader: null,
  members: [],
  pending: [],
  deadlineMs: 0,
  initialDelay: null,
})

function classicTransition(group: ClassicGroup, event: GroupEvent, context: TransitionContext): Transition {
  switch (event.kind) {
    case 'join':
      return classicJoin(group, event, context)
    case 'sync':
      return classicSync(group, event, context)
    case 'heartbeat':
      return classicHeartbeat(group, event)
    case 'leave':
      return classicLeave(group, event, context)
    case 'tick':
      return classicTick(group, context)
    case 'delete': {
      if (group.phase !== 'empty') return { state: group, reply: { kind: 'refused', problem: 'group-not-empty' } }
      return { state: { kind: 'dead', sinceMs: context.now, members: [] }, reply: { kind: 'delete' } }
    }
    case 'claim':
    case 'consumer-heartbeat':
      return { state: group, reply: { kind: 'noted' } }
  }
}

function classicAnswer(group: ClassicGroup, waiting: Waiting): GroupReply | 'wait' {
  const { memberId } = waiting
  const problem = memberProblem(group, memberId, waiting.instanceId)
  if (problem !== undefined) {
    // A member that has gone has no id any more; one that was replaced shall know which of its ids that was.
    return { kind: 'refused', problem, memberId: problem === 'unknown-member' ? '' : memberId }
  }
  if (waiting.for === 'join') {
    const isOver = group.generation > waiting.generation && memberOf(group, memberId)?.joined === false
    return isOver ? joinReply(group, memberId) : 'wait'
  }
  if (group.phase === 'completing' && group.generation === waiting.generation) return 'wait'
  if (group.phase === 'stable' && group.generation === waiting.generation) return syncReply(group, memberId)
  return { kind: 'refused', problem: 'rebalance-in-progress' }
}
