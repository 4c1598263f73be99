/**
 * How commits of an older generation are kept out once a member may learn that it now has what another had. Commits never
 * touch the state: they are guarded by the number that each item of offsets holds, so it is raised there first. The order
 * makes it airtight:
 *   1. a state is stored that announces the generation;
 *   2. every item of the group's offsets that is there is raised to it;
 *   3. the state in which members learn their assignments is stored.
 * An item that is made meanwhile is marked as new and takes no commit; then the state is read: if the generation is not
 * announced by then, the item was there before step 2 and is raised by it; else an older commit is refused, and a newer one
 * gives the item that number. A crash anywhere leaves commits refused that would have been, or members waiting that the
 * next writer of the state serves.
 */
import type { Clock } from '../base/clock.ts'
import { inParallel } from '../base/in-parallel.ts'
import { groupCallsAtOnceMax } from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { raiseChange, raiseGuard, shardFromItem } from './offsets-item.ts'
import { readShards } from './offsets-shards.ts'
import { stateKey } from './state-item.ts'

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
}

/** Step 2: one query, and one update for every item that is behind. */
export async function raiseFence({ meta, clock }: Ports, group: string, generation: number): Promise<void> {
  for await (const items of readShards(meta, group)) {
    const behind = items.filter((item) => shardFromItem(item).generation < generation)
    await inParallel(behind, groupCallsAtOnceMax, ({ pk, sk }) =>
      untilKnown(clock, () => meta.update({ pk, sk }, raiseChange(generation), raiseGuard(generation))),
    )
  }
}

/** What the group's state announces; `undefined` when it has no state. One strong read. */
export async function announcedOf({ meta }: Pick<Ports, 'meta'>, group: string): Promise<number | undefined> {
  const item = await meta.get(stateKey(group), { strong: true })
  return typeof item?.announced === 'number' ? item.announced : undefined
}

/** The highest generation that any of the group's offsets know; 0 when there are none. A new life begins there. */
export async function generationOfOffsets(meta: MetaStore, group: string): Promise<number> {
  let highest = 0
  for await (const items of readShards(meta, group)) {
    for (const item of items) highest = Math.max(highest, shardFromItem(item).generation)
  }
  return highest
}
