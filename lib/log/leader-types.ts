/**
 * What a broker knows of partitions' leaders. Leadership is affinity and fencing, never correctness: one process that
 * gathers a busy partition's batches beats many that meet at its head, and the epoch in the head's guard refuses what a
 * deposed leader still has in flight.
 */
import type { Epoch, Offset, PartitionId } from '../base/ids.ts'

export interface PartitionLeader {
  /** A broker that is alive, as this process knows it, but for what `of` says. */
  readonly leader: number
  readonly leaderEpoch: Epoch
}

/** Told of each election that this process has held: for the operator's log. */
export type ElectionListener = (id: PartitionId, elected: PartitionLeader) => void

export type LeaderCheck =
  /** This broker leads. */
  | { readonly outcome: 'leader'; readonly leaderEpoch: Epoch }
  /** Another one does, and is alive (NOT_LEADER_OR_FOLLOWER). */
  | ({ readonly outcome: 'not-leader' } & PartitionLeader)
  /** The client's epoch is older (FENCED_LEADER_EPOCH, KIP-320). */
  | ({ readonly outcome: 'fenced-leader-epoch' } & PartitionLeader)
  /** The client's epoch is newer than any that was (UNKNOWN_LEADER_EPOCH). */
  | ({ readonly outcome: 'unknown-leader-epoch' } & PartitionLeader)
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export type EpochEnd =
  /** The largest epoch at or below the asked one, and the offset at which it ended (OffsetForLeaderEpoch, KIP-101, KIP-279). */
  | { readonly outcome: 'found'; readonly leaderEpoch: Epoch; readonly endOffset: Offset }
  /** Newer than any that was: -1 and -1 on the wire. */
  | { readonly outcome: 'unknown-epoch' }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export interface Leaders {
  /**
   * Of partitions that exist, in their order; -1 and epoch -1 where the topic was deleted. A leader that is dead is replaced
   * first, and is answered where that fails. Throws the store's fault where the heads cannot be read.
   */
  of(ids: readonly PartitionId[]): Promise<readonly PartitionLeader[]>
  /**
   * Whether this broker may serve the partition. `currentLeaderEpoch`: what the client believes, -1 when it does not say.
   * No promise where memory knows, which is the usual case.
   */
  check(id: PartitionId, currentLeaderEpoch: number): LeaderCheck | Promise<LeaderCheck>
  epochEnd(id: PartitionId, leaderEpoch: number): Promise<EpochEnd>
}
