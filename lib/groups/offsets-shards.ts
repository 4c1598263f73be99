/** Walking all offsets items of a group. */
import type { Item, MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { groupPartition, offsetsFrom, offsetsTo } from './offsets-item.ts'

/** The items, page by page, by topic id and shard. Strongly consistent, not a snapshot. */
export async function* readShards(meta: MetaStore, group: string): AsyncGenerator<readonly Item[]> {
  let from = offsetsFrom
  for (;;) {
    const { items, more } = await meta.query(groupPartition(group), { from, to: offsetsTo, strong: true })
    if (items.length > 0) yield items
    const last = items.at(-1)
    if (!more || last === undefined) return
    from = sortKeyAfter(last.sk)
  }
}
