/**
 * Payloads that no state names: their writer died, or could not delete them. Before any is deleted the state is written
 * anew, so that a writer who is only slow, and would name them, is refused; that it is an hour old only makes this cheap.
 */
import type { Clock } from '../base/clock.ts'
import { groupBlobAgeMs } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { blobOf, blobsFrom, blobsTo } from './blob-item.ts'
import { emptyClassicGroup } from './classic/classic-protocol.ts'
import type { GroupStore } from './group-store.ts'
import { groupPartition } from './offsets-item.ts'
import type { StoredGroup } from './state-item.ts'

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly store: GroupStore
}

/** One query where there is nothing to do. */
export async function sweepBlobs({ meta, clock, store }: Ports, group: string): Promise<void> {
  let from = blobsFrom
  let fenced: StoredGroup | undefined
  for (;;) {
    const { items, more } = await meta.query(groupPartition(group), { from, to: blobsTo, strong: true })
    const old = items.filter(({ sk }) => blobOf(sk).madeMs < clock.now() - groupBlobAgeMs)
    if (old.length > 0 && fenced === undefined) {
      const seen = await store.load(group)
      if (old.every(({ sk }) => seen?.blobs.includes(blobOf(sk).id) === true)) return
      const { generationOfOffsets } = store
      const state = seen?.state ?? emptyClassicGroup(clock.now(), await generationOfOffsets.call(store, group))
      const { by, claimedMs } = seen ?? { by: 'sweep', claimedMs: clock.now() }
      const saved = await store.save(group, seen, { state, payloads: new Map(), by, claimedMs })
      // Somebody else writes the group right now: another time.
      if (!('stored' in saved)) return
      fenced = saved.stored
    }
    for (const { pk, sk } of old) {
      if (fenced?.blobs.includes(blobOf(sk).id) === false) await meta.delete({ pk, sk })
    }
    const last = items.at(-1)
    if (!more || last === undefined) return
    from = sortKeyAfter(last.sk)
  }
}
