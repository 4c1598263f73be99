/** SyncGroup: the leader brings everybody's assignment, the others wait for theirs. Heartbeat, beside it, asks if all is well. */
import { groupPayloadBytesMax } from '../../base/limits.ts'
import type { Heartbeat, Sync } from '../group-events.ts'
import type { Outcome, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem, SyncReply } from '../group-replies.ts'
import { noPayload, type Payloads, payloadRef, payloadsBytes } from '../payload.ts'
import { classicPayloadRefs, memberOf, memberProblem, withChanged } from './classic-members.ts'
import type { ClassicGroup } from './classic-state.ts'

export function classicSync(group: ClassicGroup, sync: Sync, context: TransitionContext): Outcome {
  const problem = group.phase === 'empty' ? 'unknown-member' : syncProblem(group, sync)
  const member = memberOf(group, sync.memberId)
  if (problem !== undefined || member === undefined) return refused(group, problem ?? 'unknown-member')
  if (group.phase === 'preparing') return { ...refused(group, 'rebalance-in-progress'), alive: member.id }
  const synced = member.synced ? group : withChanged(group, member.id, { ...member, synced: true })
  if (group.phase === 'stable') {
    return { state: settled(synced), reply: syncReply(synced, member.id), alive: member.id }
  }
  const { memberId, instanceId, generation } = sync
  const reply = { wait: { for: 'sync', memberId, instanceId, generation } } as const
  if (group.leader !== member.id) return { state: synced, reply, alive: member.id }
  return { ...assigned(synced, sync, context), alive: member.id }
}

/** The leader's own answer is at hand, since nobody else's word is needed. Members that it forgot have nothing to do. */
function assigned(group: ClassicGroup, sync: Sync, { now }: TransitionContext): Outcome {
  const byMember = new Map(sync.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  const payloads: Payloads = new Map([...byMember.values()].map((bytes) => [payloadRef(bytes), bytes]))
  const members = group.members.map((member) => {
    const bytes = byMember.get(member.id)
    const assignment = bytes === undefined ? noPayload : payloadRef(bytes)
    // Who waited for this could not be heard of meanwhile.
    return { ...member, assignment, seenMs: member.synced ? now : member.seenMs }
  })
  const stable: ClassicGroup = { ...group, phase: 'stable', phaseSinceMs: now, members }
  if (payloadsBytes(classicPayloadRefs(stable)) > groupPayloadBytesMax) return refused(group, 'too-large')
  return { state: settled(stable), reply: syncReply(stable, sync.memberId), payloads }
}

/** When the last one has its assignment, nobody is waited for. */
const settled = (group: ClassicGroup): ClassicGroup =>
  group.deadlineMs !== 0 && group.members.every((member) => member.synced) ? { ...group, deadlineMs: 0 } : group

export function syncReply(group: ClassicGroup, memberId: string): SyncReply {
  const { protocolType, protocolName } = group
  return { kind: 'sync', protocolType, protocolName, assignment: memberOf(group, memberId)?.assignment ?? noPayload }
}

function syncProblem(group: ClassicGroup, sync: Sync): GroupProblem | undefined {
  const problem = memberProblem(group, sync.memberId, sync.instanceId)
  if (problem !== undefined) return problem
  if (sync.generation !== group.generation) return 'illegal-generation'
  const isOther = (said: string | null, is: string | null) => said !== null && said !== is
  const isInconsistent =
    isOther(sync.protocolType, group.protocolType) || isOther(sync.protocolName, group.protocolName)
  return isInconsistent ? 'inconsistent-protocol' : undefined
}

/** No heartbeat changes a classic group. */
export function classicHeartbeat(group: ClassicGroup, beat: Heartbeat): Outcome {
  const problem = memberProblem(group, beat.memberId, beat.instanceId)
  if (problem !== undefined) return refused(group, problem)
  if (beat.generation !== group.generation) return refused(group, 'illegal-generation')
  // It is told to join again by this, and alive all the same.
  if (group.phase === 'preparing') return { ...refused(group, 'rebalance-in-progress'), alive: beat.memberId }
  return { state: group, reply: { kind: 'heartbeat' }, alive: beat.memberId }
}

const refused = (state: ClassicGroup, problem: GroupProblem): Outcome => ({
  state,
  reply: { kind: 'refused', problem },
})
