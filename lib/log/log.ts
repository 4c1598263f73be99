/**
 * The partitioned log: bytes first, then one guarded update of the partition's head, then the acknowledgement. Any number
 * of processes may open the same stores; memory is a hint in each of them, and the guards decide.
 *
 * `log-writer.ts` is the writing half (intake, partition writers, folds), `reader.ts` the reading half. `head.ts`,
 * `page.ts`, `inline.ts` and `producer-item.ts` say what is stored.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import {
  appendTimeoutMsDefault,
  bytesCacheBytesMax,
  flushBytesMaxDefault,
  flushesInFlightMaxDefault,
  inlineUnitsMaxDefault,
  readAheadBytesMax,
} from '../base/limits.ts'
import { functionsBrokerId } from '../cluster/brokers.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { BytesCache } from './bytes-cache.ts'
import type { CacheState } from './cache-counts.ts'
import { HeadHints } from './head-hints.ts'
import type {
  AppendOptions,
  AppendResult,
  DeleteRecordsResult,
  DescribeResult,
  ListOffsetsResult,
  OffsetSpec,
  PartitionDescription,
  ProducersResult,
  ReadResult,
  SizeResult,
} from './log-types.ts'
import { LogWriter, type LogWriterOptions } from './log-writer.ts'
import type { LossListener } from './loss.ts'
import type { Isolation, ReadOptions } from './read.ts'
import type { ReadBuffers } from './read-buffers.ts'
import { LogReader } from './reader.ts'
import { Watch, type WatchPosition } from './watch.ts'

export interface LogParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** What is known of heads: shared with the `PartitionLeaders` of the same process, which then learn from every append. */
  readonly hints?: HeadHints
  /** What is read into: for tests, which spoil what nobody holds any more. */
  readonly buffers?: ReadBuffers
  /** This process's broker id: the leader of the partitions that are first written to here. Default 0, the functions. */
  readonly brokerId?: number
  /** Told of bytes that an unchanged index names and that are not there. */
  readonly onLoss?: LossListener
  /** Told of what should never happen. Whoever waits for it is answered `unknown` or nothing is changed. */
  readonly onBug?: (fault: unknown) => void
}

export interface LogOptions extends LogWriterOptions {
  /** Bytes of batches kept for readers. */
  readonly cacheBytesMax: number
  /** How far ahead of one reader is read at most; 0 where the process may stand still after an answer. */
  readonly readAheadBytes: number
  /**
   * No other process uses these stores: a waiting reader then never polls. It is about cost only; what is read is right
   * either way.
   */
  readonly soleProcess: boolean
}

export const logDefaults: LogOptions = {
  lingerMs: 0,
  flushesInFlightMax: flushesInFlightMaxDefault,
  flushBytesMax: flushBytesMaxDefault,
  inlineUnitsMax: inlineUnitsMaxDefault,
  appendTimeoutMs: appendTimeoutMsDefault,
  cacheBytesMax: bytesCacheBytesMax,
  foldsFirst: false,
  readAheadBytes: readAheadBytesMax,
  soleProcess: false,
}

export class Log {
  readonly #writer: LogWriter
  readonly #reader: LogReader
  readonly #watch: Watch

  constructor(
    {
      meta,
      objects,
      clock,
      entropy,
      hints = new HeadHints({ clock }),
      brokerId = functionsBrokerId,
      buffers,
      onLoss,
      onBug = () => {},
    }: LogParts,
    options: Partial<LogOptions> = {},
  ) {
    const all = { ...logDefaults, ...options }
    const cache = new BytesCache({ bytesMax: all.cacheBytesMax })
    this.#watch = new Watch({ meta, clock, hints, polls: !all.soleProcess })
    const { readAheadBytes } = all
    const reader = new LogReader({
      meta,
      objects,
      clock,
      hints,
      cache,
      readAheadBytes,
      ...(onLoss && { onLoss }),
      ...(buffers && { buffers }),
    })
    const isAwaited = (id: PartitionId, withinMs: number) => reader.isFollowed(id, withinMs)
    this.#reader = reader
    this.#writer = new LogWriter(
      { meta, objects, clock, entropy, hints, cache, isAwaited, watch: this.#watch, brokerId, onBug },
      all,
    )
  }

  /**
   * Appends one validated batch (`prepare-batch.ts`). Calls for one partition are appended in the order in which they were
   * made, and gather into one flush with those of other partitions. Nobody may change `batch` afterwards.
   */
  append(id: PartitionId, batch: Uint8Array, options: AppendOptions = {}): Promise<AppendResult> {
    return this.#writer.append(id, batch, options)
  }

  /** Whole batches from the one that contains `from`. The chunks are shared with a cache: nobody may change them. */
  read(id: PartitionId, from: Offset, options: ReadOptions): Promise<ReadResult> {
    return this.#reader.read(id, from, options)
  }

  /** Resolves when the high watermark has passed `offset`, or when `waitMs` are over. A hint: read to know. */
  awaitBeyond(id: PartitionId, offset: Offset, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#watch.awaitBeyond(id, offset, waitMs, signal)
  }

  /** As `awaitBeyond`, for the first of several partitions. */
  awaitAny(positions: readonly WatchPosition[], waitMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.#watch.awaitAny(positions, waitMs, signal)
  }

  listOffsets(id: PartitionId, spec: OffsetSpec, isolation?: Isolation): Promise<ListOffsetsResult> {
    return this.#reader.listOffsets(id, spec, isolation)
  }

  /** Raises the log's start. What lies below is never read again, and its bytes are deleted in time. */
  deleteRecords(id: PartitionId, before: Offset | 'high-watermark'): Promise<DeleteRecordsResult> {
    return this.#reader.deleteRecords(id, before)
  }

  describe(id: PartitionId): Promise<DescribeResult> {
    return this.#reader.describe(id)
  }

  /** How often readers find their bytes in memory, and what lies there. */
  get cache(): CacheState {
    return this.#reader.cache
  }

  /** See `LogReader.remembered`. */
  remembered(id: PartitionId): PartitionDescription | undefined {
    return this.#reader.remembered(id)
  }

  /** The bytes that the log holds: a walk over the partition's index, for those who ask seldom. */
  size(id: PartitionId): Promise<SizeResult> {
    return this.#reader.size(id)
  }

  /** The idempotent producers that write to the partition. */
  producers(id: PartitionId): Promise<ProducersResult> {
    return this.#reader.producers(id)
  }

  /** Finishes what was begun. A function calls it, with `dropAlone`, before it answers: it may never run again. */
  settle(options: { dropAlone: boolean } = { dropAlone: false }): Promise<void> {
    return this.#writer.settle(options)
  }
}
