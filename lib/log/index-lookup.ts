/**
 * From an offset to pointers: the page that contains it, the pages behind that one, then the tail. A query of pages is not
 * a snapshot, and pages are read eventually at first, so what is found is held to one rule: pointers must join. A gap is
 * answered as such (the reader begins again with the head) and never stepped over; what is already covered is passed over.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { pagesReadAheadMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { type Head, tailEntries } from './head.ts'
import { pageSortKey, partitionKey } from './keys.ts'
import { type Page, parsePage } from './page.ts'
import { PageHints } from './page-hints.ts'
import type { Pointer } from './pointer.ts'

/** A pointer in its place: it covers [base, end). */
export interface IndexEntry {
  readonly pointer: Pointer
  readonly base: Offset
  readonly end: Offset
  /** The pointer names a segment of the partition, not an intake object. */
  readonly segment: boolean
}

export interface LookupOptions {
  /** Entries are gathered until their lengths make this many bytes. */
  readonly bytesWanted: number
  /** Read pages strongly, and believe no page read before. */
  readonly strong: boolean
}

/** About how many of an entry's bytes lie at or after an offset within it. */
export const bytesFrom = ({ pointer, base, end }: IndexEntry, from: Offset): number =>
  from <= base ? pointer.length : (pointer.length * (end - from)) / (end - base)

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
  takePage(page: Page): boolean {
    const before = this.position
    for (const { pointer, base, end } of page.entries) this.take({ pointer, base, end, segment: page.segment })
    return this.position > before
  }

  takeTail(head: Head): void {
    for (const { pointer, base, end } of tailEntries(head)) this.take({ pointer, base, end, segment: false })
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
      while (page && joined.takePage(page) && wantsPage()) page = this.#hints.containing(id, joined.position)
      if (joined.entries.length === 0) return 'gap'
    }
    if (wantsPage()) {
      const { items } = await this.#pagesFrom(id, joined.position, head, { strong, limit: pagesReadAheadMax })
      for (const page of items.map(parsePage)) {
        this.#hints.put(id, page)
        joined.takePage(page)
      }
    }
    if (joined.position >= head.tailStart) joined.takeTail(head)
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
      if (first) joined.takePage(first)
      if (joined.entries.length === 0) return yield 'gap'
      yield joined.entries.splice(0)
    }
    while (joined.position < head.tailStart) {
      const { items } = await this.#pagesFrom(id, joined.position, head, { strong: true })
      for (const page of items.map(parsePage)) joined.takePage(page)
      if (joined.torn || joined.entries.length === 0) return yield 'gap'
      yield joined.entries.splice(0)
    }
    joined.takeTail(head)
    yield joined.torn || joined.position < head.next ? 'gap' : joined.entries
  }

  /** The page with the highest base at or below `at`: the one that contains it, if any does. */
  async #pageWith(id: PartitionId, at: Offset, strong: boolean): Promise<Page | undefined> {
    const known = this.#hints.containing(id, at)
    if (known) return known
    const { items } = await this.#meta.query(partitionKey(id), {
      from: pageSortKey(offset(0)),
      to: pageSortKey(at),
      reverse: true,
      limit: 1,
      strong,
    })
    const page = items[0] && parsePage(items[0])
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
