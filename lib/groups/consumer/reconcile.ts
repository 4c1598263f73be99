/**
 * One step of a member towards its target, as Kafka's `CurrentAssignmentBuilder` takes it. What is not its any more it
 * gives up first, staying in its epoch; only then does it enter the target's epoch and get what is new, as far as nobody
 * else has it. A partition is free when no other member has it assigned or still to give up: so it never has two owners,
 * and since those who must give up are thrown out in time, every partition of a target is free one day.
 */
import type { TopicId } from '../../base/ids.ts'
import type { ConsumerMember } from './consumer-state.ts'
import { changed } from './members.ts'
import {
  difference,
  filtered,
  intersection,
  intersects,
  noPartitions,
  type Partitions,
  union,
} from './topic-partitions.ts'

export interface Reconciliation {
  readonly now: number
  readonly targetEpoch: number
  /** The topics that it is subscribed to. Whatever its target says, it gets nothing else. */
  readonly subscribed: ReadonlySet<TopicId>
  /** What it has just subscribed to differs from before: what it no longer wants it gives up at once. */
  readonly hasSubscriptionChanged: boolean
  /** What the member says it has; `null`: it did not say. */
  readonly owned: Partitions | null
  readonly isHeldByOther: (topicId: TopicId, partition: number) => boolean
}

export const isReconciled = (member: ConsumerMember, targetEpoch: number): boolean =>
  member.phase === 'stable' && member.epoch === targetEpoch

/** The same object when there is no step to take. */
export function reconciled(member: ConsumerMember, step: Reconciliation): ConsumerMember {
  if (!step.hasSubscriptionChanged && isReconciled(member, step.targetEpoch)) return member
  if (member.phase === 'stable' && member.epoch === step.targetEpoch) return trimmed(member, step)
  if (member.phase === 'unrevoked' && stillOwns(member.revoking, step.owned)) {
    return step.hasSubscriptionChanged ? trimmed(member, step) : member
  }
  return advanced(member, step)
}

/** Not saying anything is no word that it has given up. */
const stillOwns = (revoking: Partitions, owned: Partitions | null): boolean =>
  owned === null || intersects(owned, revoking)

/** Takes from it what it no longer subscribes to, without a new target. */
function trimmed(member: ConsumerMember, { now, subscribed, owned }: Reconciliation): ConsumerMember {
  const assigned = filtered(member.assigned, (topicId) => subscribed.has(topicId))
  const unwanted = difference(member.assigned, assigned)
  if (unwanted.length === 0) return member
  const revoking = union(member.revoking, unwanted)
  if (!stillOwns(revoking, owned)) return changed(member, { assigned })
  return unrevoked(member, { assigned, revoking }, now)
}

function advanced(member: ConsumerMember, step: Reconciliation): ConsumerMember {
  const { now, targetEpoch, subscribed, owned, isHeldByOther } = step
  const target = filtered(member.target, (topicId) => subscribed.has(topicId))
  const kept = intersection(member.assigned, target)
  const revoking = difference(member.assigned, kept)
  if (revoking.length > 0 && stillOwns(revoking, owned)) return unrevoked(member, { assigned: kept, revoking }, now)
  const wanted = difference(target, kept)
  const free = filtered(wanted, (topicId, partition) => !isHeldByOther(topicId, partition))
  const isWaiting = difference(wanted, free).length > 0
  return changed(member, {
    phase: isWaiting ? 'unreleased' : 'stable',
    epoch: targetEpoch,
    // In the same epoch it only gets more: by the epoch before that it may still come, as it was.
    previousEpoch: member.epoch === targetEpoch ? member.previousEpoch : member.epoch,
    assigned: union(kept, free),
    revoking: noPartitions,
    revokeByMs: 0,
  })
}

/** It keeps its epoch, and has its rebalance time-out from now on. */
function unrevoked(
  member: ConsumerMember,
  { assigned, revoking }: Pick<ConsumerMember, 'assigned' | 'revoking'>,
  now: number,
): ConsumerMember {
  // A classic member is called to join again, and has a deadline for that.
  const revokeByMs = member.classic === null ? now + member.rebalanceTimeoutMs : 0
  return changed(member, { phase: 'unrevoked', previousEpoch: member.epoch, assigned, revoking, revokeByMs })
}
