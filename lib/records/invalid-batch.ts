/**
 * What can be wrong with bytes that claim to be a record batch. Bytes come from clients, so each flaw is an expected
 * outcome: validation answers it as a value. Only lazy readers, which have no other way to stop, throw it.
 */

/**
 * The kinds of flaw that a client can tell apart, each with the one error code of Kafka that it becomes where answers
 * are made:
 * - `corrupt`: the bytes are not what was sent, sending them again may help (CORRUPT_MESSAGE)
 * - `invalid`: the bytes are what was sent and break a rule (INVALID_RECORD)
 * - `unsupported-version`: a magic of 0 or 1 (Produce v3 and later answer INVALID_RECORD; older UNSUPPORTED_FOR_MESSAGE_FORMAT)
 * - `unsupported-compression`: a codec Kafka has not defined (UNSUPPORTED_COMPRESSION_TYPE)
 * - `invalid-timestamp`: outside what the topic allows, or a LogAppendTime set by a producer (INVALID_TIMESTAMP)
 * - `too-large`: the batch, or what it decompresses to (MESSAGE_TOO_LARGE)
 */
export type BatchFlaw =
  | 'corrupt'
  | 'invalid'
  | 'unsupported-version'
  | 'unsupported-compression'
  | 'invalid-timestamp'
  | 'too-large'

/** Thrown by readers of a batch at the first byte that cannot be right. The message is a sentence for the client. */
export class InvalidBatch extends Error {
  override readonly name = 'InvalidBatch'
  readonly flaw: BatchFlaw
  constructor(flaw: BatchFlaw, message: string, cause?: unknown) {
    super(message, { cause })
    this.flaw = flaw
  }
}
