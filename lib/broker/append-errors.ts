/** Kafka's error codes for what can become of a batch: what validation found, and what the log answered. */
import type { AppendResult } from '../log/log-types.ts'
import type { BatchFlaw } from '../records/invalid-batch.ts'
import { errorCodes } from '../wire/error-codes.ts'

export const flawErrors: Readonly<Record<BatchFlaw, number>> = {
  corrupt: errorCodes.CORRUPT_MESSAGE,
  invalid: errorCodes.INVALID_RECORD,
  'unsupported-version': errorCodes.INVALID_RECORD,
  'unsupported-compression': errorCodes.UNSUPPORTED_COMPRESSION_TYPE,
  'invalid-timestamp': errorCodes.INVALID_TIMESTAMP,
  'too-large': errorCodes.MESSAGE_TOO_LARGE,
}

/** What became of a batch that did not get an offset. */
export type NotAppended = Exclude<AppendResult, { readonly baseOffset: unknown }>

/** As `log-types.ts` says of each outcome. */
export const appendErrors: Readonly<Record<NotAppended['outcome'], number>> = {
  'duplicate-of-unknown-offset': errorCodes.DUPLICATE_SEQUENCE_NUMBER,
  'out-of-order-sequence': errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER,
  'fenced-producer': errorCodes.INVALID_PRODUCER_EPOCH,
  'fenced-leader': errorCodes.NOT_LEADER_OR_FOLLOWER,
  'unknown-partition': errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  unavailable: errorCodes.KAFKA_STORAGE_ERROR,
  unknown: errorCodes.REQUEST_TIMED_OUT,
}
