/**
 * Consolidation: the batches of consecutive pages, which lie scattered over intake objects, are written side by side into a
 * segment; then each page is made to point there. Key and range of a page never change, so a late put of it is refused for
 * ever, and a reader that holds the old pointers finds their bytes until the sweep, or reads the page again.
 *
 * Only pages below the tail: those no longer change by appends. Crash points: before the segment is whole nothing happened;
 * after it, or between two pages, a segment lies there that fewer pages name than its footer says, which is no harm to
 * anybody, and the next step begins at the first page that is not done.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { consolidateReadBytesMax, mergedEntryBytesMin, pagesPerSegmentMax, segmentBytesMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { walkBatches } from './batch-walk.ts'
import type { PointerBytes } from './bytes.ts'
import { consolidatedTo, noteConsolidatedTo } from './consolidated.ts'
import { encodeFooter } from './footer.ts'
import { deletedEpoch, type Head, parseHead } from './head.ts'
import { headKey, pageKey, segmentObjectKey } from './keys.ts'
import { BytesLost } from './loss.ts'
import { encodeEntries, type Page, type PageEntry, parsePage } from './page.ts'
import { pagesBetween } from './page-scan.ts'
import { freshName, nameTime } from './pointer.ts'

export interface ConsolidateParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly bytes: PointerBytes
  readonly clock: Clock
  readonly entropy: Entropy
}

/** When pages are worth a segment: enough bytes, or old enough. */
export interface ConsolidateOptions {
  readonly bytesMin: number
  readonly ageMsMin: number
  /** Bytes after which no further page is taken. Default and at most `segmentBytesMax`. */
  readonly bytesMax?: number
}

export type ConsolidateResult =
  | { readonly outcome: 'consolidated'; readonly pages: number; readonly bytes: number }
  /** Nothing is there, or not enough yet. */
  | { readonly outcome: 'nothing' }
  /** Another process was at the same pages, or deleted them: what is left is for the next round. */
  | { readonly outcome: 'moved' }

interface PagePlan {
  readonly page: Page
  /** What it holds at or above the log's start: bytes below may have been swept. */
  readonly kept: readonly PageEntry[]
  readonly entries: readonly PageEntry[]
}

/** Pages of the next segment, and what each of them shall hold. */
interface Plan {
  readonly name: string
  readonly pages: readonly PagePlan[]
  readonly bytes: number
}

/** One segment. Throws `BytesLost` when pages that have not changed name bytes that are gone, and what the stores throw. */
export async function consolidate(
  parts: ConsolidateParts,
  id: PartitionId,
  options: ConsolidateOptions,
): Promise<ConsolidateResult> {
  const { meta, objects, clock } = parts
  const known = await consolidatedTo(meta, id)
  const head = await livingHead(meta, id)
  if (!head || head.tailStart <= known) return { outcome: 'nothing' }
  const { pages, doneTo } = await nextPages(meta, id, head, known, options.bytesMax ?? segmentBytesMax)
  if (doneTo > known) await noteConsolidatedTo(meta, id, doneTo)
  if (!isWorthIt(pages, clock.now(), options)) return { outcome: 'nothing' }

  const plan = planSegment(pages, head.logStart, freshName(clock.now(), 0, parts.entropy))
  try {
    const stored = await objects.compose(segmentObjectKey(id, plan.name), segmentBytes(parts, id, plan), {
      ifAbsent: true,
    })
    // Another's, by a chance of one in 2^40: it is not ours to point at.
    if (stored === 'exists') return { outcome: 'moved' }
  } catch (fault) {
    if (!(fault instanceof BytesLost) || !(await hasMoved(meta, id, head, pages))) throw fault
    return { outcome: 'moved' }
  }
  let done = doneTo
  for (const { page, entries } of plan.pages) {
    if (!(await replace(parts, id, page, entries))) return { outcome: 'moved' }
    done = page.end
  }
  await noteConsolidatedTo(meta, id, done)
  return { outcome: 'consolidated', pages: pages.length, bytes: plan.bytes }
}

async function livingHead(meta: MetaStore, id: PartitionId): Promise<Head | undefined> {
  const item = await meta.get(headKey(id), { strong: true })
  const head = item && parseHead(item)
  return head && head.epoch !== deletedEpoch ? head : undefined
}

/** The first pages that still hold intake pointers, consecutive, and up to where all pages before them are done. */
async function nextPages(meta: MetaStore, id: PartitionId, head: Head, known: Offset, bytesMax: number) {
  const pages: Page[] = []
  let doneTo = known
  let position = offset(Math.max(known, head.logStart))
  let bytes = 0
  const scan = pagesBetween(meta, id, position, head.tailStart, { strong: true, limit: pagesPerSegmentMax })
  for await (const page of scan) {
    if (page.base > position || page.end > head.tailStart || (page.segment && pages.length > 0)) break
    position = page.end
    if (page.segment) {
      doneTo = page.end
      continue
    }
    const pageBytes = bytesOf(page.entries)
    if (pages.length > 0 && (bytes + pageBytes > bytesMax || pages.length >= pagesPerSegmentMax)) break
    pages.push(page)
    bytes += pageBytes
  }
  return { pages, doneTo }
}

