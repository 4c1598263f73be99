/**
 * Spreading partitions over the brokers again after one has come (Kafka's `auto.leader.rebalance.enable`), and handing all
 * over before this one goes (its controlled shutdown). Only a leader gives its partitions away, and only those that it has
 * heard of lately: nothing is scanned, and what nobody uses stays where it is. Each move is an election, so a crash between
 * two of them leaves a cluster that works.
 */
import type { Clock } from '../base/clock.ts'
import { inParallel } from '../base/in-parallel.ts'
import { electionsAtOnceMax, leaderBalancePauseMs, leaderMovesPerStepMax } from '../base/limits.ts'
import type { BrokerNode, Brokers } from '../cluster/brokers.ts'
import { chooseBroker } from '../cluster/rendezvous.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { elect } from './election.ts'
import { deletedEpoch } from './head.ts'
import type { HeadHint, HeadHints } from './head-hints.ts'
import { partitionKey } from './keys.ts'
import type { ElectionListener } from './leader-types.ts'

export interface LeaderBalanceParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly brokers: Brokers
  readonly hints: HeadHints
  /** Told of faults that are not the store's. */
  readonly report: (fault: unknown) => void
  readonly onElection?: ElectionListener
}

interface Move {
  readonly hint: HeadHint
  readonly to: BrokerNode
}

export class LeaderBalance {
  readonly #parts: LeaderBalanceParts
  /** Who was alive at the last step: a broker that comes and goes is given nothing. */
  #liveBefore: ReadonlySet<number> = new Set()

  constructor(parts: LeaderBalanceParts) {
    this.#parts = parts
  }

  /** A step every `leaderBalancePauseMs`, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#parts.clock.sleep(leaderBalancePauseMs, signal)
      if (signal.aborted) return
      await this.step()
    }
  }

  /**
   * Gives away up to `leaderMovesPerStepMax` partitions whose hash belongs to another broker that was alive at the last step
   * as well; answers how many. No store call where there are none.
   */
  async step(): Promise<number> {
    const { brokers } = this.#parts
    const live = brokers.live()
    const steady = live.filter(({ id }) => id === brokers.self || this.#liveBefore.has(id))
    this.#liveBefore = new Set(live.map(({ id }) => id))
    if (steady.length < 2) return 0
    return this.#moveAll(this.#movesTo(steady, leaderMovesPerStepMax))
  }

  /** Gives away all that this broker is known to lead, if there is anybody to take it; answers how many. */
  async handOver(): Promise<number> {
    const { brokers } = this.#parts
    const others = brokers.live().filter(({ id }) => id !== brokers.self)
    return others.length === 0 ? 0 : this.#moveAll(this.#movesTo(others, Number.POSITIVE_INFINITY))
  }

  #movesTo(live: readonly BrokerNode[], countMax: number): Move[] {
    const { brokers, hints } = this.#parts
    const moves: Move[] = []
    for (const hint of hints.all()) {
      if (moves.length >= countMax) break
      if (hint.head.leader !== brokers.self || hint.head.epoch === deletedEpoch) continue
      const to = chooseBroker(partitionKey(hint.id), live)
      if (to && to.id !== brokers.self) moves.push({ hint, to })
    }
    return moves
  }

  async #moveAll(moves: readonly Move[]): Promise<number> {
    const moved = await inParallel(moves, electionsAtOnceMax, (move) => this.#move(move))
    return moved.filter(Boolean).length
  }

  async #move({ hint: { id, head }, to }: Move): Promise<boolean> {
    const { meta, clock, brokers, hints, report, onElection } = this.#parts
    // Who does not hold its lease has nothing to give away.
    if (brokers.leasedSinceMs() === undefined) return false
    try {
      const elected = await elect({ meta, clock }, id, head, to.id)
      if (elected) hints.put(id, elected)
      if (elected?.leader !== to.id) return false
      onElection?.(id, { leader: to.id, leaderEpoch: elected.epoch })
      return true
    } catch (fault) {
      // It stays where it is, or has moved: whoever asks next finds out.
      if (!(fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable)) report(fault)
      return false
    }
  }
}
