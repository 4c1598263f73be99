/**
 * Reads batches and their records lazily. Uncompressed bytes are never copied: keys and values are views into the
 * batch, so they live as long as it does and must not be changed.
 */
import { decompressedBytesMax } from '../base/limits.ts'
import { decompress } from './codecs/compression.ts'
import { RecordCursor } from './cursor.ts'
import { at, type BatchHeader, batchOverheadBytes, logOverheadBytes, readHeader } from './header.ts'
import { InvalidBatch } from './invalid-batch.ts'
import { VarintReader } from './varint.ts'

/** Kafka allows a name more than once; the order is kept. */
export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface KafkaRecord {
  /** The batch's base offset and the record's delta. */
  readonly offset: number
  /** Milliseconds since the epoch; -1 when the producer set none. Under LogAppendTime that of the batch. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
  /** Reserved by Kafka; no bit has a meaning yet. */
  readonly attributes: number
}

export interface IterateOptions {
  /** What the records may become when decompressed. Default: `decompressedBytesMax` of the limits. */
  readonly decompressedBytesMax?: number
}

const noHeaders: readonly RecordHeader[] = []

/**
 * The records of the one batch at the beginning of `batch`, in order. The CRC is not checked: bytes from the log were
 * checked when they came in. Throws `InvalidBatch` at the record that cannot be read.
 */
export function* iterateRecords(batch: Uint8Array, options: IterateOptions = {}): Generator<KafkaRecord, void, void> {
  const header = readHeader(batch)
  const payload = decompressedRecords(batch, header, options.decompressedBytesMax)
  const cursor = new RecordCursor(payload, header)
  while (cursor.advance()) yield recordAt(cursor, payload, header)
}

/** What follows the header of the batch at the beginning of `batch`, decompressed up to a limit in bytes. */
export function decompressedRecords(
  batch: Uint8Array,
  header: BatchHeader,
  bytesMax: number = decompressedBytesMax,
): Uint8Array {
  if (header.totalBytes > batch.length) {
    throw new InvalidBatch('invalid', `a record batch of ${header.totalBytes} bytes is cut off after ${batch.length}`)
  }
  // Never a Buffer, whatever the batch came in: its slices would be other things than those of a Uint8Array.
  const stored = new Uint8Array(
    batch.buffer,
    batch.byteOffset + batchOverheadBytes,
    header.totalBytes - batchOverheadBytes,
  )
  return header.compression === 'none' ? stored : decompress(header.compression, stored, bytesMax)
}

function recordAt(cursor: RecordCursor, payload: Uint8Array, header: BatchHeader): KafkaRecord {
  const { keyStart, keyLength, valueStart, valueLength } = cursor
  const offset = header.baseOffset + cursor.offsetDelta
  const timestamp =
    header.timestampType === 'LogAppendTime' ? header.maxTimestamp : header.baseTimestamp + cursor.timestampDelta
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(timestamp)) {
    throw new InvalidBatch('invalid', `record ${cursor.index} has an offset or a timestamp beyond 2^53`)
  }
  return {
    offset,
    timestamp,
    key: keyLength < 0 ? null : payload.subarray(keyStart, keyStart + keyLength),
    value: valueLength < 0 ? null : payload.subarray(valueStart, valueStart + valueLength),
    headers: cursor.headerCount === 0 ? noHeaders : headersAt(cursor, payload),
    attributes: cursor.attributes,
  }
}

/** The cursor has walked over these headers, so no length is checked again. */
function headersAt(cursor: RecordCursor, payload: Uint8Array): RecordHeader[] {
  const reader = new VarintReader(payload)
  reader.position = cursor.headersStart
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const headers: RecordHeader[] = []
  for (let index = 0; index < cursor.headerCount; index++) {
    const keyLength = reader.readVarint()
    const keyStart = reader.skip(keyLength)
    const valueLength = reader.readVarint()
    const value = valueLength < 0 ? null : payload.subarray(reader.position, reader.skip(valueLength) + valueLength)
    headers.push({ key: text.toString('utf8', keyStart, keyStart + keyLength), value })
  }
  return headers
}

/** One batch among others: its header, and its bytes as a view. */
export interface FramedBatch {
  readonly header: BatchHeader
  readonly bytes: Uint8Array
  /** Where the batch begins in the bytes it was taken from. */
  readonly position: number
}

export interface IterateBatchesOptions {
  /**
   * A last batch that is cut off: `ignore` ends before it, as Kafka's clients do with the end of a fetch; `refuse`
   * throws `InvalidBatch`. Default `ignore`.
   */
  readonly truncated?: 'ignore' | 'refuse'
}

/** The batches that lie one behind the other in `bytes`. Throws `InvalidBatch` where a header cannot be right. */
export function* iterateBatches(
  bytes: Uint8Array,
  options: IterateBatchesOptions = {},
): Generator<FramedBatch, void, void> {
  let position = 0
  while (position < bytes.length) {
    const left = bytes.length - position
    const length = left < at.magic + 1 ? undefined : logOverheadBytes + lengthAt(bytes, position)
    // With a length below the header's own, readHeader says what is wrong.
    if (length === undefined || (length > left && length >= batchOverheadBytes)) {
      if (options.truncated !== 'refuse') return
      throw new InvalidBatch('invalid', `the last record batch is cut off after ${left} bytes`)
    }
    const header = readHeader(bytes, position)
    yield { header, bytes: bytes.subarray(position, position + header.totalBytes), position }
    position += header.totalBytes
  }
}

function lengthAt(bytes: Uint8Array, position: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + position, at.magic).getInt32(at.batchLength)
}
