/** The reading half of the log: what is asked of it, every fault an outcome, every loss said loudly. */
import type { Clock } from '../base/clock.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { readAheadBytesMax } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { PointerBytes } from './bytes.ts'
import { BytesCache } from './bytes-cache.ts'
import type { CacheState } from './cache-counts.ts'
import { deleteRecords } from './delete-records.ts'
import { deletedEpoch, type Head } from './head.ts'
import { HeadHints } from './head-hints.ts'
import { lastStableOffset, readHead } from './head-read.ts'
import { IndexLookup } from './index-lookup.ts'
import { listOffsets } from './list-offsets.ts'
import type {
  DeleteRecordsResult,
  DescribeResult,
  ListOffsetsResult,
  OffsetSpec,
  PartitionDescription,
  ProducersResult,
  ReadResult,
  SizeResult,
} from './log-types.ts'
import { BytesLost, IndexTorn, type LossListener } from './loss.ts'
import { activeProducers } from './producer-states.ts'
import { type BatchesRead, type Isolation, type ReadOptions, type ReadParts, readBatches } from './read.ts'
import { ReadAhead } from './read-ahead.ts'
import { ReadBuffers } from './read-buffers.ts'
import { logSize } from './size.ts'

export interface LogReaderParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  /** Shared with the writer of the same process, so that what it appends is read without a call. */
  readonly hints?: HeadHints
  readonly cache?: BytesCache
  /** What is read into. */
  readonly buffers?: ReadBuffers
  /** How far ahead of one reader is read at most. Default `readAheadBytesMax`; 0: not at all. */
  readonly readAheadBytes?: number
  /** Told of each loss that a read meets; the read itself answers `unavailable` with it as the cause. */
  readonly onLoss?: LossListener
}

export class LogReader {
  readonly #parts: ReadParts
  readonly #ahead: ReadAhead
  readonly #cache: BytesCache
  readonly #onLoss: LossListener | undefined

  constructor({
    meta,
    objects,
    clock,
    hints = new HeadHints({ clock }),
    cache = new BytesCache(),
    buffers = new ReadBuffers({ cacheBytesMax: cache.bytesMax }),
    readAheadBytes = readAheadBytesMax,
    onLoss,
  }: LogReaderParts) {
    const index = new IndexLookup({ meta })
    const bytes = new PointerBytes({ meta, objects, cache, buffers })
    this.#parts = { meta, hints, index, bytes }
    const bytesMax = Math.floor(cache.bytesMax / 2)
    const windowBytesMax = Math.min(readAheadBytes, bytesMax)
    this.#ahead = new ReadAhead({ clock, hints, index, bytes, cache, windowBytesMax, bytesMax })
    this.#cache = cache
    this.#onLoss = onLoss
  }

  /** The chunks answered are shared with the cache: nobody may change them. */
  read(id: PartitionId, from: Offset, options: ReadOptions): Promise<ReadResult> {
    return this.#answered(async () => {
      const follower = this.#ahead.begins(id, from)
      let read: BatchesRead | 'fault' = 'fault'
      try {
        read = await readBatches(this.#parts, id, from, options)
        return read.result
      } finally {
        this.#ahead.ended(id, from, follower, read, options.maxBytes)
      }
    })
  }

  /** How often readers find their bytes in memory, and what lies there. */
  get cache(): CacheState {
    const { lookups, bytes } = this.#parts.bytes.counts
    return { lookups, bytes, heldBytes: this.#cache.bytes, limitBytes: this.#cache.bytesMax }
  }

  /** Whether somebody has read the partition, and not long ago. */
  isFollowed(id: PartitionId, withinMs: number): boolean {
    return this.#ahead.isFollowed(id, withinMs)
  }

  listOffsets(id: PartitionId, spec: OffsetSpec, isolation?: Isolation): Promise<ListOffsetsResult> {
    return this.#answered(() => listOffsets(this.#parts, id, spec, isolation))
  }

  deleteRecords(id: PartitionId, before: Offset | 'high-watermark'): Promise<DeleteRecordsResult> {
    return this.#answered(() => deleteRecords(this.#parts.meta, this.#parts.hints, id, before))
  }

  describe(id: PartitionId): Promise<DescribeResult> {
    return this.#answered(async () => {
      const head = await readHead(this.#parts.meta, this.#parts.hints, id)
      if (!head) return { outcome: 'unknown-partition' }
      return { outcome: 'described', ...descriptionOf(head) }
    })
  }

  /** What this process last heard of the partition, however long ago; `undefined`: nothing, or that it is deleted. */
  remembered(id: PartitionId): PartitionDescription | undefined {
    const head = this.#parts.hints.get(id)?.head
    return head === undefined || head.epoch === deletedEpoch ? undefined : descriptionOf(head)
  }

  size(id: PartitionId): Promise<SizeResult> {
    return this.#answered(() => logSize(this.#parts, id))
  }

  producers(id: PartitionId): Promise<ProducersResult> {
    return this.#answered(async () => {
      const head = await readHead(this.#parts.meta, this.#parts.hints, id)
      return head ? { outcome: 'listed', producers: activeProducers(head) } : { outcome: 'unknown-partition' }
    })
  }

  async #answered<Result>(run: () => Promise<Result>): Promise<Result | { outcome: 'unavailable'; cause: unknown }> {
    try {
      return await run()
    } catch (cause) {
      if (cause instanceof BytesLost || cause instanceof IndexTorn) this.#onLoss?.(cause)
      else if (!(cause instanceof StoreUnavailable || cause instanceof OutcomeUnknown)) throw cause
      return { outcome: 'unavailable', cause }
    }
  }
}

const descriptionOf = (head: Head): PartitionDescription => ({
  leaderEpoch: head.epoch,
  logStartOffset: head.logStart,
  highWatermark: head.next,
  lastStableOffset: lastStableOffset(head),
})
