/**
 * The brokers that hold leases, and this process's own. A lease is renewed every `heartbeatIntervalMs`; one that is not
 * lapses after `sessionTimeoutMs`, and its broker's partitions are led by others from then on. Whether our own has lapsed is
 * asked of our own clock each time, so that a process that was stopped knows it before it does anything else.
 *
 * Leases decide liveness only: who is named to clients, and who may be elected. A process that wrongly believes to hold one
 * is refused by the epoch in the heads.
 *
 * Cost of the defaults: an update every 2 s and a query with it, 1.3 million write units and 0.65 million read units a
 * month: $0.90 for each gateway, busy or idle. They are Kafka's own (`broker.session.timeout.ms`,
 * `broker.heartbeat.interval.ms`): four renewals may fail in a row, each after the 3 s of a lost call, before the lease does.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import {
  brokerForgottenMs,
  brokerHeartbeatIntervalMsDefault,
  brokerQueriesMax,
  brokerSessionTimeoutMsDefault,
} from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { sortKeyAfter } from '../store/paging.ts'
import { acquireLease } from './broker-acquire.ts'
import {
  type BrokerLease,
  brokerKey,
  brokersFrom,
  brokersPartition,
  brokersTo,
  leaseFromItem,
  leaseIsOf,
  leaseItem,
  leaseLapsedBy,
  leaseUnchanged,
  renewal,
} from './broker-item.ts'
import { BrokerSightings, type LeaseTimes } from './broker-sightings.ts'
import type { BrokerNode, Brokers } from './brokers.ts'
import { randomUuid } from './topic-ids.ts'
import { untilKnown } from './until-known.ts'

export interface LeasedBrokersParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Told of what the operator should know: a lease that is lost, a store that does not answer. */
  readonly report: (fault: unknown) => void
  /** Told of who is alive, this process among them, when a look finds others than the one before. */
  readonly onChange?: (live: readonly BrokerNode[]) => void
}

/** Kafka's `broker.session.timeout.ms` and `broker.heartbeat.interval.ms`. */
const leaseTimesDefault: LeaseTimes = {
  sessionTimeoutMs: brokerSessionTimeoutMsDefault,
  heartbeatIntervalMs: brokerHeartbeatIntervalMsDefault,
}

