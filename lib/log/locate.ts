/**
 * Where an attempt landed, if it did: the read-back. A pointer lands at or after the `next` that its writer saw before the
 * first try, stands in the tail until a fold moves it to a page, and in that page until a consolidation replaces it. So a
 * tail that begins at or before `seenNext` tells all; otherwise the pages from there to the tail do, if they are whole.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { queryPagesMax } from '../base/limits.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import type { Attempt } from './attempt.ts'
import type { Head } from './head.ts'
import { pageSortKey, partitionKey } from './keys.ts'
import { type Page, parsePage } from './page.ts'
import { pointerKey } from './pointer.ts'

/**
 * - `landed`: at these offsets, by run.
 * - `absent`: it had not landed when `head` was read.
 * - `unknowable`: the pages where it would be are consolidated or deleted; "not found" proves nothing.
 */
export type Location =
  | { readonly found: 'landed'; readonly runBases: ReadonlyMap<string, number> }
  | { readonly found: 'absent' }
  | { readonly found: 'unknowable' }

/** `head` must have been read (or answered) after the tries it is asked about. */
export async function locate(meta: MetaStore, id: PartitionId, attempt: Attempt, head: Head): Promise<Location> {
  const keys = attempt.runs.map(({ key }) => key)
  const runBases = new Map<string, number>()
  for (const key of keys) {
    const base = head.tail[key]
    if (base !== undefined) runBases.set(key, base)
  }
  if (runBases.size === keys.length) return { found: 'landed', runBases }
  if (head.tailStart <= attempt.seenNext) return { found: 'absent' }

  const pages = await pagesBetween(meta, id, attempt.seenNext, head.tailStart)
  for (const entry of pages.flatMap((page) => (page.segment ? [] : page.entries))) {
    const key = pointerKey(entry.pointer)
    if (keys.includes(key)) runBases.set(key, entry.base)
  }
  if (runBases.size === keys.length) return { found: 'landed', runBases }
  // One update carries all runs: if one of them is there the others are too, but where is no longer to be seen.
  const whole =
    runBases.size === 0 && head.logStart <= attempt.seenNext && join(pages, attempt.seenNext, head.tailStart)
  return { found: whole ? 'absent' : 'unknowable' }
}

/** True when intake pages cover [from, to) without a gap. */
function join(pages: readonly Page[], from: Offset, to: Offset): boolean {
  let covered: number = from
  for (const page of pages) {
    if (page.base > covered || page.segment) return false
    covered = Math.max(covered, page.end)
  }
  return covered >= to
}

/** The pages that overlap [from, to), in order; strongly consistent. */
async function pagesBetween(meta: MetaStore, id: PartitionId, from: Offset, to: Offset): Promise<Page[]> {
  const pk = partitionKey(id)
  const containing = await meta.query(pk, {
    from: pageSortKey(offset(0)),
    to: pageSortKey(from),
    reverse: true,
    limit: 1,
    strong: true,
  })
  const items: Item[] = [...containing.items]
  let after = from
  for (let round = 0; round < queryPagesMax; round++) {
    const answer = await meta.query(pk, { from: pageSortKey(offset(after + 1)), to: pageSortKey(to), strong: true })
    items.push(...answer.items)
    const last = answer.items.at(-1)
    if (!answer.more || !last) break
    after = parsePage(last).base
  }
  return items.map(parsePage).filter((page) => page.end > from && page.base < to)
}
