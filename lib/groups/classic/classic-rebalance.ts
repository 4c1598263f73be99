/**
 * The phases of a rebalance: members are called to join (by their heartbeats), the generation is made when all have or
 * time is up, and ends in `completing`, where the leader owes the assignments. Every phase has a deadline, so every
 * rebalance ends: by the rebalance time-out members that do not join are out, by the same again those that do not sync.
 */
import { assert } from '../../base/assert.ts'
import { noPayload } from '../payload.ts'
import { hasAllJoined, memberOf, rebalanceTimeoutMs, without } from './classic-members.ts'
import type { ClassicGroup } from './classic-state.ts'
import { chosenProtocol } from './classic-votes.ts'

export interface RebalanceContext {
  readonly now: number
  readonly initialRebalanceDelayMs: number
}

/** Calls everybody to join again, from any phase that is not already that; from an empty group it waits for newcomers. */
export function rebalanced(group: ClassicGroup, context: RebalanceContext): ClassicGroup {
  if (group.phase === 'preparing') return joinsCompleted(group, context)
  const { now, initialRebalanceDelayMs: delayMs } = context
  const preparing: ClassicGroup = { ...group, phase: 'preparing', phaseSinceMs: now, initialDelay: null, deadlineMs: 0 }
  if (group.phase === 'empty') {
    const leftMs = Math.max(rebalanceTimeoutMs(group) - delayMs, 0)
    return { ...preparing, deadlineMs: now + delayMs, initialDelay: { leftMs, newcomers: false } }
  }
  // An assignment that is still to come is for members that are called back: nobody shall get it.
  const members =
    group.phase === 'completing'
      ? preparing.members.map((member) => ({
          ...member,
          assignment: noPayload,
          // Who waited for it could not be heard of meanwhile.
          seenMs: member.synced ? now : member.seenMs,
        }))
      : preparing.members
  const called = { ...preparing, members }
  if (hasAllJoined(called)) return newGeneration(called, context)
  return { ...called, deadlineMs: now + rebalanceTimeoutMs(called) }
}

/** The generation, if nobody is waited for any more: neither a member nor, after a group's beginning, newcomers. */
export function joinsCompleted(group: ClassicGroup, context: RebalanceContext): ClassicGroup {
  const waits = group.phase !== 'preparing' || group.initialDelay !== null || !hasAllJoined(group)
  return waits ? group : newGeneration(group, context)
}

/**
 * Ends the join phase with those that have joined. A static member may stay away until its session ends. When only such
 * are left and none has joined, the wait begins anew.
 */
export function newGeneration(group: ClassicGroup, { now }: RebalanceContext): ClassicGroup {
  const late = group.members.filter((member) => !member.joined && member.instanceId === null)
  const left = without(group, new Set(late.map((member) => member.id)))
  const ended = { ...left, initialDelay: null, phaseSinceMs: now, generation: left.generation + 1 }
  assert(ended.generation < 2 ** 31, 'a group has no generations left')
  if (left.members.length === 0) return { ...ended, phase: 'empty', protocolName: null, leader: null, deadlineMs: 0 }
  const leader = joinedLeader(left)
  if (leader === undefined) return { ...left, initialDelay: null, deadlineMs: now + rebalanceTimeoutMs(left) }
  const members = left.members.map((member) => ({
    ...member,
    joined: false,
    isNew: false,
    synced: false,
    // It waited, and could not be heard of meanwhile.
    seenMs: member.joined ? now : member.seenMs,
  }))
  const protocolName = chosenProtocol(members)
  const deadlineMs = now + rebalanceTimeoutMs(left)
  return { ...ended, phase: 'completing', leader, members, protocolName, deadlineMs }
}

/** The leader there is, if it has joined, or the first that has. */
function joinedLeader(group: ClassicGroup): string | undefined {
  const leader = group.leader === null ? undefined : memberOf(group, group.leader)
  return leader?.joined === true ? leader.id : group.members.find((member) => member.joined)?.id
}