/** This process does not hold its lease any more: it was stopped for longer than that, and another has its `node.id`. */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export class LeasedBrokers implements Brokers {
  readonly #parts: LeasedBrokersParts
  readonly #node: BrokerNode
  readonly #times: LeaseTimes
  readonly #incarnation: string
  readonly #sightings: BrokerSightings
  readonly #stop = new AbortController()
  #lease: { readonly sinceMs: number; readonly untilMs: number } | undefined
  #isLost = false
  #seenAlive = ''
  #renewing: Promise<void> = Promise.resolve()

  /** `node.id`: 1 to 2^31 - 1; 0 are the functions. */
  constructor(parts: LeasedBrokersParts, node: BrokerNode, times: Partial<LeaseTimes> = {}) {
    assert(node.id > 0 && node.id < 2 ** 31, `not the id of a gateway: ${node.id}`)
    this.#parts = parts
    this.#node = node
    this.#times = { ...leaseTimesDefault, ...times }
    this.#incarnation = randomUuid(parts.entropy)
    this.#sightings = new BrokerSightings(this.#times)
  }

  get self(): number {
    return this.#node.id
  }

  /**
   * Takes the lease, looks at the others once, and renews from then on. A lease that another process left behind is waited
   * for, at most for its session. Throws `BrokerIdInUse` where that process is alive, and what the store throws.
   */
  async start(): Promise<void> {
    const sentMs = await acquireLease(this.#parts, (nowMs) => this.#ownLease(nowMs), this.#times)
    this.#hold(sentMs)
    await this.#look()
    this.#renewing = this.#renewForever()
  }

  live(): readonly BrokerNode[] {
    const others = this.#sightings.alive(this.#parts.clock.now()).filter(({ id }) => id !== this.self)
    if (this.leasedSinceMs() === undefined && others.length > 0) return others
    return [...others, this.#node].sort((a, b) => a.id - b.id)
  }

  leasedSinceMs(): number | undefined {
    const lease = this.#lease
    if (!lease) return undefined
    const nowMs = this.#parts.clock.now()
    // A clock that was set back, by more than is corrected every day, says nothing of how long it was.
    const { sessionTimeoutMs, heartbeatIntervalMs } = this.#times
    const holds = nowMs < lease.untilMs && lease.untilMs - nowMs <= sessionTimeoutMs + heartbeatIntervalMs
    return holds ? lease.sinceMs : undefined
  }

  /** Stops renewing and gives the lease back, so that others are elected at once. Never throws: it lapses in any case. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#renewing
    if (!this.#lease) return
    this.#lease = undefined
    const { meta, clock } = this.#parts
    const giveBack = () => meta.delete(brokerKey(this.self), [leaseIsOf(this.#incarnation)])
    await this.#reported(untilKnown(clock, giveBack))
  }

  async #renewForever(): Promise<void> {
    const { clock } = this.#parts
    for (;;) {
      await clock.sleep(this.#times.heartbeatIntervalMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return
      await Promise.all([this.#reported(this.#renew()), this.#reported(this.#look())])
    }
  }

  async #renew(): Promise<void> {
    const { meta, clock } = this.#parts
    const sentMs = clock.now()
    const own = this.#ownLease(sentMs)
    const answer = await meta.update(brokerKey(this.self), renewal(own.untilMs), [leaseIsOf(this.#incarnation)])
    if ('done' in answer) return this.#hold(sentMs)
    this.#lease = undefined
    // Given up for dead and forgotten, or another's that has died since: it can be ours again.
    const again = await meta.put(leaseItem(own), leaseLapsedBy(sentMs))
    if ('done' in again) return this.#hold(sentMs)
    if (this.#isLost) return
    this.#isLost = true
    const other = again.refused && leaseFromItem(again.refused).node
    throw new LeaseLost(
      `another process is broker ${this.self} now${other ? ` (${other.host}:${other.port})` : ''}, since the lease of this one had lapsed; it leads no partition until that one ends`,
    )
  }

  /** As of when the renewal was sent: the others, who see it later, take it for longer. */
  #hold(sentMs: number): void {
    const untilMs = sentMs + this.#times.sessionTimeoutMs
    // Looked at before it is renewed: what was lapsed until now is held from now on.
    const sinceMs = this.leasedSinceMs() ?? this.#parts.clock.now()
    this.#lease = { sinceMs, untilMs }
    this.#isLost = false
  }

  #ownLease(nowMs: number): BrokerLease {
    return { node: this.#node, incarnation: this.#incarnation, untilMs: nowMs + this.#times.sessionTimeoutMs }
  }

  async #look(): Promise<void> {
    const { meta, clock } = this.#parts
    const leases: BrokerLease[] = []
    let from = brokersFrom
    for (let queries = 0; queries < brokerQueriesMax; queries++) {
      const { items, more } = await meta.query(brokersPartition, { from, to: brokersTo })
      leases.push(...items.map(leaseFromItem))
      const last = items.at(-1)
      if (!more || !last) break
      from = sortKeyAfter(last.sk)
    }
    const nowMs = clock.now()
    this.#sightings.look(leases, nowMs)
    this.#tellChange()
    const forgotten = leases.find(({ untilMs }) => nowMs - untilMs > brokerForgottenMs)
    if (forgotten) await meta.delete(brokerKey(forgotten.node.id), leaseUnchanged(forgotten))
  }

  #tellChange(): void {
    const live = this.live()
    const ids = live.map(({ id }) => id).join()
    if (ids === this.#seenAlive) return
    this.#seenAlive = ids
    this.#parts.onChange?.(live)
  }

  async #reported(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (fault) {
      this.#parts.report(fault)
      const isExpected =
        fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable || fault instanceof LeaseLost
      // Anything else is a bug: this process had better claim nothing.
      if (!isExpected) this.#lease = undefined
    }
  }
}
