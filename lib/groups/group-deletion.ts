/**
 * Deleting a group: its state says that it is dead, then its offsets go, its state, and its place in the list. From the
 * first write on nobody can join; who finds a group dead for longer than a deletion takes finishes that. An entry of
 * offsets is removed only as it was read while this very death was the group's state: what a new life has committed since
 * is never touched, however long the one who deletes was frozen.
 */
import type { Clock } from '../base/clock.ts'
import { inParallel } from '../base/in-parallel.ts'
import { offsetsCallsAtOnceMax } from '../base/limits.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import type { GroupRegistry } from './group-registry.ts'
import type { GroupStore } from './group-store.ts'
import { shardFromItem } from './offsets-item.ts'
import { removeOffsets } from './offsets-removal.ts'
import { readShards } from './offsets-shards.ts'
import type { StoredGroup } from './state-item.ts'

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly store: GroupStore
  readonly registry: GroupRegistry
}

/** Finishes the deletion of a group that was seen dead. */
export async function finishDeletion(ports: Ports, group: string, dead: StoredGroup): Promise<void> {
  for await (const items of readShards(ports.meta, group)) {
    if ((await ports.store.load(group))?.write !== dead.write) return
    await inParallel(items, offsetsCallsAtOnceMax, (item) => removeAsRead(ports, item))
  }
  if (!(await ports.store.delete(group, dead))) return
  const listing = await ports.registry.get(group)
  if (listing !== undefined) await ports.registry.unregisterEmpty(listing)
}

async function removeAsRead(ports: Ports, item: Item): Promise<void> {
  const read = shardFromItem(item).offsets
  await removeOffsets(ports, item, (partition, now) => {
    const then = read.get(partition)
    return then?.offset === now.offset && then.committedMs === now.committedMs
  })
}
