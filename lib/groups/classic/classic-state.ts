/**
 * A group of the classic protocol (JoinGroup, SyncGroup), as plain data. About 200 bytes a member, before they are packed.
 *
 * Phases  empty       no members; perhaps one that was given an id and has not joined yet
 *         preparing   members join; those that have are `joined`. Ends when all have, or at `deadlineMs`
 *         completing  the generation is made and its leader has still to bring the assignments
 *         stable      assignments are there; members that have not fetched theirs are not `synced`
 */
import type { PayloadRef } from '../payload.ts'

export type ClassicPhase = 'empty' | 'preparing' | 'completing' | 'stable'

export interface ClassicGroup {
  readonly kind: 'classic'
  readonly phase: ClassicPhase
  /** Since when the group is in this phase; for an empty group, since when its offsets may age (KIP-211). */
  readonly phaseSinceMs: number
  /** Of the last finished join phase; 0 before the first, unless offsets of an earlier life are there. */
  readonly generation: number
  /** `consumer`, `connect` ...; `null` when nobody ever joined. */
  readonly protocolType: string | null
  /** What the members of this generation voted for; `null` in an empty group. */
  readonly protocolName: string | null
  /** The id of the member that assigns; `null` while the first members join. */
  readonly leader: string | null
  /** In the order in which they came. */
  readonly members: readonly ClassicMember[]
  /** Ids that were given out and whose bearers have not joined yet (KIP-394). */
  readonly pending: readonly PendingMember[]
  /** When the phase ends without those that have not joined (preparing) or synced (completing, stable); 0: not at all. */
  readonly deadlineMs: number
  /** In the first rebalance of an empty group: how much longer it may be put off for newcomers; else `null`. */
  readonly initialDelay: InitialDelay | null
}

export interface ClassicMember {
  readonly id: string
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
  /** As Kafka prints it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** By the member's preference; at least one, all of the group's protocol type. */
  readonly protocols: readonly { readonly name: string; readonly metadata: PayloadRef }[]
  readonly assignment: PayloadRef
  /** It has never been in a generation: it waits for its first. */
  readonly isNew: boolean
  /** In a group that prepares: it waits for the new generation. */
  readonly joined: boolean
  /** It has asked for its assignment since the last generation began. */
  readonly synced: boolean
  readonly seenMs: number
}

interface PendingMember {
  readonly id: string
  /** When the id is forgotten: its session time-out after it was given out. */
  readonly untilMs: number
}

interface InitialDelay {
  /** How much longer the wait may last in all, ms. */
  readonly leftMs: number
  /** Somebody has joined since the wait was last prolonged. */
  readonly newcomers: boolean
}
