/**
 * Taking committed offsets away, for whatever reason. Each goes only if it is still the one that was judged, so neither a
 * commit that comes meanwhile nor one that comes before a late second copy of the removal is lost.
 */
import type { Clock } from '../base/clock.ts'
import { offsetsRemovalTriesMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { type CommittedOffset, dropGuard, removeChange, removeGuard, shardFromItem } from './offsets-item.ts'

export interface Removal {
  /** Offsets that have gone. */
  readonly removed: number
  /** Whether offsets are left in the item. */
  readonly left: boolean
}

/**
 * Removes from an item, as it was read, the offsets that `judge` says shall go, and the item with the last of them: one
 * write. A commit meanwhile is judged as well; when commits keep coming, what they leave is for another time.
 */
export async function removeOffsets(
  ports: { readonly meta: MetaStore; readonly clock: Clock },
  read: Item,
  judge: (partition: number, committed: CommittedOffset) => boolean,
): Promise<Removal> {
  const key = { pk: read.pk, sk: read.sk }
  let item: Item | undefined = read
  for (let tries = 0; tries < offsetsRemovalTriesMax; tries++) {
    if (item === undefined) return { removed: 0, left: false }
    const { offsets } = shardFromItem(item)
    const going = new Map([...offsets].filter(([partition, committed]) => judge(partition, committed)))
    const all = going.size === offsets.size
    if (going.size === 0 && !all) return { removed: 0, left: true }
    const { answer } = await untilKnown(ports.clock, () =>
      all
        ? ports.meta.delete(key, dropGuard(going))
        : ports.meta.update(key, removeChange(going.keys()), removeGuard(going)),
    )
    if ('done' in answer) return { removed: going.size, left: !all }
    item = answer.refused
  }
  return { removed: 0, left: true }
}
