/**
 * A `node.id` for a broker that was given none: the lowest from 1 whose lease nobody holds, so that ids stay small and a
 * broker that starts again mostly gets its own. A look, not a claim: `LeasedBrokers.start` takes the lease or refuses.
 */
import type { Clock } from '../base/clock.ts'
import { brokerQueriesMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { brokersFrom, brokersPartition, brokersTo, leaseFromItem } from './broker-item.ts'

/** 1 and up. Throws what the store throws. */
export async function freeBrokerId({
  meta,
  clock,
}: {
  readonly meta: MetaStore
  readonly clock: Clock
}): Promise<number> {
  const held = new Set<number>()
  let from = brokersFrom
  for (let queries = 0; queries < brokerQueriesMax; queries++) {
    const { items, more } = await meta.query(brokersPartition, { from, to: brokersTo, strong: true })
    const nowMs = clock.now()
    for (const { node, untilMs } of items.map(leaseFromItem)) if (untilMs > nowMs) held.add(node.id)
    const last = items.at(-1)
    if (!more || last === undefined) break
    from = sortKeyAfter(last.sk)
  }
  let id = 1
  while (held.has(id)) id += 1
  return id
}
