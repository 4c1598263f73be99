/**
 * The sweep of bytes that no index names: flushes whose update never landed, and those that consolidation or retention has
 * left behind. Their age only makes it cheap (no writer is likely to be at work on them); what makes it safe is that the
 * head's floor is raised in every partition that the object's footer names, before the indexes are read for the last time.
 * Twice at once, or after a crash between any two calls, it only finds less to do.
 */
import { type PartitionId, topicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { readCallsAtOnceMax, sweepItemsMax, sweepObjectsMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import type { FooterEntry } from './footer.ts'
import { readFooter } from './footer-read.ts'
import { parseInline } from './inline.ts'
import { inlineKey, inlineSortKey, intakePrefix, partitionKey } from './keys.ts'
import { nameBound, nameTime } from './pointer.ts'
import { type ReferenceParts, settledReferences } from './references.ts'

export interface SweepParts extends ReferenceParts {
  readonly objects: ObjectStore
}

export interface SweepResult {
  readonly deleted: number
  /** Objects that are no flush of ours, or whose footer cannot be read: never deleted, for nobody can say who names them. */
  readonly unreadable: readonly string[]
  /** Where to go on; absent when nothing older is left. */
  readonly next?: string
}

const isName = (name: string) => /^[0-9a-f]{22}$/.test(name)

/** One listing of intake objects, oldest first, whose names are at most of `timeMs`. */
export async function sweepIntake(
  parts: SweepParts,
  { timeMs, after, limit = sweepObjectsMax }: { timeMs: number; after?: string | undefined; limit?: number },
): Promise<SweepResult> {
  const page = await parts.objects.list(intakePrefix, { limit, ...(after !== undefined && { startAfter: after }) })
  const bound = intakePrefix + nameBound(timeMs + 1)
  const old = page.objects.map(({ key }) => key).filter((key) => key < bound)
  const footers = await inParallel(old, readCallsAtOnceMax, async (key) => {
    const name = key.slice(intakePrefix.length)
    return { key, name, entries: isName(name) ? await readFooter(parts.objects, key) : undefined }
  })
  const readable = footers.filter(({ entries }) => entries !== undefined)
  const held = new Set<string>()
  const partitions = [...namesByPartition(readable).values()]
  await inParallel(partitions, readCallsAtOnceMax, async ({ id, names }) => {
    const latestMs = Math.max(...[...names].map(nameTime))
    for (const name of await settledReferences(parts, id, latestMs, names, { inline: false })) held.add(name)
  })
  const garbage = readable.filter(({ name }) => !held.has(name)).map(({ key }) => key)
  if (garbage.length > 0) await parts.objects.delete(garbage)
  const last = old.at(-1)
  const all = old.length < page.objects.length || !page.more
  return {
    deleted: garbage.length,
    unreadable: footers.filter(({ entries }) => entries === undefined).map(({ key }) => key),
    ...(!all && last !== undefined && { next: last }),
  }
}

function namesByPartition(footers: readonly { name: string; entries: readonly FooterEntry[] | undefined }[]) {
  const partitions = new Map<string, { id: PartitionId; names: Set<string> }>()
  for (const { name, entries } of footers) {
    for (const entry of entries ?? []) {
      const id = { topicId: topicId(entry.topicId), partition: entry.partition }
      const known = partitions.get(partitionKey(id)) ?? { id, names: new Set<string>() }
      known.names.add(name)
      partitions.set(partitionKey(id), known)
    }
  }
  return partitions
}

/** The same for the inline items of one partition: the item's own key names the only index that can hold it. */
export async function sweepInline(
  parts: ReferenceParts,
  id: PartitionId,
  { timeMs, after, limit = sweepItemsMax }: { timeMs: number; after?: string | undefined; limit?: number },
): Promise<{ readonly deleted: number; readonly next?: string }> {
  const { items, more } = await parts.meta.query(partitionKey(id), {
    from: after === undefined ? inlineSortKey('') : sortKeyAfter(inlineSortKey(after)),
    to: inlineSortKey(nameBound(timeMs + 1)),
    limit,
  })
  const names = items.map((item) => parseInline(item).name)
  const last = names.at(-1)
  if (last === undefined) return { deleted: 0 }
  const held = await settledReferences(parts, id, nameTime(last), new Set(names), { inline: true })
  const garbage = names.filter((name) => !held.has(name))
  await inParallel(garbage, readCallsAtOnceMax, (name) =>
    untilKnown(parts.clock, () => parts.meta.delete(inlineKey(id, name))),
  )
  return { deleted: garbage.length, ...(more && { next: last }) }
}
