/**
 * Expiry of producers that have left the head and not come back (`producer.id.expiration.ms`). A producer in the head never
 * expires; it is evicted first. Each deletion is guarded by the last batch that was judged, so that one who came back and
 * left again meanwhile stays known.
 */
import type { Clock } from '../base/clock.ts'
import { offset, type PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { readCallsAtOnceMax, sweepItemsMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { partitionKey } from './keys.ts'
import { parseProducerItem } from './producer-item.ts'

const prefix = 'producer#'
/** Behind every number. */
const prefixEnd = 'producer#~'

/** Deletes items of one query that left the head before `beforeMs`. `next` goes on. */
export async function expireProducers(
  { meta, clock }: { meta: MetaStore; clock: Clock },
  id: PartitionId,
  { beforeMs, after, limit = sweepItemsMax }: { beforeMs: number; after?: string | undefined; limit?: number },
): Promise<{ readonly expired: number; readonly next?: string }> {
  const from = after === undefined ? prefix : sortKeyAfter(after)
  const { items, more } = await meta.query(partitionKey(id), { from, to: prefixEnd, limit })
  const idle = items.filter((item) => parseProducerItem(item).atMs < beforeMs)
  const answers = await inParallel(idle, readCallsAtOnceMax, (item) => {
    const lastBatch = offset(parseProducerItem(item).lastBatch)
    const judged = { path: ['o'], is: '=', than: { value: lastBatch } } as const
    return untilKnown(clock, () => meta.delete({ pk: item.pk, sk: item.sk }, [judged]))
  })
  const last = items.at(-1)?.sk
  return {
    expired: answers.filter(({ answer }) => 'done' in answer).length,
    ...(more && last !== undefined && { next: last }),
  }
}