function isWorthIt(pages: readonly Page[], nowMs: number, { bytesMin, ageMsMin }: ConsolidateOptions): boolean {
  const oldest = pages[0]?.entries[0]
  if (!oldest) return false
  const bytes = pages.reduce((sum, page) => sum + bytesOf(page.entries), 0)
  return bytes >= bytesMin || nowMs - nameTime(oldest.pointer.name) >= ageMsMin
}

const bytesOf = (entries: readonly PageEntry[]) => entries.reduce((sum, { pointer }) => sum + pointer.length, 0)

/** Where everything will lie: it follows from the lengths alone. Small neighbours within a page become one entry. */
function planSegment(pages: readonly Page[], logStart: Offset, name: string): Plan {
  let position = 0
  const planned = pages.map((page) => {
    const kept = page.entries.filter(({ end }) => end > logStart)
    const entries: PageEntry[] = []
    for (const { pointer, base, end } of kept) {
      const last = entries.at(-1)
      if (last && last.pointer.length < mergedEntryBytesMin) {
        const merged = {
          ...last.pointer,
          length: last.pointer.length + pointer.length,
          maxTimestamp: Math.max(last.pointer.maxTimestamp, pointer.maxTimestamp),
        }
        entries[entries.length - 1] = { pointer: merged, base: last.base, end }
      } else {
        const { length, maxTimestamp } = pointer
        entries.push({ pointer: { name, inline: false, position, length, maxTimestamp }, base, end })
      }
      position += pointer.length
    }
    return { page, kept, entries }
  })
  return { name, pages: planned, bytes: position }
}

/** The batches of all pages in order, checked, a bounded part in memory; then the footer, which names the pages. */
async function* segmentBytes(parts: ConsolidateParts, id: PartitionId, plan: Plan): AsyncGenerator<Uint8Array> {
  for (const { kept } of plan.pages) {
    for (const entries of inParts(kept)) {
      const indexed = entries.map((entry) => ({ ...entry, segment: false }))
      const found = await parts.bytes.load(id, indexed, { strong: true })
      for (const [index, entry] of indexed.entries()) {
        const bytes = found[index]
        if (!bytes) throw new BytesLost(id, entry.base, entry.pointer, 'its bytes are gone')
        checkBatches(id, entry, bytes)
        yield bytes
      }
    }
  }
  yield encodeFooter(plan.pages.map(({ page }) => ({ ...id, seenNext: page.base })))
}

function checkBatches(id: PartitionId, { pointer, base, end }: PageEntry, bytes: Uint8Array): void {
  try {
    walkBatches(bytes, base, end)
  } catch (cause) {
    throw new BytesLost(id, base, pointer, 'other bytes are there', cause)
  }
}

function* inParts(entries: readonly PageEntry[]): Generator<PageEntry[]> {
  let part: PageEntry[] = []
  for (const entry of entries) {
    if (part.length > 0 && bytesOf(part) + entry.pointer.length > consolidateReadBytesMax) {
      yield part
      part = []
    }
    part.push(entry)
  }
  if (part.length > 0) yield part
}

/** Whether the log's start or one of the pages is no longer as it was: then bytes may be gone by right. */
async function hasMoved(meta: MetaStore, id: PartitionId, before: Head, pages: readonly Page[]): Promise<boolean> {
  const head = await livingHead(meta, id)
  if (!head || head.logStart > before.logStart) return true
  const items = await meta.getMany(
    pages.map((page) => pageKey(id, page.base)),
    { strong: true },
  )
  return pages.some((page, index) => items[index]?.rev !== page.rev)
}

/** False: the page is another's by now, or gone. */
async function replace(
  { meta, clock }: ConsolidateParts,
  id: PartitionId,
  page: Page,
  entries: readonly PageEntry[],
): Promise<boolean> {
  const { answer } = await untilKnown(clock, () =>
    meta.update(
      pageKey(id, page.base),
      [
        { set: ['q'], to: { value: encodeEntries(page.base, entries) } },
        { set: ['rev'], to: { path: ['rev'], plus: 1 } },
        { set: ['segment'], to: { value: true } },
      ],
      [pageUnchangedSince(page.rev)],
    ),
  )
  return 'done' in answer || holds(answer.refused, entries)
}

/**
 * Nobody has changed the page since it was read: no other consolidation, and no sweep that was about to delete the segment.
 *
 *   consolidator: reads the page, writes a segment, freezes ............................... points the page there -> refused
 *   sweeper:                                        bumps `rev`, finds no page naming it, deletes the segment
 */
const pageUnchangedSince = (rev: number) => ({ path: ['rev'], is: '=', than: { value: rev } }) as const

/** Refused by an earlier try of our own, which landed. */
function holds(item: Item | undefined, entries: readonly PageEntry[]): boolean {
  const page = item && parsePage(item)
  return page?.segment === true && page.entries[0]?.pointer.name === entries[0]?.pointer.name
}
