/** What happens to a group, as values. An event may be applied again, to a newer state: all that is random is in it. */
import type { ConsumerHeartbeat } from './consumer/consumer-events.ts'

export type GroupEvent = Join | Sync | Heartbeat | Leave | ConsumerHeartbeat | Claim | Tick | Delete

export interface Join {
  readonly kind: 'join'
  /** '' for one that has none yet. */
  readonly memberId: string
  /** The id that it gets if it has none. */
  readonly freshMemberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  /** The session time-out where the request has none. */
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
  /** From JoinGroup 4 on: a dynamic member without an id is first told one (KIP-394). */
  readonly requiresKnownMemberId: boolean
  /** From JoinGroup 9 on: a leader may be told that its assignment stands (KIP-814). */
  readonly maySkipAssignment: boolean
}

export interface Sync {
  readonly kind: 'sync'
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
  /** `null`: not said (before SyncGroup 5). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** The leader's; [] of everybody else. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface Heartbeat {
  readonly kind: 'heartbeat'
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
}

export interface Leave {
  readonly kind: 'leave'
  /** A member is named by its id, its instance id ('' as member id), or both. */
  readonly members: readonly { readonly memberId: string; readonly instanceId: string | null }[]
}

/** Another process wrote last, and this one coordinates now: every member gets a fresh session. */
interface Claim {
  readonly kind: 'claim'
}

/** Time has passed: sessions, joins, syncs may have run out. */
interface Tick {
  readonly kind: 'tick'
}

/** Deletes the group, if nobody is in it. */
interface Delete {
  readonly kind: 'delete'
}
