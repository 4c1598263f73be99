/**
 * A group of the consumer protocol (KIP-848), as plain data. The coordinator assigns; every member is led from what it has
 * to its target in two steps: it gives up what is not its any more, and gets what others have given up.
 *
 * Epochs  groupEpoch       grows when members, subscriptions or topics change: the target is out of date
 *         assignmentEpoch  the group epoch that the targets were made for
 *         member.epoch     the assignment epoch that the member has reached; it commits offsets by it
 *
 * Invariant: no partition is in `assigned` or `revoking` of two members.
 */
import type { TopicRef } from '../../cluster/topic-item.ts'
import type { AnyMember } from '../group-member.ts'
import type { PayloadRef } from '../payload.ts'
import type { Partitions } from './topic-partitions.ts'

export interface ConsumerGroup {
  readonly kind: 'consumer'
  readonly groupEpoch: number
  /** At most `groupEpoch`. */
  readonly assignmentEpoch: number
  /** The group epoch since which a member that was put out may no longer commit; see `fenceOf`. */
  readonly fencedEpoch: number
  /** What the subscriptions meant when the group epoch last grew: topics that exist, by name. */
  readonly topics: readonly SubscribedTopic[]
  /** In the order in which they came. */
  readonly members: readonly ConsumerMember[]
}

export interface SubscribedTopic extends TopicRef {
  readonly partitions: number
}

/**
 * stable      it has all that its target gave it for its epoch
 * unrevoked   it has been told to give up `revoking`, and has not said yet that it did
 * unreleased  it waits for partitions of its target that others have not given up
 */
type MemberPhase = 'stable' | 'unrevoked' | 'unreleased'

export interface ConsumerMember extends AnyMember {
  /** 0 before it is first reconciled; `leftStaticEpoch` while a static member is away. */
  readonly epoch: number
  /** A member that missed the answer that raised its epoch is still known by this one. */
  readonly previousEpoch: number
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka prints it: `/127.0.0.1`. */
  readonly clientHost: string
  /** How long it may take to give up partitions. */
  readonly rebalanceTimeoutMs: number
  /** Sorted, each once; they need not exist. */
  readonly topicNames: readonly string[]
  /** RE2; '' for none. */
  readonly topicRegex: string
  /** The assignor it prefers. */
  readonly assignorName: string | null
  readonly phase: MemberPhase
  /** What it may read. */
  readonly assigned: Partitions
  /** What it has to give up, and may still be reading. */
  readonly revoking: Partitions
  readonly target: Partitions
  /** When it is out if it has not given up `revoking` by then; 0: it need not. */
  readonly revokeByMs: number
  /** Of a member that uses JoinGroup, SyncGroup and Heartbeat; else `null`. */
  readonly classic: ClassicMembership | null
}

export interface ClassicMembership {
  /** By the member's preference; at least one. */
  readonly protocols: readonly { readonly name: string; readonly metadata: PayloadRef }[]
  /** Of its subscription, and so of the assignment that it understands. */
  readonly version: number
  /** What SyncGroup answers it: `assigned` by the topics' names. */
  readonly assignment: PayloadRef
  /** When it is out if it has not joined again, or not fetched its assignment, by then; 0: it need not. */
  readonly joinByMs: number
  readonly syncByMs: number
}

/** Kafka's `LEAVE_GROUP_STATIC_MEMBER_EPOCH`: a static member that is away, and is expected within its session time-out. */
export const leftStaticEpoch = -2
/** Kafka's `LEAVE_GROUP_MEMBER_EPOCH`. */
export const leftEpoch = -1
