/**
 * The sweep of segments that no page names: those of a consolidation that died or came second, and those whose pages
 * retention has deleted. A consolidation that wakes late would still make its pages point there, so before a segment is
 * deleted every page that its footer names, if it is not consolidated yet, gets a new `rev`: the late update is refused.
 * A page that is consolidated already has left the `rev` that the late one read; one that is gone has none.
 */
import type { Clock } from '../base/clock.ts'
import { type Offset, type PartitionId, topicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { readCallsAtOnceMax, sweepObjectsMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readFooter } from './footer-read.ts'
import { deletedEpoch, type Head, parseHead } from './head.ts'
import { headKey, pageKey, segmentsPrefix } from './keys.ts'
import { parsePage } from './page.ts'
import { nameTime } from './pointer.ts'
import type { SweepResult } from './sweep.ts'

export interface SegmentSweepParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
}

/** One listing of segments, of all partitions in the order of their keys; those named after `timeMs` are left alone. */
export async function sweepSegments(
  parts: SegmentSweepParts,
  { timeMs, after, limit = sweepObjectsMax }: { timeMs: number; after?: string | undefined; limit?: number },
): Promise<SweepResult> {
  const listed = await parts.objects.list(segmentsPrefix, { limit, ...(after !== undefined && { startAfter: after }) })
  const garbage: string[] = []
  const unreadable: string[] = []
  await inParallel(listed.objects, readCallsAtOnceMax, async ({ key }) => {
    const segment = parseSegmentKey(key)
    if (segment && nameTime(segment.name) > timeMs) return
    const footer = segment && (await readFooter(parts.objects, key))
    if (!segment || !footer) unreadable.push(key)
    else if (
      !(await isHeld(
        parts,
        segment,
        footer.map(({ seenNext }) => seenNext),
      ))
    )
      garbage.push(key)
  })
  if (garbage.length > 0) await parts.objects.delete(garbage)
  const last = listed.objects.at(-1)?.key
  return { deleted: garbage.length, unreadable, ...(listed.more && last !== undefined && { next: last }) }
}

interface SegmentName {
  readonly id: PartitionId
  readonly name: string
}

function parseSegmentKey(key: string): SegmentName | undefined {
  const match = /^segments\/([A-Za-z0-9_-]{22})\/(\d{5})\/([0-9a-f]{22})$/.exec(key)
  const [, topic, partition, name] = match ?? []
  if (topic === undefined || partition === undefined || name === undefined) return undefined
  return { id: { topicId: topicId(topic), partition: Number(partition) }, name }
}

/** Whether a page that can be read names the segment; if none does, none ever will. */
async function isHeld({ meta, clock }: SegmentSweepParts, { id, name }: SegmentName, pages: readonly Offset[]) {
  const item = await meta.get(headKey(id), { strong: true })
  const head = item && parseHead(item)
  // Pages exist only below a head, so without one they, and whatever a late update makes of them, are beyond all readers.
  if (!head || head.epoch === deletedEpoch) return false
  const found = await meta.getMany(
    pages.map((base) => pageKey(id, base)),
    { strong: true },
  )
  if (found.some((page) => page && names(parsePage(page), head, name))) return true
  for (const [index, base] of pages.entries()) {
    const page = found[index]
    if (!page || parsePage(page).segment) continue
    const { answer } = await untilKnown(clock, () =>
      meta.update(
        pageKey(id, base),
        [{ set: ['rev'], to: { path: ['rev'], plus: 1 } }],
        [{ path: ['rev'], is: 'present' }],
      ),
    )
    // The answer is the page after the bump: the last look.
    if ('done' in answer && names(parsePage(answer.done), head, name)) return true
  }
  return false
}

const names = (page: ReturnType<typeof parsePage>, head: Head, name: string) =>
  page.segment && page.end > head.logStart && page.entries.some(({ pointer }) => pointer.name === name)
