/** Pages in order, for the steps of the janitor: from the one that contains an offset up to the tail's start. */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { pageSortKey, partitionKey } from './keys.ts'
import { type Page, parsePage } from './page.ts'

export interface PageScanOptions {
  readonly strong: boolean
  /** Pages of one query. Default: as many as a query's megabyte holds. */
  readonly limit?: number
}

/**
 * The pages that overlap [from, to), in order, a query's worth at a time. Not a snapshot, and what is found may have gaps:
 * a page below the log's start may be gone.
 */
export async function* pagesBetween(
  meta: MetaStore,
  id: PartitionId,
  from: Offset,
  to: Offset,
  options: PageScanOptions,
): AsyncGenerator<Page, void, void> {
  if (from >= to) return
  const pk = partitionKey(id)
  let after = from
  const containing = await meta.query(pk, {
    from: pageSortKey(offset(0)),
    to: pageSortKey(from),
    reverse: true,
    limit: 1,
    strong: options.strong,
  })
  for (const page of containing.items.map(parsePage)) {
    if (page.end <= from) continue
    yield page
    after = page.end
  }
  while (after < to) {
    const { items, more } = await meta.query(pk, {
      from: pageSortKey(after),
      to: pageSortKey(offset(to - 1)),
      ...options,
    })
    for (const page of items.map(parsePage)) {
      yield page
      after = page.end
    }
    if (!more || items.length === 0) return
  }
}
