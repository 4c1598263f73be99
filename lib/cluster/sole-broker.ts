/**
 * The broker of a cluster that has no other: one process that owns its stores, or the functions, which are broker 0
 * together. It needs no lease, since nobody waits for its end.
 */
import type { BrokerNode, Brokers } from './brokers.ts'

export class SoleBroker implements Brokers {
  readonly self: number
  readonly #live: readonly [BrokerNode]

  constructor(node: BrokerNode) {
    this.self = node.id
    this.#live = [node]
  }

  live(): readonly BrokerNode[] {
    return this.#live
  }

  leasedSinceMs(): number {
    return Number.NEGATIVE_INFINITY
  }
}
