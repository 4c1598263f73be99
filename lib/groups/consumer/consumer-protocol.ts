/** The consumer group protocol (KIP-848). */
import type { GroupProtocol, Transition, TransitionContext } from '../group-protocol.ts'
import type { GroupState } from '../group-state.ts'
import type { ConsumerHeartbeat } from './consumer-events.ts'
import type { ConsumerGroup } from './consumer-state.ts'

export const consumerProtocol: GroupProtocol<ConsumerGroup> = {
  transition: (state) => ({ state, reply: { kind: 'refused', problem: 'unknown-member' } }),
  answerFor: () => ({ kind: 'refused', problem: 'unknown-member' }),
  nextDeadlineMs: () => undefined,
  payloadRefs: () => [],
  fence: () => ({ announced: -1, raised: -1 }),
  judgeCommit: () => ({ kind: 'refused', problem: 'unknown-member' }),
  subscribedTopics: () => null,
}

/** A heartbeat to a group of any kind: it makes the group, or moves a classic one over, or is refused. */
export function consumerHeartbeat(
  state: GroupState | undefined,
  _event: ConsumerHeartbeat,
  _context: TransitionContext,
): Transition {
  return { state, reply: { kind: 'refused', problem: 'unsupported-version' } }
}
