/** LeaveGroup: members go, by their own wish or an operator's (by instance id); the others rebalance without them. */
import type { Leave } from '../group-events.ts'
import type { Outcome, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import { rebalanceContext } from './classic-join.ts'
import { isPending, memberProblem, staticMemberOf, without } from './classic-members.ts'
import { joinsCompleted, rebalanced } from './classic-rebalance.ts'
import type { ClassicGroup } from './classic-state.ts'

export function classicLeave(group: ClassicGroup, leave: Leave, context: TransitionContext): Outcome {
  let left = group
  const members = leave.members.map(({ memberId, instanceId }) => {
    const who = leaving(left, memberId, instanceId)
    if ('id' in who) left = without(left, new Set([who.id]))
    return { memberId, instanceId, problem: 'id' in who ? null : who.problem }
  })
  const isSettled = left === group || left.phase === 'empty'
  const state = isSettled ? left : afterLeaving(left, context)
  return { state, reply: { kind: 'leave', members } }
}

function leaving(
  group: ClassicGroup,
  memberId: string,
  instanceId: string | null,
): { readonly id: string } | { readonly problem: GroupProblem } {
  if (memberId === '') {
    const bearer = instanceId === null ? undefined : staticMemberOf(group, instanceId)
    return bearer === undefined ? { problem: 'unknown-member' } : { id: bearer.id }
  }
  if (isPending(group, memberId)) return { id: memberId }
  const problem = memberProblem(group, memberId, instanceId)
  return problem === undefined ? { id: memberId } : { problem }
}

function afterLeaving(group: ClassicGroup, context: TransitionContext): ClassicGroup {
  const rebalance = rebalanceContext(context)
  return group.phase === 'preparing' ? joinsCompleted(group, rebalance) : rebalanced(group, rebalance)
}
