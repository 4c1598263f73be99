/**
 * Pages that were read lately, so that a consumer who works off a backlog asks for each once. Hints: a page's range is for
 * ever, but consolidation may have replaced its pointers; whoever finds their bytes gone reads the page again.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { pageHintPartitionsMax, pageHintsPerPartitionMax } from '../base/limits.ts'
import type { IndexedPage } from './index-entry.ts'
import { partitionKey } from './keys.ts'

export class PageHints {
  /** Newest last, of partitions as of pages. */
  readonly #partitions = new BoundedMap<string, IndexedPage[]>(pageHintPartitionsMax)

  /** The known page that contains `at`. */
  containing(id: PartitionId, at: Offset): IndexedPage | undefined {
    return this.#partitions.get(partitionKey(id))?.find((page) => page.base <= at && at < page.end)
  }

  put(id: PartitionId, page: IndexedPage): void {
    const key = partitionKey(id)
    const pages = (this.#partitions.get(key) ?? []).filter((known) => known.base !== page.base)
    pages.push(page)
    if (pages.length > pageHintsPerPartitionMax) pages.shift()
    this.#partitions.set(key, pages)
  }

  forget(id: PartitionId): void {
    this.#partitions.delete(partitionKey(id))
  }
}
