/**
 * Deleting a partition of a deleted topic. First the fence: epoch -1 in the head refuses every append, floor and trim, and
 * tells every reader that the topic is gone. Only then the items, each after the objects that it names and that are the topic's
 * own (`own-objects.ts`), then the segments; what shares an object with other topics goes with the sweep. The head itself goes
 * last and a day later, when nobody is left who would make a new one. What a late put of a page or an inline item leaves
 * behind is never read: a topic's id is never used twice.
 */
import type { Clock } from '../base/clock.ts'
import type { PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { deletionQueriesMax, deletionQueryItems, readCallsAtOnceMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Change, Item, MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { epochIs } from './guards.ts'
import { deletedEpoch, newHead } from './head.ts'
import { headKey, partitionKey, segmentPrefix } from './keys.ts'
import type { OwnObjects } from './own-objects.ts'

export interface DeletionParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
}

/** Epoch -1, for ever. A head that is not there is made, so that a late writer cannot make one. Safe to send twice. */
export async function fencePartition({ meta, clock }: Pick<DeletionParts, 'meta' | 'clock'>, id: PartitionId) {
  const { pk: _, sk: __, ...attributes } = newHead(id)
  const change: Change = Object.entries(attributes).map(([name, value]) =>
    name === 'e' ? { set: ['e'], to: { value: deletedEpoch } } : { set: [name], to: { path: [name], or: { value } } },
  )
  await untilKnown(clock, () => meta.update(headKey(id), change))
}

/** Deletes what a fenced partition has, all but the head. False: there is more; call it again. */
export async function emptyPartition(parts: DeletionParts, id: PartitionId, own: OwnObjects): Promise<boolean> {
  return (await deleteItems(parts, id, own)) && (await deleteSegments(parts, id))
}

async function deleteItems({ meta, clock }: DeletionParts, id: PartitionId, own: OwnObjects): Promise<boolean> {
  let after = ''
  for (let queries = 0; queries < deletionQueriesMax; queries++) {
    const { items, more } = await meta.query(partitionKey(id), {
      ...(after !== '' && { from: sortKeyAfter(after) }),
      limit: deletionQueryItems,
      strong: true,
    })
    await own.delete(items)
    const doomed = items.filter(({ sk }) => sk !== headKey(id).sk)
    await inParallel(doomed, readCallsAtOnceMax, ({ pk, sk }: Item) => untilKnown(clock, () => meta.delete({ pk, sk })))
    after = items.at(-1)?.sk ?? ''
    if (!more || after === '') return true
    if (own.isEnough) return false
  }
  return false
}

async function deleteSegments({ objects }: DeletionParts, id: PartitionId): Promise<boolean> {
  for (let lists = 0; lists < deletionQueriesMax; lists++) {
    const { objects: found, more } = await objects.list(segmentPrefix(id))
    if (found.length > 0) await objects.delete(found.map(({ key }) => key))
    if (!more) return true
  }
  return false
}

/** The last step. Guarded: a head that is not fenced stays. */
export async function deleteFencedHead({ meta, clock }: Pick<DeletionParts, 'meta' | 'clock'>, id: PartitionId) {
  await untilKnown(clock, () => meta.delete(headKey(id), [epochIs(deletedEpoch)]))
}
