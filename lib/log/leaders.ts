/**
 * Who leads, as a broker knows it. Leader and epoch are in the partition's head; the heads that pass through this process
 * anyway (its appends, its readers' waits) are what it is answered from, so a busy partition costs no call. A leader whose
 * lease has lapsed is replaced by whoever is asked, with one guarded update (`election.ts`).
 *
 * All of it is affinity: an old answer sends a client to the wrong broker, once, and an append under an old epoch is
 * refused. A partition without a head has no leader yet; until its first append all agree on one by hashing, epoch 0.
 *
 * The functions are everywhere at once and reach all partitions: they always lead, and never elect, since a gateway that
 * gathers batches is the better leader where there is one.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import { epoch, type PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import {
  electionsAtOnceMax,
  headHintsMax,
  ledHintAgeMsMax,
  metadataLeaderAgeMsMax,
  otherLeaderAgeMsMax,
} from '../base/limits.ts'
import { type BrokerNode, type Brokers, functionsBrokerId } from '../cluster/brokers.ts'
import { chooseBroker } from '../cluster/rendezvous.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { elect } from './election.ts'
import { epochEndIn } from './epochs.ts'
import { deletedEpoch, type Head, newHead, parseHead } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import { headKey, partitionKey } from './keys.ts'
import type { ElectionListener, EpochEnd, LeaderCheck, Leaders, PartitionLeader } from './leader-types.ts'

export interface PartitionLeadersParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly brokers: Brokers
  /** Those of the process's `Log`. */
  readonly hints: HeadHints
  readonly onElection?: ElectionListener
}

/** A head as it is known; `none`: nobody has written yet. */
type Known = Head | 'none'

/** Of a deleted topic. */
const nobody: PartitionLeader = { leader: -1, leaderEpoch: deletedEpoch }
const firstEpoch = epoch(0)

export class PartitionLeaders implements Leaders {
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #brokers: Brokers
  readonly #hints: HeadHints
  readonly #onElection: ElectionListener
  /** Partitions without a head, and when that was seen, ms. */
  readonly #headless = new BoundedMap<string, number>(headHintsMax)
  /** Of many who ask at once one does. */
  readonly #lookingUp = new Map<string, Promise<PartitionLeader>>()
  readonly #electing = new Map<string, Promise<PartitionLeader>>()

  constructor({ meta, clock, brokers, hints, onElection = () => {} }: PartitionLeadersParts) {
    this.#meta = meta
    this.#clock = clock
    this.#brokers = brokers
    this.#hints = hints
    this.#onElection = onElection
  }

  async of(ids: readonly PartitionId[]): Promise<readonly PartitionLeader[]> {
    const live = this.#brokers.live()
    const unknown = new Map<string, PartitionId>()
    for (const id of ids) {
      if (this.#remembered(id, metadataLeaderAgeMsMax) === undefined) unknown.set(partitionKey(id), id)
    }
    const asked = [...unknown.values()]
    const items = asked.length === 0 ? [] : await this.#meta.getMany(asked.map(headKey))
    for (const [index, id] of asked.entries()) this.#saw(id, items[index])
    return inParallel(ids, electionsAtOnceMax, async (id) => {
      const head = this.#hints.get(id)?.head
      try {
        return await this.#withLeader(id, head, live)
      } catch (fault) {
        // One election of many that failed: its partition has a leader that is not alive, and the others have theirs.
        if (head && unavailable(fault)) return this.#leaderIn(head)
        throw fault
      }
    })
  }

  check(id: PartitionId, currentLeaderEpoch: number): LeaderCheck | Promise<LeaderCheck> {
    return this.#checkFromMemory(id, currentLeaderEpoch) ?? this.#checkFromStore(id, currentLeaderEpoch)
  }

  async epochEnd(id: PartitionId, leaderEpoch: number): Promise<EpochEnd> {
    try {
      // Strongly: an end of the log that is too low looks to a consumer as if records were cut off.
      const item = await this.#meta.get(headKey(id), { strong: true })
      this.#saw(id, item)
      const head = parseHead(item ?? newHead(id))
      if (head.epoch === deletedEpoch) return { outcome: 'unknown-partition' }
      if (leaderEpoch < 0 || leaderEpoch > head.epoch) return { outcome: 'unknown-epoch' }
      return { outcome: 'found', ...epochEndIn(head, leaderEpoch) }
    } catch (fault) {
      return unavailable(fault)
    }
  }

  /** `undefined`: memory does not know, or what it would say may be wrong. */
  #checkFromMemory(id: PartitionId, asked: number): LeaderCheck | undefined {
    if (this.#brokers.leasedSinceMs() === undefined) return this.#deposed(id)
    const known = this.#remembered(id, otherLeaderAgeMsMax)
    if (known === undefined) return undefined
    if (known !== 'none' && known.epoch === deletedEpoch) return { outcome: 'unknown-partition' }
    const leader = known === 'none' ? this.#headlessLeader(id) : this.#leaderIn(known)
    // An epoch that we have not heard of, or a leader that is to be replaced.
    if (asked > leader.leaderEpoch || !this.#isLive(leader.leader)) return undefined
    return this.#judge(leader, asked)
  }

  async #checkFromStore(id: PartitionId, asked: number): Promise<LeaderCheck> {
    try {
      const leader = await shared(this.#lookingUp, partitionKey(id), () => this.#lookUp(id))
      if (leader === nobody) return { outcome: 'unknown-partition' }
      // The lease may have lapsed while we looked.
      return this.#brokers.leasedSinceMs() === undefined ? this.#deposed(id) : this.#judge(leader, asked)
    } catch (fault) {
      return unavailable(fault)
    }
  }

  /** Kafka's order: the client's epoch first, then whether it is us (`Partition.getLocalLog`, KIP-320). */
  #judge(leader: PartitionLeader, asked: number): LeaderCheck {
    if (asked >= 0 && asked < leader.leaderEpoch) return { outcome: 'fenced-leader-epoch', ...leader }
    if (asked > leader.leaderEpoch) return { outcome: 'unknown-leader-epoch', ...leader }
    if (leader.leader !== this.#brokers.self) return { outcome: 'not-leader', ...leader }
    return { outcome: 'leader', leaderEpoch: leader.leaderEpoch }
  }

  /** While our lease has lapsed another one leads, or is about to: the epoch that we know is an old one. */
  #deposed(id: PartitionId): LeaderCheck {
    const head = this.#hints.get(id)?.head
    const { self } = this.#brokers
    const leader = head && head.leader !== self ? head.leader : this.#chosen(id)
    return { outcome: 'not-leader', leader, leaderEpoch: head?.epoch ?? firstEpoch }
  }

  /** What is known and young enough to be believed. What is known to be deleted stays so. */
  #remembered(id: PartitionId, otherAgeMsMax: number): Known | undefined {
    const hint = this.#hints.get(id)
    if (hint?.head.epoch === deletedEpoch) return hint.head
    const seenMs = hint?.seenMs ?? this.#headless.get(partitionKey(id))
    const sinceMs = this.#brokers.leasedSinceMs()
    if (seenMs === undefined || sinceMs === undefined || seenMs < sinceMs) return undefined
    const known = hint?.head ?? 'none'
    // Nobody else elects where there is no other broker.
    if (sinceMs === Number.NEGATIVE_INFINITY) return known
    const { leader } = known === 'none' ? this.#headlessLeader(id) : known
    const ageMs = this.#clock.now() - seenMs
    return ageMs >= 0 && ageMs <= (leader === this.#brokers.self ? ledHintAgeMsMax : otherAgeMsMax) ? known : undefined
  }

  async #lookUp(id: PartitionId): Promise<PartitionLeader> {
    this.#saw(id, await this.#meta.get(headKey(id), { strong: true }))
    return this.#withLeader(id, this.#hints.get(id)?.head, this.#brokers.live())
  }

