/**
 * Changes to a batch that a server makes in place, in bytes that it owns. Offset and leader epoch lie outside the CRC
 * and may be stamped at every read; the timestamp does not (`DefaultRecordBatch.setMaxTimestamp`), so it is stamped once,
 * before the bytes are stored.
 */
import { crc32c } from '../base/crc32c.ts'
import { at, attribute, batchOverheadBytes, readHeader, type TimestampType, writeInt64 } from './header.ts'

/** Writes where a batch lies in the log: its first record's offset, and the epoch of the leader that put it there. */
export function stampOffsets(batch: Uint8Array, baseOffset: number, leaderEpoch: number): void {
  const view = headerView(batch)
  writeInt64(view, at.baseOffset, baseOffset)
  view.setInt32(at.leaderEpoch, leaderEpoch)
}

/**
 * Makes `timestamp` (milliseconds since the epoch) that of every record: under LogAppendTime readers take the batch's
 * latest timestamp for all, so base and deltas stay as the producer set them.
 */
export function stampLogAppendTime(batch: Uint8Array, timestamp: number): void {
  stampTimestamp(batch, 'LogAppendTime', timestamp)
}

/** Corrects the latest timestamp of a producer's batch, which `validateBatch` has found to be another. */
export function stampMaxTimestamp(batch: Uint8Array, maxTimestamp: number): void {
  stampTimestamp(batch, 'CreateTime', maxTimestamp)
}

function stampTimestamp(batch: Uint8Array, type: TimestampType, timestamp: number): void {
  const { totalBytes } = readHeader(batch)
  const view = headerView(batch)
  const others = view.getUint16(at.attributes) & ~attribute.logAppendTime
  view.setUint16(at.attributes, type === 'LogAppendTime' ? others | attribute.logAppendTime : others)
  writeInt64(view, at.maxTimestamp, timestamp)
  view.setUint32(at.crc, crc32c(batch, at.attributes, totalBytes))
}

function headerView(batch: Uint8Array): DataView {
  return new DataView(batch.buffer, batch.byteOffset, batchOverheadBytes)
}
