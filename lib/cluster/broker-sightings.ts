/**
 * Which of the brokers that a process sees are alive. A lease says until when, by its holder's clock; where that clock and
 * ours agree, it lapses to the millisecond. Where it is plainly ahead of ours, or behind, what counts is when we saw it
 * renewed last, by our own: a skewed broker is then noticed some seconds later, but no live one is taken for dead.
 */
import type { BrokerLease } from './broker-item.ts'
import type { BrokerNode } from './brokers.ts'

interface Sighting {
  readonly lease: BrokerLease
  /** By our clock. */
  readonly aliveUntilMs: number
}

export interface LeaseTimes {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

export class BrokerSightings {
  readonly #times: LeaseTimes
  #sightings: ReadonlyMap<number, Sighting> = new Map()

  constructor(times: LeaseTimes) {
    this.#times = times
  }

  /** All leases that there are, as a look at `nowMs` has found them. */
  look(leases: readonly BrokerLease[], nowMs: number): void {
    const known = this.#sightings
    this.#sightings = new Map(
      leases.map((lease) => {
        const before = known.get(lease.node.id)
        const isSame = before?.lease.incarnation === lease.incarnation && before.lease.untilMs === lease.untilMs
        return [lease.node.id, isSame ? before : { lease, aliveUntilMs: this.#aliveUntil(lease, nowMs, !before) }]
      }),
    )
  }

  isAlive(id: number, nowMs: number): boolean {
    return nowMs < (this.#sightings.get(id)?.aliveUntilMs ?? Number.NEGATIVE_INFINITY)
  }

  /** Ascending by id. */
  alive(nowMs: number): BrokerNode[] {
    return [...this.#sightings.values()]
      .filter(({ aliveUntilMs }) => nowMs < aliveUntilMs)
      .map(({ lease }) => lease.node)
      .sort((a, b) => a.id - b.id)
  }

  /** `isFirst`: it may have been renewed long ago; else we have seen it change. */
  #aliveUntil({ untilMs }: BrokerLease, nowMs: number, isFirst: boolean): number {
    const { sessionTimeoutMs, heartbeatIntervalMs } = this.#times
    const leftMs = untilMs - nowMs
    if (leftMs > sessionTimeoutMs) return nowMs + sessionTimeoutMs
    // Renewed at most one interval ago, and that much again for the look: with less left its clock is behind.
    return isFirst || leftMs >= sessionTimeoutMs - 2 * heartbeatIntervalMs ? untilMs : nowMs + sessionTimeoutMs
  }
}
