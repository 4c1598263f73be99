/**
 * A consumer group whose last member of the consumer protocol has gone becomes a classic one again (KIP-848, migration):
 * its members keep their ids and what they brought, the generation goes on from the group epoch, and a rebalance has them
 * all join again. Until then the classic group knows of each what it may still be reading, not what it was to have next
 * (Kafka's choice): should the group move back meanwhile, nobody else may get that.
 */
import { rebalanceContext } from '../classic/classic-join.ts'
import { rebalanced } from '../classic/classic-rebalance.ts'
import type { ClassicGroup, ClassicMember } from '../classic/classic-state.ts'
import { chosenProtocol } from '../classic/classic-votes.ts'
import type { TransitionContext } from '../group-protocol.ts'
import type { GroupSettings } from '../group-settings.ts'
import { type PayloadRef, type Payloads, payloadRef } from '../payload.ts'
import { assignmentBytes } from './classic-payloads.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { union } from './topic-partitions.ts'

/** Whether those that are left can go on as a classic group, and the operator lets them. */
export function isDowngradable(left: readonly ConsumerMember[], { consumer, membersMax }: GroupSettings): boolean {
  const isAllowed = consumer.migration === 'bidirectional' || consumer.migration === 'downgrade'
  return isAllowed && left.length > 0 && left.length <= membersMax && left.every(({ classic }) => classic !== null)
}

/** The group as a classic one that has begun a rebalance. */
export function downgraded(
  group: ConsumerGroup,
  context: TransitionContext,
): { readonly state: ClassicGroup; readonly payloads: Payloads } {
  const { state, payloads } = asClassic(group, context)
  return { state: rebalanced(state, rebalanceContext(context)), payloads }
}

/** The group as a stable classic one. Every member has to be of the classic protocol. */
export function asClassic(
  group: ConsumerGroup,
  { now }: Pick<TransitionContext, 'now'>,
): { readonly state: ClassicGroup; readonly payloads: Payloads } {
  const payloads = new Map<PayloadRef, Uint8Array>()
  const members = group.members.flatMap((member): ClassicMember[] => {
    const { id, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, classic } = member
    if (classic === null) return []
    const bytes = assignmentBytes(union(member.assigned, member.revoking), group.topics, classic.version)
    const assignment = payloadRef(bytes)
    payloads.set(assignment, bytes)
    const { protocols } = classic
    const brought = {
      id,
      instanceId,
      clientId,
      clientHost,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols,
      assignment,
    }
    // Every member's session begins anew, as in Kafka.
    return [{ ...brought, isNew: false, joined: false, synced: true, seenMs: now }]
  })
  const state: ClassicGroup = {
    kind: 'classic',
    phase: 'stable',
    phaseSinceMs: now,
    generation: group.groupEpoch,
    protocolType: 'consumer',
    protocolName: chosenProtocol(members),
    leader: members[0]?.id ?? null,
    members,
    pending: [],
    deadlineMs: 0,
    initialDelay: null,
  }
  return { state, payloads }
}
