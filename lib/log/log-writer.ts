/** The writing half of the log: one intake for the process, one writer for each partition, and what readers learn of it. */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { offset, type PartitionId } from '../base/ids.ts'
import {
  appendBytesPendingMax,
  followerIdleMsMax,
  idleWritersMax,
  lentKeptMsMax,
  viewAgeMsMax,
} from '../base/limits.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Attempt } from './attempt.ts'
import { type Placed, readBatch } from './batch.ts'
import type { BytesCache } from './bytes-cache.ts'
import type { HeadHints } from './head-hints.ts'
import { Intake, type IntakeOptions, sideBySide } from './intake.ts'
import { cacheKey, partitionKey } from './keys.ts'
import type { AppendOptions, AppendResult } from './log-types.ts'
import { PartitionWriter } from './partition-writer.ts'
import type { Watch } from './watch.ts'

export interface LogWriterParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly hints: HeadHints
  readonly cache: BytesCache
  /** Whether somebody has read the partition from this process lately. */
  readonly isAwaited: (id: PartitionId, withinMs: number) => boolean
  readonly watch: Watch
  /** The leader of the partitions that are first written to here. */
  readonly brokerId: number
  readonly onBug: (fault: unknown) => void
}

export interface LogWriterOptions extends IntakeOptions {
  /** How long an append may take, ms, before its caller is told that the outcome is unknown. */
  readonly appendTimeoutMs: number
  /** A fold waits for this process's next append, rather than follow one: for who stands still after an answer. */
  readonly foldsFirst: boolean
}

export class LogWriter {
  readonly #parts: LogWriterParts
  readonly #options: LogWriterOptions
  readonly #intake: Intake
  readonly #writers = new Map<string, PartitionWriter>()
  /** Of batches that are not answered yet. */
  #pendingBytes = 0

  constructor(parts: LogWriterParts, options: LogWriterOptions) {
    this.#parts = parts
    this.#options = options
    this.#intake = new Intake(
      {
        ...parts,
        seenNext: (id) => this.#writer(id).seenNext ?? parts.hints.get(id)?.head.next ?? offset(0),
        floorMs: (id) => this.#writer(id).floorMs ?? parts.hints.get(id)?.head.floorMs ?? 0,
        placed: (id, placed) => this.#writer(id).enqueue(placed),
      },
      options,
    )
  }

  /**
   * Appends one validated batch. Calls for one partition are appended in the order in which they were made. Never rejects
   * for a fault of the stores; nobody may change `bytes` afterwards.
   */
  append(id: PartitionId, bytes: Uint8Array, options: AppendOptions): Promise<AppendResult> {
    const { timeoutMs = this.#options.appendTimeoutMs, leaderEpoch, isLent = false, moreIsDue } = options
    const read = readBatch(bytes)
    const writer = this.#writer(id)
    const remembered = writer.remembered(read)
    if (remembered !== undefined) {
      const logStartOffset = writer.logStart ?? remembered
      return Promise.resolve({ outcome: 'duplicate', baseOffset: remembered, logStartOffset })
    }
    if (this.#pendingBytes + bytes.length > appendBytesPendingMax) {
      const cause = new StoreUnavailable('an append', new Error('too many bytes are waiting'))
      const result: AppendResult = { outcome: 'unavailable', cause }
      if (read.claim) writer.answered(read.claim, result)
      return Promise.resolve(result)
    }
    this.#pendingBytes += bytes.length
    return new Promise((resolve) => {
      const answer = (result: AppendResult) => {
        this.#pendingBytes -= bytes.length
        if (read.claim) writer.answered(read.claim, result)
        resolve(result)
      }
      const deadlineMs = this.#parts.clock.now() + timeoutMs
      this.#intake.add(id, { ...read, isLent, leaderEpoch, moreIsDue, answer, deadlineMs })
    })
  }

  /** Finishes everything that was begun, folds included; with `dropAlone` for a process that may never append again. */
  async settle(options: { dropAlone: boolean }): Promise<void> {
    await this.#intake.settle()
    await Promise.all([...this.#writers.values()].map((writer) => writer.settle(options)))
  }

  #writer(id: PartitionId): PartitionWriter {
    const key = partitionKey(id)
    const known = this.#writers.get(key)
    if (known) return known
    if (this.#writers.size >= idleWritersMax) this.#forgetIdle()
    const { meta, clock, entropy, hints, watch, brokerId, onBug } = this.#parts
    const writer = new PartitionWriter(
      {
        meta,
        clock,
        entropy,
        brokerId,
        foldsFirst: this.#options.foldsFirst,
        onBug,
        hint: (partition) => hints.young(partition, viewAgeMsMax),
        seen: (partition, head) => watch.appended(partition, head),
        landed: (partition, attempt) => this.#keep(partition, attempt),
        putAgain: (partition, batches, floorMs) => this.#intake.putAgain(partition, batches, floorMs),
      },
      id,
    )
    this.#writers.set(key, writer)
    return writer
  }

  /** Makes room for the writers of other partitions: a tenth of the limit at once, so that it is not done for each. */
  #forgetIdle(): void {
    let left = idleWritersMax / 10
    for (const [key, writer] of this.#writers) {
      if (!writer.idle) continue
      this.#writers.delete(key)
      if (--left <= 0) return
    }
  }

  /** What was just appended is what consumers at the end of the log read next. */
  #keep(id: PartitionId, { runs }: Attempt): void {
    const { cache, isAwaited } = this.#parts
    const partition = partitionKey(id)
    for (const { key, placed } of runs) {
      const isLent = placed.some(({ batch }) => batch.isLent === true)
      const options = { isAwaited: isAwaited(id, isLent ? lentKeptMsMax : followerIdleMsMax) }
      const bytes = options.isAwaited ? ownBytes(placed) : keptBytes(placed)
      if (bytes) cache.putWritten(cacheKey(partition, key), bytes, options)
    }
  }
}

/** The bytes of a run that its batches lie in side by side; `undefined`: they do not, or are somebody else's soon. */
function keptBytes(placed: readonly Placed[]): Uint8Array | undefined {
  const [first] = placed
  if (first === undefined) return undefined
  const { buffer, byteOffset } = first.batch.bytes
  let length = 0
  for (const { batch } of placed) {
    if (batch.isLent || batch.bytes.buffer !== buffer || batch.bytes.byteOffset !== byteOffset + length)
      return undefined
    length += batch.bytes.length
  }
  return new Uint8Array(buffer, byteOffset, length)
}

function ownBytes(placed: readonly Placed[]): Uint8Array {
  return keptBytes(placed) ?? sideBySide(placed.map(({ batch }) => batch.bytes))
}
