/**
 * The cluster's id: item `cluster` / `id` {clusterId}. It lives as long as the store and never changes; the only legal
 * change is the put that creates it, if absent. Whoever comes first decides; everyone answers the one that is there.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { randomUuid } from './topic-ids.ts'
import { untilKnown } from './until-known.ts'

/** Also what a health check reads. */
export const clusterIdKey = { pk: 'cluster', sk: 'id' } as const

/**
 * The id of the cluster, made when there is none: 22 characters of base64url, as Kafka's `cluster.id`.
 * One read; a write only the first time ever. Throws `OutcomeUnknown` and `StoreUnavailable`.
 */
export async function clusterId(ports: { meta: MetaStore; clock: Clock; entropy: Entropy }): Promise<string> {
  const found = await ports.meta.get(clusterIdKey)
  if (found !== undefined) return idIn(found)
  const item = { ...clusterIdKey, clusterId: randomUuid(ports.entropy) }
  const { answer } = await untilKnown(ports.clock, () => ports.meta.put(item, [{ path: ['clusterId'], is: 'absent' }]))
  const winner = 'done' in answer ? answer.done : answer.refused
  assert(winner !== undefined, 'a put if absent was refused, yet nothing is there')
  return idIn(winner)
}

function idIn(item: Item): string {
  assert(typeof item.clusterId === 'string', 'the item of the cluster has no id')
  return item.clusterId
}
