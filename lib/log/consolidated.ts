/**
 * How far a partition's pages are consolidated. `partition#<topic id>#<n>` / `consolidated`.
 *
 * All pages that begin below `to` and end above the log's start point into segments. That is a fact once written, since a
 * page never goes back and no page appears between others; so a sweep need not look for intake pointers below it.
 * Lifetime: put by the first consolidation, deleted with the topic; without it everything is looked at from the log's
 * start. Size: about 60 bytes. Legal change: `to` goes up.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { partitionKey } from './keys.ts'

const consolidatedKey = (id: PartitionId) => ({ pk: partitionKey(id), sk: 'consolidated' })

/** Where the first page begins that may hold intake pointers; an old answer is only more work. */
export async function consolidatedTo(meta: MetaStore, id: PartitionId): Promise<Offset> {
  const item = await meta.get(consolidatedKey(id))
  return offset(typeof item?.to === 'number' ? item.to : 0)
}

/** Safe to send twice, and late. */
export async function noteConsolidatedTo(meta: MetaStore, id: PartitionId, to: Offset): Promise<void> {
  await meta.update(
    consolidatedKey(id),
    [{ set: ['to'], to: { value: to } }],
    [{ path: ['to'], is: '<', than: { value: to }, orAbsent: true }],
  )
}
