/**
 * Decides whether bytes are one sound record batch, before anything stores them: nothing invalid is ever stored. The
 * rules are those of Kafka's `ProduceRequest.validateRecords`, `UnifiedLog.analyzeAndValidateRecords`, `LogValidator`
 * and `DefaultRecord`, and so is their order, which decides what a client is told when several are broken.
 */
import { crc32c } from '../base/crc32c.ts'
import { RecordCursor } from './cursor.ts'
import { at, type BatchHeader, noProducerId, noTimestamp, readHeader } from './header.ts'
import { type BatchFlaw, InvalidBatch } from './invalid-batch.ts'
import { decompressedRecords, type IterateOptions } from './iterate.ts'

/** What a batch is held to, beside what every batch must be. */
export interface BatchRules extends IterateOptions {
  /**
   * Who made the batch. A `producer` (the default) begins at offset 0, leaves no gaps and writes no control batches,
   * LogAppendTime or delete horizons. The `log` does all of these, and compaction leaves gaps.
   */
  readonly origin?: 'producer' | 'log'
  /** `max.message.bytes` of the topic: the most a batch may be, header included. Default: no limit of its own. */
  readonly batchBytesMax?: number
  /** A compacted topic takes no record without a key. */
  readonly keyRequired?: boolean
  /**
   * Milliseconds since the epoch between which a producer's timestamps must lie, both included: now less
   * `message.timestamp.before.max.ms` and now plus `message.timestamp.after.max.ms`. Leave out under LogAppendTime.
   */
  readonly timestamps?: { readonly earliest: number; readonly latest: number }
  /** Whoever asks has just computed the CRC from these bytes, which nobody else has seen. */
  readonly crcIsRight?: boolean
}

/** The first flaw that was found. */
export interface RefusedBatch {
  readonly valid: false
  readonly flaw: BatchFlaw
  /** A sentence for the client. */
  readonly message: string
  /** The record at fault, from 0, when it is one. */
  readonly recordIndex?: number
}

/** What validation has learnt on its way, so that nobody reads the records again for it. */
export interface ValidBatch {
  readonly valid: true
  readonly header: BatchHeader
  /** The latest timestamp of the records themselves. */
  readonly maxTimestamp: number
  /** The first record that has it. */
  readonly offsetDeltaOfMaxTimestamp: number
  /** Clients may write another one. Kafka does not refuse that but corrects it: `stampMaxTimestamp`. */
  readonly maxTimestampIsRight: boolean
  /** The records' bytes, decompressed, without the header. */
  readonly recordsBytes: number
}

/**
 * Header and CRC only, without a look at the records: the cheap level, for bytes whose records were validated where they
 * came in. `bytes` must be exactly one batch.
 */
export function validateEnvelope(
  bytes: Uint8Array,
  rules: BatchRules = {},
): { valid: true; header: BatchHeader } | RefusedBatch {
  return refusing(() => ({ valid: true, header: checkedHeader(bytes, rules) }))
}

/** All of a batch, its records decompressed and walked. `bytes` must be exactly one batch. */
export function validateBatch(bytes: Uint8Array, rules: BatchRules = {}): ValidBatch | RefusedBatch {
  let cursor: RecordCursor | undefined
  return refusing<ValidBatch>(
    () => {
      const header = checkedHeader(bytes, rules)
      const payload = decompressedRecords(bytes, header, rules.decompressedBytesMax)
      cursor = new RecordCursor(payload, header)
      const latest = checkRecords(cursor, header, rules)
      // Under LogAppendTime the header's timestamp is the records' own.
      const maxTimestamp = header.timestampType === 'LogAppendTime' ? header.maxTimestamp : latest.timestamp
      return {
        valid: true,
        header,
        maxTimestamp,
        offsetDeltaOfMaxTimestamp: header.timestampType === 'LogAppendTime' ? 0 : latest.offsetDelta,
        maxTimestampIsRight: header.maxTimestamp === maxTimestamp,
        recordsBytes: payload.length,
      }
    },
    () => cursor?.currentRecord,
  )
}

function refusing<Valid extends { valid: true }>(
  check: () => Valid,
  recordIndex: () => number | undefined = () => undefined,
): Valid | RefusedBatch {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof InvalidBatch)) throw error
    const index = recordIndex()
    const refused = { valid: false, flaw: error.flaw, message: error.message } as const
    return index === undefined ? refused : { ...refused, recordIndex: index }
  }
}

