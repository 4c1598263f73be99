/**
 * What time does to a classic group: ids that nobody came back with are forgotten, members that were not heard of for
 * their session time-out are out, and phases end. Members that wait for an answer cannot be heard of, and do not expire
 * by silence: the phase's deadline is theirs, and newcomers have a time-out of their own, as in Kafka.
 */
import { newMemberJoinTimeoutMs } from '../../base/limits.ts'
import type { Outcome, TransitionContext } from '../group-protocol.ts'
import { rebalanceContext } from './classic-join.ts'
import { hasAllJoined, without } from './classic-members.ts'
import { newGeneration, rebalanced } from './classic-rebalance.ts'
import type { ClassicGroup, ClassicMember } from './classic-state.ts'

type Sessions = Pick<TransitionContext, 'seenMs'>

export function classicTick(group: ClassicGroup, context: TransitionContext): Outcome {
  const sessions = expired(group, context)
  return { state: deadlinePassed(sessions, context), reply: { kind: 'noted' } }
}

/** `undefined` when nothing will happen by itself. */
export function classicDeadlineMs(group: ClassicGroup, context: Sessions): number | undefined {
  const ends = [
    ...group.pending.map((each) => each.untilMs),
    ...group.members.flatMap((member) => sessionEndMs(group, member, context) ?? []),
    ...(group.deadlineMs === 0 ? [] : [group.deadlineMs]),
  ]
  return ends.length === 0 ? undefined : ends.reduce((earliest, end) => Math.min(earliest, end))
}

/** `undefined` while the member waits for an answer. */
function sessionEndMs(group: ClassicGroup, member: ClassicMember, { seenMs }: Sessions): number | undefined {
  if (group.phase === 'preparing' && member.joined) {
    return member.isNew ? seenMs(member.id) + newMemberJoinTimeoutMs : undefined
  }
  if (group.phase === 'completing' && member.synced) return undefined
  return seenMs(member.id) + member.sessionTimeoutMs
}

function expired(group: ClassicGroup, context: TransitionContext): ClassicGroup {
  const silent = group.members.filter((member) => (sessionEndMs(group, member, context) ?? Infinity) <= context.now)
  const forgotten = group.pending.filter((each) => each.untilMs <= context.now)
  if (silent.length === 0 && forgotten.length === 0) return group
  const left = without(group, new Set([...silent, ...forgotten].map((each) => each.id)))
  const rebalance = rebalanceContext(context)
  if (left.phase === 'preparing') return hasAllJoined(left) ? newGeneration(left, rebalance) : left
  return silent.length === 0 ? left : rebalanced(left, rebalance)
}

function deadlinePassed(group: ClassicGroup, context: TransitionContext): ClassicGroup {
  const { now, settings } = context
  if (group.deadlineMs === 0 || now < group.deadlineMs) return group
  const rebalance = rebalanceContext(context)
  if (group.phase === 'preparing') {
    const { initialDelay } = group
    if (initialDelay === null || !initialDelay.newcomers || initialDelay.leftMs === 0) {
      return newGeneration(group, rebalance)
    }
    const delayMs = Math.min(settings.initialRebalanceDelayMs, initialDelay.leftMs)
    const leftMs = Math.max(initialDelay.leftMs - settings.initialRebalanceDelayMs, 0)
    return { ...group, deadlineMs: now + delayMs, initialDelay: { leftMs, newcomers: false } }
  }
  const unsynced = group.members.filter((member) => !member.synced)
  if (unsynced.length === 0) return { ...group, deadlineMs: 0 }
  return rebalanced(without(group, new Set(unsynced.map((member) => member.id))), rebalance)
}
