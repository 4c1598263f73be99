/**
 * What the log answers. Every outcome that a caller must expect is a value here; the layers above turn them into Kafka's
 * error codes. A fault of a store that outlives all patience is an outcome too (`unavailable`, `unknown`): a caller
 * never has to catch.
 */
import type { Epoch, Offset } from '../base/ids.ts'
import type { ActiveProducer } from './producer-states.ts'

export type AppendResult =
  /** Durable and in order. `duplicate`: an earlier try of the same producer's batch was, at this offset. */
  | { readonly outcome: 'appended' | 'duplicate'; readonly baseOffset: Offset; readonly logStartOffset: Offset }
  /** A batch that was appended before, too long ago to say where (DUPLICATE_SEQUENCE_NUMBER). */
  | { readonly outcome: 'duplicate-of-unknown-offset' }
  /** A gap in the producer's sequence (OUT_OF_ORDER_SEQUENCE_NUMBER). Nothing was appended. */
  | { readonly outcome: 'out-of-order-sequence' }
  /** A newer epoch of this producer has written (INVALID_PRODUCER_EPOCH). Nothing was appended. */
  | { readonly outcome: 'fenced-producer' }
  /**
   * A leader was elected since the batch was accepted under `leaderEpoch` (NOT_LEADER_OR_FOLLOWER). Nothing was appended, and
   * nothing will be.
   */
  | { readonly outcome: 'fenced-leader' }
  /** The topic was deleted (UNKNOWN_TOPIC_OR_PARTITION). Nothing was appended. */
  | { readonly outcome: 'unknown-partition' }
  /** Nothing was appended; trying again may help (KAFKA_STORAGE_ERROR, retriable). `cause` is for the log, not the client. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown }
  /** It may have been appended, or may yet be (REQUEST_TIMED_OUT). */
  | { readonly outcome: 'unknown'; readonly cause: unknown }

export interface AppendOptions {
  /** How long the append may take, ms. Default `LogOptions.appendTimeoutMs`. */
  readonly timeoutMs?: number
  /** Whether more from the same sender is likely to come in a moment, asked when a flush is about to leave: `Intake`. */
  readonly moreIsDue?: (() => boolean) | undefined
  /** The bytes are the caller's again once `appended` is answered, and only then. Default: they are given away. */
  readonly isLent?: boolean
  /**
   * The leader epoch under which the batch was accepted (`Leaders.check`): under any other it is not appended, and answered
   * `fenced-leader`. Without it the batch is appended under whatever epoch the head has.
   */
  readonly leaderEpoch?: Epoch
}

export type ReadResult =
  | {
      readonly outcome: 'read'
      /**
       * Whole batches in order, the first of them the one that contains the asked offset; base offset and leader epoch
       * are stamped. Empty at the end of the log. A chunk may hold several batches.
       */
      readonly chunks: readonly Uint8Array[]
      /**
       * Says that nobody looks at the chunks any more: from then on others are read into their memory. Who never calls it
       * leaves them to the garbage collector. A second call does nothing.
       */
      readonly release: () => void
      /** The offset after the last batch in `chunks`; the asked one when it is empty. */
      readonly nextOffset: Offset
      readonly highWatermark: Offset
      readonly lastStableOffset: Offset
      readonly logStartOffset: Offset
      readonly leaderEpoch: Epoch
    }
  /** Below the log's start or past its end, by a strongly consistent read. */
  | { readonly outcome: 'offset-out-of-range'; readonly logStartOffset: Offset; readonly highWatermark: Offset }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

/** Kafka's ListOffsets: -2, -1, -3, or a timestamp. */
export type OffsetSpec = 'earliest' | 'latest' | 'max-timestamp' | { readonly timestamp: number }

export type ListOffsetsResult =
  /** `timestamp` -1 where Kafka answers none; `offset` -1: no record is that new. */
  | { readonly outcome: 'found'; readonly offset: number; readonly timestamp: number; readonly leaderEpoch: Epoch }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export type DeleteRecordsResult =
  | { readonly outcome: 'deleted'; readonly logStartOffset: Offset }
  | { readonly outcome: 'offset-out-of-range'; readonly logStartOffset: Offset; readonly highWatermark: Offset }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export type DescribeResult =
  | ({ readonly outcome: 'described' } & PartitionDescription)
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export type SizeResult =
  | { readonly outcome: 'measured'; readonly bytes: number }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export type ProducersResult =
  | { readonly outcome: 'listed'; readonly producers: readonly ActiveProducer[] }
  | { readonly outcome: 'unknown-partition' }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }

export interface PartitionDescription {
  readonly leaderEpoch: Epoch
  readonly logStartOffset: Offset
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
}
