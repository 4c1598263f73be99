/** ConsumerGroupHeartbeat (KIP-848) as an event, and what is answered. */
import type { TopicId } from '../../base/ids.ts'
import type { Partitions } from './topic-partitions.ts'

export interface ConsumerHeartbeat {
  readonly kind: 'consumer-heartbeat'
  /** Empty in version 0 of the first heartbeat: the coordinator takes `freshMemberId`. */
  readonly memberId: string
  readonly freshMemberId: string
  /** 0 joins, -1 leaves, -2 a static member leaves for a while. */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rackId: string | null
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number
  /** `null`: as before. */
  readonly subscribedTopicNames: readonly string[] | null
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  /** What the member owns; `null`: as before. */
  readonly topicPartitions: readonly { readonly topicId: TopicId; readonly partitions: readonly number[] }[] | null
}

export interface ConsumerHeartbeatReply {
  readonly kind: 'consumer-heartbeat'
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment: Partitions
  /** Whether the answer carries the assignment: not where the member knows it. */
  readonly isTold: boolean
}
