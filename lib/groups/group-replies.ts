/** What is answered to the members of a group, as values; payloads by name. Handlers make Kafka's messages of them. */
import type { ConsumerHeartbeatReply } from './consumer/consumer-events.ts'
import type { PayloadRef } from './payload.ts'

export type GroupReply =
  | JoinReply
  | SyncReply
  | HeartbeatReply
  | LeaveReply
  | ConsumerHeartbeatReply
  | DeleteReply
  | Refused
  /** To a claim or a tick. */
  | { readonly kind: 'noted' }

export interface JoinReply {
  readonly kind: 'join'
  readonly generation: number
  readonly protocolType: string
  readonly protocolName: string | null
  readonly leader: string
  readonly memberId: string
  readonly skipAssignment: boolean
  /** For the leader: everybody; [] for the others. */
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly metadata: PayloadRef
  }[]
}

export interface SyncReply {
  readonly kind: 'sync'
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: PayloadRef
}

interface HeartbeatReply {
  readonly kind: 'heartbeat'
}

export interface LeaveReply {
  readonly kind: 'leave'
  /** In the order of the request. */
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly problem: GroupProblem | null
  }[]
}

interface DeleteReply {
  readonly kind: 'delete'
}

export interface Refused {
  readonly kind: 'refused'
  readonly problem: GroupProblem
  /** The id that the member is to use (`member-id-required`) or had (JoinGroup answers it); '' when there is none. */
  readonly memberId?: string
  /** For an operator's eyes; where a protocol has an error message, it carries this. */
  readonly message?: string
}

/** One for each of Kafka's error codes that a coordinator answers: `broker/group-errors.ts` maps them. */
export type GroupProblem =
  | 'unknown-member'
  | 'illegal-generation'
  | 'rebalance-in-progress'
  | 'member-id-required'
  | 'fenced-instance'
  | 'inconsistent-protocol'
  | 'invalid-session-timeout'
  | 'group-full'
  /** More than a group may bring in all: UNKNOWN_SERVER_ERROR, as Kafka says of group metadata that no record holds. */
  | 'too-large'
  | 'invalid-group'
  | 'unknown-group'
  | 'group-not-empty'
  | 'group-subscribed-to-topic'
  /** The group is being deleted, or has been handed over: the client asks again. */
  | 'coordinator-not-available'
  | 'not-coordinator'
  | 'invalid-request'
  | 'fenced-member-epoch'
  | 'stale-member-epoch'
  | 'unreleased-instance'
  | 'unsupported-assignor'
  | 'invalid-regular-expression'
  | 'unsupported-version'
