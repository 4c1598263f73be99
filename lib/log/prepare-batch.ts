/**
 * From what a producer sent to what is stored: every rule that a topic's config has for a batch, as a pure function. The
 * log itself looks at headers only, so nothing reaches it that has not passed here. Rules, their order and what is
 * corrected instead of refused are those of Kafka's `LogValidator`.
 */
import type { TopicConfig } from '../cluster/topic-config.ts'
import type { Compression } from '../records/header.ts'
import type { BatchFlaw } from '../records/invalid-batch.ts'
import { recompress } from '../records/recompress.ts'
import { stampLogAppendTime, stampMaxTimestamp } from '../records/stamp.ts'
import { type BatchRules, validateBatch } from '../records/validate.ts'

export type PreparedBatch =
  | {
      readonly outcome: 'prepared'
      /** The batch to append: the bytes that were given, stamped in place where need be, or a recompressed copy. */
      readonly batch: Uint8Array
      /** What clients are told as log append time: milliseconds since the epoch, -1 under CreateTime. */
      readonly logAppendTime: number
      readonly count: number
    }
  | {
      readonly outcome: 'refused'
      /** Becomes Kafka's error code where answers are made: see `BatchFlaw`. */
      readonly flaw: BatchFlaw
      /** A sentence for the client. */
      readonly message: string
      /** The record at fault, from 0, when it is one. */
      readonly recordIndex?: number
    }

/**
 * Judges one batch of a producer by the config of its topic, and makes of it what the topic stores. `batch` must be
 * exactly one batch, in bytes that the caller owns: timestamps are stamped into them. `now`: ms since the epoch.
 * `crcIsRight`: the caller has built the batch.
 */
export function prepareBatch(
  batch: Uint8Array,
  config: TopicConfig,
  now: number,
  known: Pick<BatchRules, 'crcIsRight'> = {},
): PreparedBatch {
  const isLogAppendTime = config.messageTimestampType === 'LogAppendTime'
  const validation = validateBatch(batch, { ...rulesOf(config, now), ...known })
  if (!validation.valid) {
    const { flaw, message, recordIndex } = validation
    return { outcome: 'refused', flaw, message, ...(recordIndex === undefined ? {} : { recordIndex }) }
  }
  const { header, maxTimestamp, maxTimestampIsRight } = validation
  const codec = codecOf(config)
  const stored = codec === undefined ? batch : recompress(batch, codec, levelOf(config, codec))
  if (stored.length > config.maxMessageBytes) {
    // Compressed with a weaker codec than the producer's: Kafka refuses that too.
    const message = `compressed as the topic asks (${codec}), the batch has ${stored.length} bytes, more than the ${config.maxMessageBytes} of max.message.bytes`
    return { outcome: 'refused', flaw: 'too-large', message }
  }
  // After recompressing: each stamp costs a CRC over the whole batch, and a recompressed batch is a copy.
  if (isLogAppendTime) stampLogAppendTime(stored, now)
  else if (!maxTimestampIsRight) stampMaxTimestamp(stored, maxTimestamp)
  return { outcome: 'prepared', batch: stored, logAppendTime: isLogAppendTime ? now : -1, count: header.count }
}

function rulesOf(config: TopicConfig, now: number): BatchRules {
  return {
    batchBytesMax: config.maxMessageBytes,
    keyRequired: config.cleanup.compact,
    // The producer's timestamps do not survive LogAppendTime, so they may be anything.
    ...(config.messageTimestampType === 'LogAppendTime'
      ? {}
      : {
          timestamps: {
            earliest: now - config.messageTimestampBeforeMaxMs,
            latest: now + config.messageTimestampAfterMaxMs,
          },
        }),
  }
}

/** The codec that a topic insists on; undefined: the producer's own. */
function codecOf({ compressionType }: TopicConfig): Compression | undefined {
  if (compressionType === 'producer') return undefined
  return compressionType === 'uncompressed' ? 'none' : compressionType
}

function levelOf(config: TopicConfig, codec: Compression): { compressionLevel?: number } {
  if (codec === 'gzip') return { compressionLevel: config.compressionGzipLevel }
  return codec === 'zstd' ? { compressionLevel: config.compressionZstdLevel } : {}
}
