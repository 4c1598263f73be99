/**
 * From an offset to pointers: the page that contains it, the pages behind that one, then the tail. A query of pages is not
 * a snapshot, and pages are read eventually at first, so what is found is held to one rule: pointers must join. A gap is
 * answered as such (the reader begins again with the head) and never stepped over; what is already covered is passed over.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { pagesReadAheadMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { Head } from './head.ts'
import { bytesFrom, type IndexEntry, type IndexedPage, indexedPage, indexedTail } from './index-entry.ts'
import { pageSortKey, partitionKey } from './keys.ts'
import { PageHints } from './page-hints.ts'

export interface LookupOptions {
  /** Entries are gathered until their lengths make this many bytes. */
  readonly bytesWanted: number
  /** Read pages strongly, and believe no page read before. */
  readonly strong: boolean
}

/** Entries that join from some offset on. What comes after a gap is not taken. */
class JoinedEntries {
  readonly entries: IndexEntry[] = []
  position: Offset
  bytes = 0
  torn = false

  constructor(from: Offset) {
    this.position = from
  }

  take(entry: IndexEntry): void {
    if (this.torn || entry.end <= this.position) return
    if (entry.base > this.position) {
      this.torn = true
      return
    }
    this.bytes += bytesFrom(entry, this.position)
    this.entries.push(entry)
    this.position = entry.end
  }

  /** Whether it brought us on. */
  takeAll(entries: readonly IndexEntry[]): boolean {
    const before = this.position
    for (const entry of entries) this.take(entry)
    return this.position > before
  }
}

export class IndexLookup {
  readonly #meta: MetaStore
  readonly #hints = new PageHints()

  constructor({ meta }: { meta: MetaStore }) {
    this.#meta = meta
  }

  /**
   * The entries from the one that contains `from` on: at least one, or `gap`. `from` lies below `head.next`. At most two
   * queries, none for what lies in the tail or in pages read before.
   */
  async entriesFrom(id: PartitionId, head: Head, from: Offset, options: LookupOptions): Promise<IndexEntry[] | 'gap'> {
    const { bytesWanted, strong } = options
    if (strong) this.#hints.forget(id)
    const joined = new JoinedEntries(from)
    const wantsPage = () => !joined.torn && joined.bytes < bytesWanted && joined.position < head.tailStart
    if (wantsPage()) {
      let page = await this.#pageWith(id, from, strong)
      while (page && joined.takeAll(page.entries) && wantsPage()) page = this.#hints.containing(id, joined.position)
      if (joined.entries.length === 0) return 'gap'
    }
    if (wantsPage()) {
      const { items } = await this.#pagesFrom(id, joined.position, head, { strong, limit: pagesReadAheadMax })
      for (const item of items) {
        const page = indexedPage(id, item)
        this.#hints.put(id, page)
        joined.takeAll(page.entries)
      }
    }
    if (joined.position >= head.tailStart) joined.takeAll(indexedTail(id, head))
    return joined.entries.length > 0 ? joined.entries : 'gap'
  }

  /**
   * All entries from `from` to the head's `next`, read strongly, about a megabyte of pages at a time. Where they do not
   * join it yields `gap` and ends.
   */
  async *allEntries(id: PartitionId, head: Head, from: Offset): AsyncGenerator<IndexEntry[] | 'gap', void, void> {
    const joined = new JoinedEntries(from)
    if (from < head.tailStart) {
      this.#hints.forget(id)
      const first = await this.#pageWith(id, from, true)
      if (first) joined.takeAll(first.entries)
      if (joined.entries.length === 0) return yield 'gap'
      yield joined.entries.splice(0)
    }
    while (joined.position < head.tailStart) {
      const { items } = await this.#pagesFrom(id, joined.position, head, { strong: true })
      for (const item of items) joined.takeAll(indexedPage(id, item).entries)
      if (joined.torn || joined.entries.length === 0) return yield 'gap'
      yield joined.entries.splice(0)
    }
    joined.takeAll(indexedTail(id, head))
    yield joined.torn || joined.position < head.next ? 'gap' : joined.entries
  }

  /** The page with the highest base at or below `at`: the one that contains it, if any does. */
  async #pageWith(id: PartitionId, at: Offset, strong: boolean): Promise<IndexedPage | undefined> {
    const known = this.#hints.containing(id, at)
    if (known) return known
    const { items } = await this.#meta.query(partitionKey(id), {
      from: pageSortKey(offset(0)),
      to: pageSortKey(at),
      reverse: true,
      limit: 1,
      strong,
    })
    const page = items[0] && indexedPage(id, items[0])
    if (page) this.#hints.put(id, page)
    return page
  }

  #pagesFrom(id: PartitionId, from: Offset, head: Head, options: { strong: boolean; limit?: number }) {
    return this.#meta.query(partitionKey(id), {
      from: pageSortKey(from),
      to: pageSortKey(offset(head.tailStart - 1)),
      ...options,
    })
  }
}