function checkedHeader(bytes: Uint8Array, rules: BatchRules): BatchHeader {
  const header = readHeader(bytes)
  if (header.totalBytes !== bytes.length) {
    throw new InvalidBatch(
      'invalid',
      `a record batch says that it is ${header.totalBytes} bytes and is ${bytes.length}`,
    )
  }
  const isFromProducer = rules.origin !== 'log'
  if (isFromProducer && header.baseOffset !== 0) {
    throw new InvalidBatch('invalid', `the base offset of a record batch must be 0, but is ${header.baseOffset}`)
  }
  const bytesMax = rules.batchBytesMax ?? Number.POSITIVE_INFINITY
  if (header.totalBytes > bytesMax) {
    throw new InvalidBatch(
      'too-large',
      `a record batch of ${header.totalBytes} bytes is larger than the ${bytesMax} allowed`,
    )
  }
  const crc = rules.crcIsRight === true ? header.crc : crc32c(bytes, at.attributes)
  if (crc !== header.crc) {
    throw new InvalidBatch('corrupt', `the CRC32C of a record batch is ${hex(crc)}, but it says ${hex(header.crc)}`)
  }
  checkCounts(header, isFromProducer)
  checkProducer(header)
  if (isFromProducer) checkAttributes(header)
  return header
}

function checkCounts(header: BatchHeader, isFromProducer: boolean): void {
  const { count, lastOffsetDelta } = header
  if (lastOffsetDelta < 0) throw new InvalidBatch('invalid', `the last offset delta ${lastOffsetDelta} is negative`)
  // Compaction may leave a batch with fewer records than offsets, and with none.
  if (count < (isFromProducer ? 1 : 0) || count > lastOffsetDelta + 1) {
    throw new InvalidBatch('invalid', `${count} records cannot have the last offset delta ${lastOffsetDelta}`)
  }
  if (isFromProducer && count !== lastOffsetDelta + 1) {
    throw new InvalidBatch('invalid', `${lastOffsetDelta + 1} offsets are claimed for ${count} records`)
  }
}

function checkProducer(header: BatchHeader): void {
  const { producerId, producerEpoch, baseSequence, isTransactional, isControl } = header
  if (producerId < noProducerId) throw new InvalidBatch('invalid', `${producerId} is no producer id`)
  if (producerId === noProducerId) {
    // Clients differ in what they leave in epoch and sequence then (-1 or 0); nothing reads it.
    if (isTransactional) throw new InvalidBatch('invalid', 'a transactional record batch has no producer id')
    return
  }
  if (producerEpoch < 0) throw new InvalidBatch('invalid', `producer ${producerId} has no epoch`)
  // A marker is written by the coordinator in the producer's name and has no sequence.
  if (baseSequence < 0 && !isControl) {
    throw new InvalidBatch('invalid', `${baseSequence} is no sequence, in a record batch of producer ${producerId}`)
  }
}

function checkAttributes(header: BatchHeader): void {
  if (header.isControl) throw new InvalidBatch('invalid', 'clients are not allowed to write control records')
  if (header.timestampType === 'LogAppendTime') {
    throw new InvalidBatch('invalid-timestamp', 'a producer must not set the timestamp type to LogAppendTime')
  }
  if (header.hasDeleteHorizon) throw new InvalidBatch('invalid', 'clients are not allowed to set a delete horizon')
}

/** Walks all records; answers the latest timestamp and the first record that has it. */
function checkRecords(
  cursor: RecordCursor,
  header: BatchHeader,
  rules: BatchRules,
): { timestamp: number; offsetDelta: number } {
  const isFromProducer = rules.origin !== 'log'
  const earliest = rules.timestamps?.earliest ?? Number.NEGATIVE_INFINITY
  const latest = rules.timestamps?.latest ?? Number.POSITIVE_INFINITY
  let maxTimestamp = noTimestamp
  let offsetDelta = 0
  let lastDelta = -1
  while (cursor.advance()) {
    const delta = cursor.offsetDelta
    if (isFromProducer ? delta !== lastDelta + 1 : delta <= lastDelta || delta > header.lastOffsetDelta) {
      throw atRecord(cursor, 'invalid', `has the offset delta ${delta} after ${lastDelta}`)
    }
    lastDelta = delta
    const timestamp = header.baseTimestamp + cursor.timestampDelta
    if (!Number.isSafeInteger(timestamp)) throw atRecord(cursor, 'invalid', 'has a timestamp beyond 2^53')
    if (timestamp !== noTimestamp && (timestamp < earliest || timestamp > latest)) {
      throw atRecord(cursor, 'invalid-timestamp', `has the timestamp ${timestamp}, outside ${earliest} to ${latest}`)
    }
    if (rules.keyRequired && cursor.keyLength < 0) {
      throw atRecord(cursor, 'invalid', 'has no key, which a compacted topic requires')
    }
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp
      offsetDelta = delta
    }
  }
  return { timestamp: maxTimestamp, offsetDelta }
}

function atRecord(cursor: RecordCursor, flaw: BatchFlaw, what: string): InvalidBatch {
  return new InvalidBatch(flaw, `record ${cursor.index} ${what}`)
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`
}
