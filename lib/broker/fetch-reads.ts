/**
 * The reads of one fetch, side by side as far as its bytes reach, each answer in the order in which the client asked: what
 * comes first in a request is served first, and clients move what they were served to the end (KIP-74). At least one whole
 * batch is read, however large, or a consumer would stand still.
 */
import type { Offset, PartitionId } from '../base/ids.ts'
import { fetchReadsAtOnceMax } from '../base/limits.ts'
import type { Log } from '../log/log.ts'
import type { ReadResult } from '../log/log-types.ts'
import type { Isolation } from '../log/read.ts'

export interface PartitionRead {
  readonly id: PartitionId
  readonly from: Offset
  readonly bytesMax: number
}

/** `skipped`: the bytes of the fetch had gone to partitions before it. */
export type FetchRead = ReadResult | { readonly outcome: 'skipped' }

export interface FetchedReads {
  /** In the order of what was asked. */
  readonly results: readonly FetchRead[]
  readonly bytes: number
}

const skipped: FetchRead = { outcome: 'skipped' }

export interface FetchReadOptions {
  /** In all partitions together. */
  readonly bytesMax: number
  readonly isolation: Isolation
  /** What the same reads found before. A partition of which nothing newer was heard since is not read again. */
  readonly before?: FetchedReads | undefined
}

/** A fault of the store is an outcome of its partition. */
export async function readPartitions(
  log: Log,
  reads: readonly PartitionRead[],
  options: FetchReadOptions,
): Promise<FetchedReads> {
  const { bytesMax, before } = options
  const results: FetchRead[] = []
  let bytes = 0
  while (results.length < reads.length) {
    const left = bytesMax - bytes
    if (left <= 0 && bytes > 0) {
      results.push(skipped)
      continue
    }
    for (const result of await Promise.all(wave(log, reads, results.length, Math.max(left, 0), options))) {
      const taken = sizeOf(result)
      // A batch that is larger than what is left is answered only where it is the first of all.
      const fits = bytes === 0 || bytes + taken <= bytesMax
      results.push(fits ? result : skipped)
      if (fits) bytes += taken
      else if (result !== before?.results[results.length - 1]) release(result)
    }
  }
  return { results, bytes }
}

/** As many reads from `start` on as cannot bring more than `left` bytes together, and at least one. */
function wave(
  log: Log,
  reads: readonly PartitionRead[],
  start: number,
  left: number,
  { isolation, before }: FetchReadOptions,
) {
  const begun: (ReadResult | Promise<ReadResult>)[] = []
  let promised = 0
  for (let index = start; index < reads.length && begun.length < fetchReadsAtOnceMax; index++) {
    const read = reads[index]
    if (read === undefined) break
    const maxBytes = Math.min(read.bytesMax, left)
    if (begun.length > 0 && promised + maxBytes > left) break
    promised += maxBytes
    const known = unchanged(log, read, before?.results[index])
    begun.push(known ?? log.read(read.id, read.from, { maxBytes, isolation }))
  }
  return begun
}

function unchanged(log: Log, { id }: PartitionRead, before: FetchRead | undefined): ReadResult | undefined {
  if (before?.outcome !== 'read') return undefined
  const now = log.remembered(id)
  const isSame = now?.highWatermark === before.highWatermark && now.logStartOffset === before.logStartOffset
  return isSame ? before : undefined
}

/** Nobody looks at the chunks of these any more, but for those that are in `kept` as well. */
export function releaseReads(results: readonly FetchRead[], kept: readonly FetchRead[] = []): void {
  for (const [index, result] of results.entries()) if (result !== kept[index]) release(result)
}

function release(result: FetchRead): void {
  if (result.outcome === 'read') result.release()
}

export function sizeOf(result: FetchRead): number {
  if (result.outcome !== 'read') return 0
  let bytes = 0
  for (const chunk of result.chunks) bytes += chunk.length
  return bytes
}
