/**
 * The 61 bytes before the records of a batch (magic 2, `DefaultRecordBatch` in Kafka). This is all that the log ever
 * looks at: order, length, sequences and timestamps are decided here, the records stay opaque. Everything from the
 * attributes on is covered by the CRC; base offset and leader epoch lie before it, so that a server can stamp them.
 */
import { InvalidBatch } from './invalid-batch.ts'

/** Where each field begins. All are big-endian. */
export const at = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const

/** The bytes that `batchLength` does not count: the base offset and the length itself. */
export const logOverheadBytes = 12
/** A batch without records. */
export const batchOverheadBytes = at.records

/** By the number that the lowest three attribute bits hold. Kafka defines no others. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]
/** What compresses. */
export type Codec = Exclude<Compression, 'none'>
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** Bits of a batch’s attributes. */
export const attribute = {
  compressionMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const

/** A timestamp that a producer did not set (`RecordBatch.NO_TIMESTAMP`). */
export const noTimestamp = -1
/**
 * What a batch of a producer that is not idempotent says in the three fields (`RecordBatch.NO_PRODUCER_ID` and so on).
 */
export const noProducerId = -1
export const noProducerEpoch = -1
export const noSequence = -1

/** The 61 bytes that a batch begins with. */
export interface BatchHeader {
  readonly baseOffset: number
  /** Bytes after the length field. */
  readonly batchLength: number
  /** Bytes of the whole batch: 12 and `batchLength`. */
  readonly totalBytes: number
  readonly leaderEpoch: number
  readonly magic: 2
  /** As stored, unsigned; `validateEnvelope` compares it. */
  readonly crc: number
  /** All 16 bits. */
  readonly attributes: number
  readonly compression: Compression
  readonly timestampType: TimestampType
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly hasDeleteHorizon: boolean
  readonly lastOffsetDelta: number
  /** Milliseconds since the epoch, -1 when unset; the delete horizon in a batch that has one. */
  readonly baseTimestamp: number
  /** The latest of the records' timestamps, or that of all of them under LogAppendTime. */
  readonly maxTimestamp: number
  /** -1: neither idempotent nor transactional; epoch and sequence then mean nothing (clients differ in what they write). */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** As declared; the records are counted by `validateBatch`. */
  readonly count: number
}

/**
 * The header of the batch that begins at `start`, without copying and without a look at the records or the CRC.
 * Throws `InvalidBatch` when there are fewer than 61 bytes, for another magic, for an undefined codec, for a length
 * below 49, and for 64-bit numbers beyond 2^53. A batch longer than the bytes is not noticed here: compare `totalBytes`.
 */
export function readHeader(bytes: Uint8Array, start = 0): BatchHeader {
  checkMagic(bytes, start)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, batchOverheadBytes)
  const batchLength = view.getInt32(at.batchLength)
  if (batchLength < batchOverheadBytes - logOverheadBytes) {
    throw new InvalidBatch('corrupt', `a record batch of length ${batchLength} is shorter than its own header`)
  }
  const attributes = view.getUint16(at.attributes)
  const compression = compressions[attributes & attribute.compressionMask]
  if (compression === undefined) {
    throw new InvalidBatch(
      'unsupported-compression',
      `compression ${attributes & attribute.compressionMask} is unknown`,
    )
  }
  return {
    baseOffset: readInt64(view, at.baseOffset, 'base offset'),
    batchLength,
    totalBytes: logOverheadBytes + batchLength,
    leaderEpoch: view.getInt32(at.leaderEpoch),
    magic: 2,
    crc: view.getUint32(at.crc),
    attributes,
    compression,
    timestampType: attributes & attribute.logAppendTime ? 'LogAppendTime' : 'CreateTime',
    isTransactional: (attributes & attribute.transactional) !== 0,
    isControl: (attributes & attribute.control) !== 0,
    hasDeleteHorizon: (attributes & attribute.deleteHorizon) !== 0,
    lastOffsetDelta: view.getInt32(at.lastOffsetDelta),
    baseTimestamp: readInt64(view, at.baseTimestamp, 'base timestamp'),
    maxTimestamp: readInt64(view, at.maxTimestamp, 'max timestamp'),
    producerId: readInt64(view, at.producerId, 'producer id'),
    producerEpoch: view.getInt16(at.producerEpoch),
    baseSequence: view.getInt32(at.baseSequence),
    count: view.getInt32(at.count),
  }
}

/** The magic comes first: with another one, every other field lies elsewhere. */
function checkMagic(bytes: Uint8Array, start: number): void {
  const magic = bytes[start + at.magic]
  if (magic === 0 || magic === 1) {
    throw new InvalidBatch(
      'unsupported-version',
      `message format ${magic} is not supported, only record batches of magic 2`,
    )
  }
  if (magic !== undefined && magic !== 2) throw new InvalidBatch('corrupt', `magic ${magic} is not a record batch`)
  if (bytes.length - start < batchOverheadBytes) {
    throw new InvalidBatch('invalid', `${Math.max(0, bytes.length - start)} bytes are too few for a record batch`)
  }
}

/** As a float this is exact below 2^53, and what it rounds to above is no safe integer: so nothing is lost unseen. */
function readInt64(view: DataView, position: number, name: string): number {
  const value = view.getInt32(position) * 2 ** 32 + view.getUint32(position + 4)
  if (!Number.isSafeInteger(value))
    throw new InvalidBatch('invalid', `the ${name} ${view.getBigInt64(position)} is beyond 2^53`)
  return value
}

/** Writes a safe integer as 64 bits. */
export function writeInt64(view: DataView, position: number, value: number): void {
  view.setInt32(position, Math.floor(value / 2 ** 32))
  view.setUint32(position + 4, value >>> 0)
}
