/**
 * A log that counts what goes in and out of it, for whoever says so: records and bytes of whole batches, as they are stored.
 * Counts only rise. An append that nobody knows the outcome of is not counted; a batch that is read twice is, twice.
 */
import type { Offset, PartitionId } from '../base/ids.ts'
import { at, logOverheadBytes } from '../records/header.ts'
import { Log } from './log.ts'
import type { AppendOptions, AppendResult, ReadResult } from './log-types.ts'
import type { ReadOptions } from './read.ts'

export interface LogCounts {
  recordsIn: number
  bytesIn: number
  recordsOut: number
  bytesOut: number
}

export class CountedLog extends Log {
  readonly counts: LogCounts = { recordsIn: 0, bytesIn: 0, recordsOut: 0, bytesOut: 0 }

  override async append(id: PartitionId, batch: Uint8Array, options?: AppendOptions): Promise<AppendResult> {
    // Before: the batch is somebody else's afterwards.
    const [records, bytes] = [recordsOf(batch), batch.length]
    const result = await super.append(id, batch, options)
    if (result.outcome === 'appended') {
      this.counts.recordsIn += records
      this.counts.bytesIn += bytes
    }
    return result
  }

  override async read(id: PartitionId, from: Offset, options: ReadOptions): Promise<ReadResult> {
    const result = await super.read(id, from, options)
    if (result.outcome === 'read') {
      for (const chunk of result.chunks) {
        this.counts.recordsOut += recordsOf(chunk)
        this.counts.bytesOut += chunk.length
      }
    }
    return result
  }
}

/** Of whole batches, by their headers. */
function recordsOf(batches: Uint8Array): number {
  const view = new DataView(batches.buffer, batches.byteOffset, batches.byteLength)
  let records = 0
  for (let start = 0; start + at.records <= batches.length; ) {
    records += view.getInt32(start + at.count)
    start += logOverheadBytes + Math.max(view.getInt32(start + at.batchLength), at.records - logOverheadBytes)
  }
  return records
}
