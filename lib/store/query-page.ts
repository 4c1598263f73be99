/**
 * Cuts what a query finds into a page as DynamoDB does: it ends before 1 MB of items (one item is always answered), and
 * `more` is said whenever it ended early, though nothing may follow. Developer Guide, "Paginating table query results".
 */
import { queryPageBytesMax } from '../base/limits.ts'
import { itemBytes } from './item-size.ts'
import type { Item } from './meta-store.ts'

/** The first page of `found`, of at most `limit` items. */
export function pageOf(found: Iterable<Item>, limit = Number.POSITIVE_INFINITY): { items: Item[]; more: boolean } {
  const items: Item[] = []
  let bytes = 0
  for (const item of found) {
    bytes += itemBytes(item)
    if (items.length > 0 && bytes > queryPageBytesMax) return { items, more: true }
    items.push(item)
    if (items.length === limit) return { items, more: true }
  }
  return { items, more: false }
}
