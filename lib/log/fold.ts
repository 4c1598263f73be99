/**
 * The fold: pointers move from the tail to a page. First the page is put, if absent; then exactly the pointers of the page
 * that is there are dropped from the head, with the next append or alone. A process that dies between the two leaves a
 * page below a tail that still holds its pointers: readers pass over what is covered, and the next folder finds the page.
 *
 * Dropping the folder's own view instead would lose pointers: another folder with a longer tail may have put the page.
 */
import { type Offset, offset, type PartitionId, producerId } from '../base/ids.ts'
import {
  evictionsPerFoldMax,
  foldAgainPointers,
  foldKeepPointers,
  headEvictBytes,
  headFoldBytes,
  headFoldBytesContended,
  headProducersMax,
  producersPerUpdateMax,
} from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { itemBytes } from '../store/item-size.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import type { Drop, Eviction } from './attempt.ts'
import { pageAbsent, producerItemIsOlder } from './guards.ts'
import { type Head, type TailRun, tailRuns } from './head.ts'
import { newPage, parsePage } from './page.ts'
import { newProducerItem } from './producer-item.ts'
import type { ProducerState } from './sequences.ts'

/** A pointer and its base offset in the head, and a producer and its last batch: about this many bytes each. */
const pointerWeight = 41
const producerWeight = 26

/** What an append of this process has done to the head, and what it knows of others. */
export interface Appended {
  /** Pointers that it added. */
  readonly added: number
  /** It carried, or found done, the drop that this process was waiting for. */
  readonly dropped: boolean
  /** Others append too, and will while a page is put and until its pointers are dropped. */
  readonly contended: boolean
}

/**
 * Whether the append that left `head` is the one that is to fold: the one that made it heavy, so that of many writers one
 * does; the one that carried a drop which left it heavy, since others have gone on appending; and every few pointers later
 * another one, should the first have died.
 */
export function foldIsDue(head: Head, { added, dropped, contended }: Appended): boolean {
  if (!isHeavy(head, contended)) return false
  const over = bytesOver(head, contended)
  const before = over - added * pointerWeight
  return before < 0 || dropped || stepsOf(over) > stepsOf(before)
}

/** Whether somebody should fold. */
export const isHeavy = (head: Head, contended: boolean): boolean =>
  Object.keys(head.tail).length >= 2 * foldKeepPointers && bytesOver(head, contended) >= 0

const bytesOver = (head: Head, contended: boolean) =>
  itemBytes(head.item) - (contended ? headFoldBytesContended : headFoldBytes)

const stepsOf = (bytes: number) => Math.floor(bytes / (foldAgainPointers * pointerWeight))

/** What stays in the head: so many pointers, the newest, and at most so many producers, the busiest. */
export interface Keep {
  readonly pointers: number
  readonly producers: number
}

/** After a fold that is due. */
export const keepUsual: Keep = { pointers: foldKeepPointers, producers: headProducersMax }
/** Where others append too, what they add until the drop is more than enough to keep. */
export const keepContended: Keep = { pointers: 1, producers: headProducersMax }
/** When newcomers find no room: without a pointer every producer may leave, and a full update's worth of them must. */
export const keepLittle: Keep = { pointers: 0, producers: headProducersMax - producersPerUpdateMax }

/**
 * Puts the page of the pointers, and the items of the producers, that leave. Not `putHere`: another process has put that
 * page, and may be about to drop the same. `undefined`: there is nothing to drop, or another process has gone further. Faults of the store are the caller's: a fold that fails has changed nothing that a
 * reader sees.
 */
export async function putPage(
  meta: MetaStore,
  id: PartitionId,
  head: Head,
  { nowMs, keep }: { nowMs: number; keep: Keep },
): Promise<{ readonly drop: Drop; readonly putHere: boolean } | undefined> {
  const runs = tailRuns(head)
  const leaving = runs.slice(0, Math.max(0, runs.length - keep.pointers))
  if (leaving.length === 0) {
    const evictions = await putProducers(meta, id, producersToEvict(head, head.tailStart, keep), nowMs)
    if (evictions.length === 0) return undefined
    return { drop: { tailStart: head.tailStart, end: head.tailStart, keys: [], evictions }, putHere: true }
  }
  const answer = await meta.put(newPage(id, head.tailStart, leaving), [pageAbsent])
  const there = 'done' in answer ? leaving : foundRuns(answer.refused)
  const last = there?.at(-1)
  if (!there || !last) return undefined
  const evictions = await putProducers(meta, id, producersToEvict(head, last.end, keep), nowMs)
  const keys = there.map(({ key }) => key)
  return { drop: { tailStart: head.tailStart, end: last.end, keys, evictions }, putHere: 'done' in answer }
}

/** What another process has put. Consolidated already it was dropped long ago: the view is old, `tailStartsAt` would refuse. */
function foundRuns(item: Item | undefined): readonly TailRun[] | undefined {
  const page = item && parsePage(item)
  return page?.segment ? undefined : page?.entries
}

interface Leaving extends Eviction {
  readonly state: ProducerState
}

/**
 * The producers that leave a heavy or a full head, idlest first: only those whose last batch lies below the tail's new
 * start, since `producerAbsent` relies on it, and none in a transaction.
 */
function producersToEvict(head: Head, newTailStart: Offset, keep: Keep): Leaving[] {
  const staying = Object.values(head.tail).filter((base) => base >= newTailStart).length
  let bytes = itemBytes(head.item) - (Object.keys(head.tail).length - staying) * pointerWeight
  let producers = Object.keys(head.producers).length
  const leaving: Leaving[] = []
  for (const [producer, last] of Object.entries(head.lastBatches).sort(([, a], [, b]) => a - b)) {
    if (bytes <= headEvictBytes && producers <= keep.producers) break
    if (leaving.length === evictionsPerFoldMax) break
    const state = head.producers[producer]
    if (state === undefined || last >= newTailStart || head.openTransactions[producer] !== undefined) continue
    const began = head.producerBegins[producer]
    leaving.push({ producerId: Number(producer), state, lastBatch: offset(last), began })
    bytes -= producerWeight
    producers--
  }
  return leaving
}

async function putProducers(
  meta: MetaStore,
  id: PartitionId,
  leaving: readonly Leaving[],
  nowMs: number,
): Promise<Drop['evictions']> {
  const put = await Promise.all(
    leaving.map(async ({ producerId: producer, ...known }) => {
      const { state, lastBatch } = known
      const item = newProducerItem(id, producerId(producer), { ...known, atMs: nowMs })
      try {
        const answer = await meta.put(item, [producerItemIsOlder(lastBatch)])
        const there = 'done' in answer ? answer.done : answer.refused
        // Refused by the copy of an earlier try is as good; by a newer state, the view is old and the producer stays.
        return there?.v === state && there.o === lastBatch
      } catch (fault) {
        // It stays as well. Of dozens one may well fail where the store does poorly, and a full tail must be folded then too.
        if (fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable) return false
        throw fault
      }
    }),
  )
  return leaving.filter((_, index) => put[index])
}
