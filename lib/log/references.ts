/**
 * Which of some names an index still holds, for good: first the head's floor is raised past them, so that no update that
 * would name them can land any more; then the index is read. Bytes that no index holds after that are garbage for ever,
 * however long a writer was frozen.
 */
import type { Clock } from '../base/clock.ts'
import { offset, type PartitionId, type TopicId } from '../base/ids.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { consolidatedTo } from './consolidated.ts'
import { floorIsBelow, headAbsent, headPresent } from './guards.ts'
import { deletedEpoch, type Head, newHead, parseHead, tailEntries } from './head.ts'
import { headKey } from './keys.ts'
import { pagesBetween } from './page-scan.ts'

export interface ReferenceParts {
  readonly meta: MetaStore
  readonly clock: Clock
  /** Whether the topic is there; false only by a strongly consistent look. */
  readonly topicExists: (topicId: TopicId) => Promise<boolean>
}

/**
 * The names among `candidates` that the partition's index holds at or above the log's start, after all names up to
 * `timeMs` have been settled. `inline` chooses between names of objects and of the partition's inline items.
 *
 * Where nothing was ever appended the head is made, with the floor in it: else the late writer would make one without. Not
 * for a topic that is gone: nobody can read it, whatever a late writer does, and it would leave a head there for ever.
 */
export async function settledReferences(
  parts: ReferenceParts,
  id: PartitionId,
  timeMs: number,
  candidates: ReadonlySet<string>,
  { inline }: { inline: boolean },
): Promise<Set<string>> {
  const held = new Set<string>()
  const head = await raiseFloor(parts, id, timeMs)
  if (!head) return held
  const see = (pointer: { name: string; inline: boolean }, end: number) => {
    // Wholly below the log's start: no reader goes there, and the log's start never comes back.
    if (pointer.inline === inline && end > head.logStart && candidates.has(pointer.name)) held.add(pointer.name)
  }
  for (const { pointer, end } of tailEntries(head)) see(pointer, end)
  // Read after the floor: what had landed by then is in this head's tail or in a page below it.
  const from = offset(Math.max(head.logStart, await consolidatedTo(parts.meta, id)))
  for await (const page of pagesBetween(parts.meta, id, from, head.tailStart, { strong: true })) {
    if (!page.segment) for (const { pointer, end } of page.entries) see(pointer, end)
  }
  return held
}

/** The head whose floor is at or above `timeMs`; `undefined`: no reader will ever get to this partition. */
async function raiseFloor(parts: ReferenceParts, id: PartitionId, timeMs: number): Promise<Head | undefined> {
  const { meta, clock, topicExists } = parts
  const change = [{ set: ['f'], to: { value: timeMs } }] as const
  const { answer } = await untilKnown(clock, () =>
    meta.update(headKey(id), change, [headPresent, floorIsBelow(timeMs)]),
  )
  let item = 'done' in answer ? answer.done : answer.refused
  if (!item) {
    if (!(await topicExists(id.topicId))) return undefined
    const made = await untilKnown(clock, () => meta.put({ ...newHead(id), f: timeMs }, [headAbsent]))
    if ('done' in made.answer) return parseHead(made.answer.done)
    item = made.answer.refused
    // A writer was quicker: its head has a floor of its own.
    if (!item || parseHead(item).floorMs < timeMs) return raiseFloor(parts, id, timeMs)
  }
  const head = parseHead(item)
  return head.epoch === deletedEpoch ? undefined : head
}
