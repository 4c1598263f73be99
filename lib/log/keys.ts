/**
 * Where the log's items and objects lie. Numbers in keys are zero-padded, so that bytewise order is numeric order; ids are
 * hexadecimal, so that bytewise order is time order.
 *
 * | pk | sk | what |
 * |---|---|---|
 * | `partition#<topic id>#<n>` | `head` | order: `head.ts` |
 * | | `page#<base offset>` | older pointers: `page.ts` |
 * | | `inline#<id>` | the bytes of one small flush: `inline.ts` |
 * | | `consolidated` | how far pages point into segments: `consolidated.ts` |
 * | | `producer#<producer id>` | sequence state that left the head: `producer-item.ts` |
 */
import type { Offset, PartitionId, ProducerId } from '../base/ids.ts'
import { partitionKeysKeptMax } from '../base/limits.ts'
import type { Key } from '../store/meta-store.ts'

/** Decimal digits of 2^53, so that every offset has the same width. */
const offsetDigits = 16

/**
 * Made once: an append asks a dozen times, and looks a dozen maps up by it, which is cheap for a string that has been hashed.
 * Of a topic that is not there any more its keys go with all others.
 */
const partitionKeys = new Map<string, string[]>()
let partitionKeysCount = 0

export function partitionKey({ topicId, partition }: PartitionId): string {
  const known = partitionKeys.get(topicId)?.[partition]
  if (known !== undefined) return known
  if (++partitionKeysCount > partitionKeysKeptMax) {
    partitionKeys.clear()
    partitionKeysCount = 1
  }
  const key = `partition#${topicId}#${String(partition).padStart(5, '0')}`
  const keys = partitionKeys.get(topicId) ?? []
  keys[partition] = key
  partitionKeys.set(topicId, keys)
  return key
}

export const headKey = (id: PartitionId): Key => ({ pk: partitionKey(id), sk: 'head' })

export const pageSortKey = (base: Offset) => `page#${String(base).padStart(offsetDigits, '0')}`
export const pageKey = (id: PartitionId, base: Offset): Key => ({ pk: partitionKey(id), sk: pageSortKey(base) })

/** `name` is an object name as `pointer.ts` makes it: 22 hexadecimal digits that begin with the time. */
export const inlineSortKey = (name: string) => `inline#${name}`
export const inlineKey = (id: PartitionId, name: string): Key => ({ pk: partitionKey(id), sk: inlineSortKey(name) })

export const producerKey = (id: PartitionId, producer: ProducerId): Key => ({
  pk: partitionKey(id),
  sk: `producer#${String(producer).padStart(offsetDigits, '0')}`,
})

/** A partition's pointer in the memory of a process: two partitions' inline items may have the same pointer. */
export const cacheKey = (partition: string, pointerKey: string) => `${partition}/${pointerKey}`

/** The object of one flush of many partitions. */
export const intakePrefix = 'intake/'
export const intakeObjectKey = (name: string) => `${intakePrefix}${name}`

/** An object of consecutive batches of one partition, written by consolidation. */
export const segmentsPrefix = 'segments/'
export const segmentPrefix = ({ topicId, partition }: PartitionId) =>
  `${segmentsPrefix}${topicId}/${String(partition).padStart(5, '0')}/`
export const segmentObjectKey = (id: PartitionId, name: string) => `${segmentPrefix(id)}${name}`
