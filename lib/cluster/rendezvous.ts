/**
 * Which broker a key belongs to, by rendezvous hashing: each broker draws a number for the key, and the highest wins. All
 * processes that see the same live brokers answer the same one without asking anybody, and when a broker comes or goes
 * only the keys move that it takes or had.
 */
import { murmur2Hash } from '../records/partitioner.ts'
import type { BrokerNode } from './brokers.ts'

/** The broker of a key among those that are alive, in whatever order they are given. `undefined`: there is none. */
export function chooseBroker(key: string, live: readonly BrokerNode[]): BrokerNode | undefined {
  let chosen: BrokerNode | undefined
  let highest = -1
  for (const broker of live) {
    const drawn = murmur2Hash(Buffer.from(`${broker.id}/${key}`)) >>> 0
    // Two may draw the same: the lower id then, so that the order of the list says nothing.
    if (drawn < highest || (drawn === highest && chosen !== undefined && chosen.id < broker.id)) continue
    chosen = broker
    highest = drawn
  }
  return chosen
}
