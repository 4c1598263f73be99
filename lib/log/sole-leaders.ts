/**
 * The leaders of a cluster in which this process leads everything: the only process on its stores, or the functions, which
 * are one broker together. Nobody is elected here, so an epoch is what the partition's head says. What is remembered may be
 * old where gateways elect beside functions; it only ever misses a newer epoch, so a client that knows one makes us look.
 * A client with an older epoch is served: of functions, which each remember for themselves, one would refuse what another
 * has just told it, and there is nobody else to send it to.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import { type Epoch, epoch, type PartitionId } from '../base/ids.ts'
import { headHintsMax } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { epochEndIn } from './epochs.ts'
import { deletedEpoch, type Head, newHead, parseHead } from './head.ts'
import { headKey, partitionKey } from './keys.ts'
import type { EpochEnd, LeaderCheck, Leaders, PartitionLeader } from './leader-types.ts'

export class SoleLeaders implements Leaders {
  readonly #meta: MetaStore
  readonly #self: number
  readonly #epochs = new BoundedMap<string, Epoch>(headHintsMax)

  constructor({ meta, self }: { readonly meta: MetaStore; readonly self: number }) {
    this.#meta = meta
    this.#self = self
  }

  async of(ids: readonly PartitionId[]): Promise<readonly PartitionLeader[]> {
    const unknown = ids.filter((id) => !this.#epochs.has(partitionKey(id)))
    const found = new Map<string, Epoch>()
    if (unknown.length > 0) {
      const items = await this.#meta.getMany(unknown.map(headKey))
      for (const [index, id] of unknown.entries()) found.set(partitionKey(id), this.#remember(id, items[index]).epoch)
    }
    return ids.map((id) => {
      const key = partitionKey(id)
      return this.#leader(this.#epochs.get(key) ?? found.get(key) ?? epoch(0))
    })
  }

  check(id: PartitionId, currentLeaderEpoch: number): LeaderCheck | Promise<LeaderCheck> {
    const known = this.#epochs.get(partitionKey(id))
    if (known !== undefined && currentLeaderEpoch <= known) return this.#judge(known, currentLeaderEpoch)
    return this.#lookUp(id).then((seen) => {
      if ('cause' in seen) return { outcome: 'unavailable', cause: seen.cause }
      if (seen.epoch === deletedEpoch) return { outcome: 'unknown-partition' }
      return this.#judge(seen.epoch, currentLeaderEpoch)
    })
  }

  async epochEnd(id: PartitionId, leaderEpoch: number): Promise<EpochEnd> {
    const seen = await this.#lookUp(id)
    if ('cause' in seen) return { outcome: 'unavailable', cause: seen.cause }
    if (seen.epoch === deletedEpoch) return { outcome: 'unknown-partition' }
    if (leaderEpoch > seen.epoch || leaderEpoch < 0) return { outcome: 'unknown-epoch' }
    return { outcome: 'found', ...epochEndIn(seen, leaderEpoch) }
  }

  #judge(known: Epoch, asked: number): LeaderCheck {
    if (asked > known) return { outcome: 'unknown-leader-epoch', ...this.#leader(known) }
    return { outcome: 'leader', leaderEpoch: known }
  }

  #leader(leaderEpoch: Epoch): PartitionLeader {
    // Of a deleted topic nobody leads a partition.
    return { leader: leaderEpoch === deletedEpoch ? -1 : this.#self, leaderEpoch }
  }

  async #lookUp(id: PartitionId): Promise<Head | { cause: unknown }> {
    try {
      return this.#remember(id, await this.#meta.get(headKey(id), { strong: true }))
    } catch (cause) {
      if (cause instanceof StoreUnavailable || cause instanceof OutcomeUnknown) return { cause }
      throw cause
    }
  }

  /** A partition that was never written to has no head, and the epoch that its first append will make. */
  #remember(id: PartitionId, item: Item | undefined): Head {
    const head = parseHead(item ?? newHead(id))
    const key = partitionKey(id)
    if (head.epoch === deletedEpoch) this.#epochs.delete(key)
    else this.#epochs.set(key, head.epoch)
    return head
  }
}
