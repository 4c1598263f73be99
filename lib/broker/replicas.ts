/**
 * What clients are told of a partition's replicas. Bytes lie in an object store, which keeps copies of its own in three
 * zones, and any broker serves them: a replica is a broker that could lead. So that tools find the replication factor that
 * a topic was created with, a partition always has exactly so many: its leader first, then other live brokers, and where
 * there are too few of those the leader stands for the copies that the store keeps. No broker is named that is not alive,
 * and every replica is in sync.
 */
import type { BrokerNode } from '../cluster/brokers.ts'

/** Broker ids, the leader first; as many as the factor. `live` is ascending by id. */
export function replicasOf(leader: number, replicationFactor: number, live: readonly BrokerNode[]): number[] {
  const replicas = [leader]
  // Partitions of different leaders have different followers: those that come after it, around the circle.
  const after = live.findIndex(({ id }) => id > leader)
  const start = Math.max(after, 0)
  for (let step = 0; step < live.length && replicas.length < replicationFactor; step++) {
    const id = live[(start + step) % live.length]?.id
    if (id !== undefined && id !== leader) replicas.push(id)
  }
  while (replicas.length < replicationFactor) replicas.push(leader)
  return replicas
}
