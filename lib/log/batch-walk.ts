/**
 * The batches within a pointer's bytes. Stored batches carry whatever base offset their producer sent; their true ones
 * follow from the pointer's: the base of the k-th batch is the pointer's base and the counts of those before it.
 */
import type { Offset } from '../base/ids.ts'
import { at, batchOverheadBytes, logOverheadBytes, writeInt64 } from '../records/header.ts'
import type { EpochAt } from './epochs.ts'

export interface WalkedBatch {
  /** Where it begins and ends in the bytes. */
  readonly start: number
  readonly stop: number
  /** Its first offset, and the one after its last. */
  readonly base: number
  readonly end: number
  /** The latest timestamp of its records, ms; -1: none. */
  readonly maxTimestamp: number
}

/** Bytes that are not whole batches with exactly the offsets that the index says. */
export class NotTheseBatches extends Error {
  override readonly name = 'NotTheseBatches'
}

/** Throws `NotTheseBatches` when the bytes are not whole batches that cover exactly [base, end). */
export function walkBatches(bytes: Uint8Array, base: Offset, end: Offset): WalkedBatch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const batches: WalkedBatch[] = []
  let start = 0
  let next: number = base
  while (start < bytes.byteLength) {
    if (bytes.byteLength - start < batchOverheadBytes) throw new NotTheseBatches(`cut off at byte ${start}`)
    const stop = start + logOverheadBytes + view.getInt32(start + at.batchLength)
    const lastOffsetDelta = view.getInt32(start + at.lastOffsetDelta)
    if (stop < start + batchOverheadBytes || stop > bytes.byteLength || lastOffsetDelta < 0) {
      throw new NotTheseBatches(`no batch at byte ${start}`)
    }
    // In two halves: a bigint for each batch is dear. What is beyond 2^53 is rounded, as it would be by `Number`.
    const maxTimestamp = view.getInt32(start + at.maxTimestamp) * 2 ** 32 + view.getUint32(start + at.maxTimestamp + 4)
    batches.push({ start, stop, base: next, end: next + lastOffsetDelta + 1, maxTimestamp })
    next += lastOffsetDelta + 1
    start = stop
  }
  if (next !== end) throw new NotTheseBatches(`offsets ${base} to ${next}, not to ${end}`)
  return batches
}

/**
 * Writes base offsets and leader epochs into batches, in place: neither is covered by the CRC. The epoch is the one under
 * which a batch was appended, so stamped bytes are right for ever.
 */
export function stampBatches(bytes: Uint8Array, batches: readonly WalkedBatch[], epochAt: EpochAt): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const { start, base } of batches) {
    writeInt64(view, start + at.baseOffset, base)
    view.setInt32(start + at.leaderEpoch, epochAt(base))
  }
}
