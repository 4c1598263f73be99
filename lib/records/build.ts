/**
 * Builds record batches, as Kafka's Java producer does: the first record's timestamp is the base, offsets count from 0,
 * the records are compressed as one run. What comes out passes `validateBatch`.
 */
import { assert } from '../base/assert.ts'
import { crc32c } from '../base/crc32c.ts'
import { compress } from './codecs/compression.ts'
import {
  at,
  attribute,
  batchOverheadBytes,
  type Compression,
  compressions,
  logOverheadBytes,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
  type TimestampType,
  writeInt64,
} from './header.ts'
import type { RecordHeader } from './iterate.ts'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts'

/** A record before it has an offset. What is absent is null, or empty. */
export interface NewRecord {
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly headers?: readonly RecordHeader[]
  /** Milliseconds since the epoch. Default: the `now` of the batch. */
  readonly timestamp?: number
}

/** What a batch says beside its records. */
export interface BatchOptions {
  /** Milliseconds since the epoch, for records that bring no timestamp. */
  readonly now: number
  /** Default `none`. */
  readonly compression?: Compression
  /** For gzip and zstd, as `compression.gzip.level` and `compression.zstd.level` have it. */
  readonly compressionLevel?: number
  /** All three or none: with them the batch is that of an idempotent producer. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  /** Set by coordinators only; see `buildEndTransactionMarker`. */
  readonly isControl?: boolean
  /** `LogAppendTime` is set by servers only, and makes `now` the timestamp of all records. Default `CreateTime`. */
  readonly timestampType?: TimestampType
  /** Stamped by servers. Default 0 and -1, as producers send them. */
  readonly baseOffset?: number
  readonly leaderEpoch?: number
}

/** One batch of these records, in their order. At least one. */
export function buildBatch(options: BatchOptions & { readonly records: Iterable<NewRecord> }): Uint8Array {
  const builder = new BatchBuilder(options)
  for (const record of options.records) builder.append(record)
  return builder.build()
}

/** By how many bytes `recordBytesBound` may exceed the truth. */
export const recordBoundSlackBytes = 20

/**
 * No record takes more bytes in a batch than this, uncompressed: for one who fills a batch up to a limit and must know
 * before he appends.
 */
export function recordBytesBound(record: NewRecord): number {
  // Length 5, attributes 1, timestamp delta 8, offset delta 5, count of headers 5.
  let bytes = 24 + fieldBytes(record.key) + fieldBytes(record.value)
  for (const header of record.headers ?? []) bytes += headerBytes(header)
  return bytes
}

/** Collects records into one batch. Keys and values are copied when they are appended. */
export class BatchBuilder {
  /** Records so far. */
  count = 0
  readonly #options: BatchOptions
  #bytes: Buffer
  #position: number = batchOverheadBytes
  #baseTimestamp = 0
  #maxTimestamp = noTimestamp

  /** `capacityBytes` is what to begin with; it grows. */
  constructor(options: BatchOptions, capacityBytes = 1024) {
    this.#options = options
    // Out of Node's pool where it is small: nobody else ever sees these bytes.
    this.#bytes = Buffer.allocUnsafe(Math.max(capacityBytes, batchOverheadBytes))
  }

  /** The bytes of the batch so far, header included, before compression. */
  get bytes(): number {
    return this.#position
  }

  append(record: NewRecord): void {
    const timestamp = record.timestamp ?? this.#options.now
    assert(Number.isSafeInteger(timestamp), `not a timestamp: ${timestamp}`)
    if (this.count === 0) this.#baseTimestamp = timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    const headers = record.headers ?? []
    let length = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(this.count) + sizeOfVarint(headers.length)
    length += fieldBytes(record.key) + fieldBytes(record.value)
    for (const header of headers) length += headerBytes(header)
    this.#reserve(sizeOfVarint(length) + length)
    const bytes = this.#bytes
    let next = writeVarint(bytes, this.#position, length)
    bytes[next++] = 0
    next = writeVarlong(bytes, next, timestampDelta)
    next = writeVarint(bytes, next, this.count)
    next = writeField(bytes, next, record.key)
    next = writeField(bytes, next, record.value)
    next = writeVarint(bytes, next, headers.length)
    for (const header of headers) next = writeHeader(bytes, next, header)
    this.#position = next
    this.count++
  }

  /** The finished batch. The builder may go on and build a longer one. */
  build(): Uint8Array {
    assert(this.count > 0, 'a record batch holds at least one record')
    const records = this.#bytes.subarray(batchOverheadBytes, this.#position)
    const { compression = 'none', compressionLevel, timestampType = 'CreateTime', now } = this.#options
    const content = compression === 'none' ? records : compress(compression, records, compressionLevel)
    const batch = new Uint8Array(batchOverheadBytes + content.length)
    batch.set(content, batchOverheadBytes)
    const view = new DataView(batch.buffer)
    writeInt64(view, at.baseOffset, this.#options.baseOffset ?? 0)
    view.setInt32(at.batchLength, batch.length - logOverheadBytes)
    view.setInt32(at.leaderEpoch, this.#options.leaderEpoch ?? -1)
    view.setUint8(at.magic, 2)
    view.setUint16(at.attributes, this.#attributes(compression, timestampType))
    view.setInt32(at.lastOffsetDelta, this.count - 1)
    writeInt64(view, at.baseTimestamp, this.#baseTimestamp)
    writeInt64(view, at.maxTimestamp, timestampType === 'LogAppendTime' ? now : this.#maxTimestamp)
    writeInt64(view, at.producerId, this.#options.producerId ?? noProducerId)
    view.setInt16(at.producerEpoch, this.#options.producerEpoch ?? noProducerEpoch)
    view.setInt32(at.baseSequence, this.#options.baseSequence ?? noSequence)
    view.setInt32(at.count, this.count)
    view.setUint32(at.crc, crc32c(batch, at.attributes))
    return batch
  }

  #attributes(compression: Compression, timestampType: TimestampType): number {
    return (
      compressions.indexOf(compression) |
      (timestampType === 'LogAppendTime' ? attribute.logAppendTime : 0) |
      (this.#options.isTransactional ? attribute.transactional : 0) |
      (this.#options.isControl ? attribute.control : 0)
    )
  }

  #reserve(bytes: number): void {
    const needed = this.#position + bytes
    // The length field of a batch, and every reader, has 31 bits.
    assert(needed < 2 ** 31, 'a record batch is smaller than 2 GiB')
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#position))
    this.#bytes = grown
  }
}

function fieldBytes(field: Uint8Array | null | undefined): number {
  return field == null ? 1 : sizeOfVarint(field.length) + field.length
}

function headerBytes(header: RecordHeader): number {
  const keyBytes = Buffer.byteLength(header.key)
  return sizeOfVarint(keyBytes) + keyBytes + fieldBytes(header.value)
}

function writeField(bytes: Uint8Array, position: number, field: Uint8Array | null | undefined): number {
  if (field == null) return writeVarint(bytes, position, -1)
  const start = writeVarint(bytes, position, field.length)
  bytes.set(field, start)
  return start + field.length
}

function writeHeader(bytes: Buffer, position: number, header: RecordHeader): number {
  const keyBytes = Buffer.byteLength(header.key)
  const start = writeVarint(bytes, position, keyBytes)
  bytes.write(header.key, start, 'utf8')
  return writeField(bytes, start + keyBytes, header.value)
}
