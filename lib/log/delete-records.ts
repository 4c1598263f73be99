/**
 * Raising the log's start, for DeleteRecords and for retention. Only ever up and never past the end, by one guarded update
 * that is safe to send twice; pages and bytes below it are the janitor's to delete.
 */
import type { Offset, PartitionId } from '../base/ids.ts'
import { trimTriesMax } from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { Change, Guard, MetaStore } from '../store/meta-store.ts'
import { epochIs } from './guards.ts'
import { deletedEpoch, type Head, parseHead } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import { readHead } from './head-read.ts'
import { headKey } from './keys.ts'
import type { DeleteRecordsResult } from './log-types.ts'

/** The log's start only rises: a late trim must not bring back what was deleted. */
const logStartIsBelow = (start: Offset) => ({ path: ['s'], is: '<', than: { value: start } }) as const

/** What was never written cannot be deleted: its offsets would be skipped by the next append's readers. */
const endIsAtOrAbove = (start: Offset) => ({ path: ['n'], is: '>=', than: { value: start } }) as const

/** Kafka's DeleteRecords. `high-watermark` (-1 on the wire) is the end as of now. Throws what the store throws. */
export async function deleteRecords(
  meta: MetaStore,
  hints: HeadHints,
  id: PartitionId,
  before: Offset | 'high-watermark',
): Promise<DeleteRecordsResult> {
  const head = await readHead(meta, hints, id)
  if (!head) return { outcome: 'unknown-partition' }
  const start = before === 'high-watermark' ? head.next : before
  if (start > head.next) {
    return { outcome: 'offset-out-of-range', logStartOffset: head.logStart, highWatermark: head.next }
  }
  const now = await raiseLogStart(meta, id, head, start)
  if (!now) return { outcome: 'unknown-partition' }
  // The head of a partition that was never written to is made up: remembered, it would keep its writer from making one.
  if (now !== head) hints.put(id, now)
  return { outcome: 'deleted', logStartOffset: now.logStart }
}

/**
 * Raises logStart to `start`, at most `head.next`, and answers the head that then has it; `undefined`: the topic is gone.
 * A partition without a head has nothing below 0 to delete. Throws `OutcomeUnknown` when the store stays silent.
 */
export async function raiseLogStart(
  meta: MetaStore,
  id: PartitionId,
  head: Head,
  start: Offset,
): Promise<Head | undefined> {
  let seen = head
  let unknown: OutcomeUnknown | undefined
  for (let tries = 0; tries < trimTriesMax; tries++) {
    if (seen.logStart >= start) return seen
    const change: Change = [{ set: ['s'], to: { value: start } }]
    const guard: Guard = [epochIs(seen.epoch), logStartIsBelow(start), endIsAtOrAbove(start)]
    try {
      const answer = await meta.update(headKey(id), change, guard)
      if ('done' in answer) return parseHead(answer.done)
      // Another has raised it as far, or elected a leader, or deleted the topic: the item says which.
      if (!answer.refused) return undefined
      seen = parseHead(answer.refused)
      if (seen.epoch === deletedEpoch) return undefined
    } catch (fault) {
      if (!(fault instanceof OutcomeUnknown)) throw fault
      unknown = fault
    }
  }
  throw unknown ?? new OutcomeUnknown('raising logStart')
}