  #saw(id: PartitionId, item: Item | undefined): void {
    if (item) this.#hints.put(id, parseHead(item))
    else this.#headless.set(partitionKey(id), this.#clock.now())
  }

  /** The leader of a head, a new one where it is dead. `head` undefined: there is none. */
  #withLeader(
    id: PartitionId,
    head: Head | undefined,
    live: readonly BrokerNode[],
  ): PartitionLeader | Promise<PartitionLeader> {
    if (!head) return this.#headlessLeader(id)
    if (head.epoch === deletedEpoch) return nobody
    const leader = this.#leaderIn(head)
    const isLive = live.some((broker) => broker.id === leader.leader)
    // Who may be dead himself elects nobody.
    if (isLive || this.#isFunctions || this.#brokers.leasedSinceMs() === undefined) return leader
    return shared(this.#electing, partitionKey(id), () => this.#elect(id, head))
  }

  async #elect(id: PartitionId, head: Head): Promise<PartitionLeader> {
    const chosen = this.#chosen(id)
    const elected = await elect({ meta: this.#meta, clock: this.#clock }, id, head, chosen)
    if (!elected || elected.epoch === deletedEpoch) return nobody
    this.#hints.put(id, elected)
    const leader = this.#leaderIn(elected)
    if (elected.leader === chosen) this.#onElection(id, leader)
    return leader
  }

  #leaderIn({ leader, epoch: leaderEpoch }: Head): PartitionLeader {
    return { leader: this.#isFunctions ? functionsBrokerId : leader, leaderEpoch }
  }

  #headlessLeader(id: PartitionId): PartitionLeader {
    return { leader: this.#chosen(id), leaderEpoch: firstEpoch }
  }

  #chosen(id: PartitionId): number {
    return chooseBroker(partitionKey(id), this.#brokers.live())?.id ?? this.#brokers.self
  }

  get #isFunctions(): boolean {
    return this.#brokers.self === functionsBrokerId
  }

  #isLive(leader: number): boolean {
    return leader === this.#brokers.self || this.#brokers.live().some(({ id }) => id === leader)
  }
}

/** One call for all who want the same at once. */
function shared<T>(calls: Map<string, Promise<T>>, key: string, call: () => Promise<T>): Promise<T> {
  const known = calls.get(key)
  if (known) return known
  const own = call().finally(() => calls.delete(key))
  calls.set(key, own)
  return own
}

function unavailable(cause: unknown): { readonly outcome: 'unavailable'; readonly cause: unknown } {
  if (cause instanceof StoreUnavailable || cause instanceof OutcomeUnknown) return { outcome: 'unavailable', cause }
  throw cause
}
