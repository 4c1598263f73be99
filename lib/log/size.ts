/**
 * How many bytes a partition's log holds: what its index points at, from the log's start on. Nothing is read but the index,
 * whose pages are 29 bytes a flush, and of a consolidated log 29 bytes a 64 KiB or more.
 */
import { offset, type PartitionId } from '../base/ids.ts'
import { readTriesMax } from '../base/limits.ts'
import { readHead } from './head-read.ts'
import { bytesFrom } from './index-entry.ts'
import type { SizeResult } from './log-types.ts'
import { IndexTorn } from './loss.ts'
import type { ReadParts } from './read.ts'

/** Bytes of batches as producers sent them; of the flush that the log's start cuts, in proportion. Throws as `readBatches`. */
export async function logSize(
  parts: Pick<ReadParts, 'meta' | 'hints' | 'index'>,
  id: PartitionId,
): Promise<SizeResult> {
  for (let tries = 0; tries < readTriesMax; tries++) {
    const head = await readHead(parts.meta, parts.hints, id)
    if (!head) return { outcome: 'unknown-partition' }
    if (head.logStart === head.next) return { outcome: 'measured', bytes: 0 }
    const bytes = await pointedAt(parts, id, head)
    if (bytes !== 'gap') return { outcome: 'measured', bytes: Math.round(bytes) }
  }
  throw new IndexTorn(id, offset(0))
}

async function pointedAt(
  { index }: Pick<ReadParts, 'index'>,
  id: PartitionId,
  head: NonNullable<Awaited<ReturnType<typeof readHead>>>,
): Promise<number | 'gap'> {
  let bytes = 0
  for await (const entries of index.allEntries(id, head, head.logStart)) {
    if (entries === 'gap') return 'gap'
    for (const entry of entries) bytes += bytesFrom(entry, head.logStart)
  }
  return bytes
}
