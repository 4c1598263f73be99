/** The head by a strongly consistent read: the only ground for "out of range", "deleted" and "nothing there". */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { deletedEpoch, type Head, newHead, parseHead } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import { headKey } from './keys.ts'

/**
 * The head as it is now; `undefined`: the topic is deleted. A partition without a head is an empty log: its first append
 * makes one.
 */
export async function readHead(meta: MetaStore, hints: HeadHints, id: PartitionId): Promise<Head | undefined> {
  const item = await meta.get(headKey(id), { strong: true })
  if (!item) return parseHead(newHead(id))
  const head = parseHead(item)
  hints.put(id, head)
  return head.epoch === deletedEpoch ? undefined : head
}

/** Every record below it belongs to a transaction that has ended, or to none. */
export function lastStableOffset(head: Head): Offset {
  const open = Object.values(head.openTransactions)
  return open.length === 0 ? head.next : offset(Math.min(head.next, ...open))
}
