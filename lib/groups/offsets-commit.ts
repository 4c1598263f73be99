/**
 * Committing to one item of offsets. Where the group has a coordinator, the item's generation is its to raise (`fence.ts`),
 * and an item that is not there yet is made in two steps: empty, marked as new, and then, if the group's state still takes
 * the commit, with that state's number. Until the mark is gone no other commit is taken, since the fence may have passed
 * before the item was there.
 *
 * Every commit names the ones that it follows (`offsets-views.ts`). One that another has overtaken is done again only where
 * its client certainly waits for it: else it would take an offset back, long after somebody else went on from it.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset, TopicId } from '../base/ids.ts'
import { offsetsCommitAgainMsMax, offsetsCommitTriesMax } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import { untilKnown } from '../cluster/until-known.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { Answer, Change, Guard, Item, Key, MetaStore } from '../store/meta-store.ts'
import type { GroupRegistry } from './group-registry.ts'
import {
  admitChange,
  admitGuard,
  type CommittedOffset,
  commitChange,
  commitGuard,
  createOffsetsGuard,
  newItemOf,
  noGeneration,
  offsetsKey,
  type SeenCommits,
  seenCommitsGuard,
  settledCommitGuard,
  shardFromItem,
  shardToItem,
} from './offsets-item.ts'
import type { OffsetsViews } from './offsets-views.ts'

export interface OffsetCommit {
  readonly topic: TopicRef
  /** One that the topic has: the caller has looked. */
  readonly partition: number
  /** The offset of the next record to read. */
  readonly offset: Offset
  /** The leader epoch of the last record read, an integer; -1 or absent when unknown. */
  readonly leaderEpoch?: number
  readonly metadata?: string
}

export interface CommitOptions {
  /** Of the member that commits, or its epoch; a simple consumer has none. */
  readonly generation?: number
  /** Where the group has a coordinator. */
  readonly fence?: FenceReading
  /** When it was asked for, ms: its client may have gone on, or be another by now, from what is committed meanwhile. Default: now. */
  readonly beganMs?: number
}

export interface FenceReading {
  /** What the group's state announces, read strongly; `undefined` when it has no state. */
  readonly announced: () => Promise<number | undefined>
  /** A mark that no item has had. */
  readonly mark: () => string
}

/** What lies in one item. */
export interface Shard<Entry extends { readonly topic: { readonly id: TopicId } }> {
  readonly topic: Entry['topic']
  readonly shard: number
  readonly entries: readonly Entry[]
}

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly registry: GroupRegistry
  readonly views: OffsetsViews
}

/** False when commits of this generation are no longer taken. */
export function commitShard(
  ports: Ports,
  group: string,
  shard: Shard<OffsetCommit>,
  { generation = noGeneration, fence, beganMs = ports.clock.now() }: CommitOptions,
): Promise<boolean> {
  const key = offsetsKey(group, shard.topic.id, shard.shard)
  const commit = new ShardCommit(ports, group, key, shard, generation, beganMs)
  const partitions = shard.entries.map(({ partition }) => partition)
  return ports.views.inTurn(key, partitions, () => (fence === undefined ? commit.unfenced() : commit.fenced(fence)))
}

/** Of one update. `overtaken`: others have committed, and whether ours was done before theirs is for `#again` to judge. */
type Tried =
  | { readonly outcome: 'committed' }
  | {
      readonly outcome: 'refused'
      readonly item: Item | undefined
      readonly overtaken: 'before' | 'perhaps after' | false
    }

class ShardCommit {
  readonly #ports: Ports
  readonly #group: string
  readonly #key: Key
  readonly #shard: Shard<OffsetCommit>
  readonly #generation: number
  readonly #beganMs: number

  constructor(ports: Ports, group: string, key: Key, shard: Shard<OffsetCommit>, generation: number, beganMs: number) {
    this.#ports = ports
    this.#group = group
    this.#key = key
    this.#shard = shard
    this.#generation = generation
    this.#beganMs = beganMs
  }

  async unfenced(): Promise<boolean> {
    const generation = this.#generation
    let made = false
    for (let tries = 0; tries < offsetsCommitTriesMax; tries++) {
      const seen = await this.#seen()
      if (seen === undefined) {
        made = true
        const item = shardToItem(this.#key, { topic: this.#shard.topic, generation, offsets: this.#offsets(new Map()) })
        const created = await this.#create(item)
        if ('refused' in created) continue
        this.#ports.views.see(created.done)
        return this.#done(made)
      }
      const tried = await this.#commit(seen, generation, commitGuard(generation))
      if (tried.outcome === 'committed') return this.#done(made)
      if (this.#isStale(tried.item)) return false
      this.#again(tried.overtaken)
    }
    throw this.#contended()
  }

  async fenced({ announced, mark }: FenceReading): Promise<boolean> {
    let made = false
    for (let tries = 0; tries < offsetsCommitTriesMax; tries++) {
      const seen = await this.#seen()
      let item: Item | undefined
      if (seen !== undefined) {
        const tried = await this.#commit(seen, noGeneration, settledCommitGuard(this.#generation))
        if (tried.outcome === 'committed') return this.#done(made)
        item = tried.item
        if (this.#isStale(item)) return false
        this.#again(tried.overtaken)
      }
      if (item === undefined) {
        made = true
        const created = await this.#create(newItemOf(this.#key, this.#shard.topic, mark()))
        item = 'done' in created ? created.done : created.refused
      }
      if (item === undefined || typeof item.new !== 'string') continue
      // The item is there by now: what is announced after this look will raise it.
      const number = (await announced()) ?? noGeneration
      const isGone = number === noGeneration && this.#generation !== noGeneration
      if (isGone || (this.#generation !== noGeneration && number > this.#generation)) return false
      const admitted = await this.#update(admitChange(this.#offsets(new Map()), number), admitGuard(item.new, number))
      if ('refused' in admitted.answer) continue
      this.#ports.views.see(admitted.answer.done)
      return this.#done(made)
    }
    throw this.#contended()
  }

  /** `undefined`: there is no item, or one that takes no commits yet. What it names it must have followed when it was asked for. */
  async #seen(): Promise<SeenCommits | undefined> {
    const { meta, views } = this.#ports
    const known = views.get(this.#key)
    const item = known === undefined ? await meta.get(this.#key, { strong: true }) : undefined
    if (!this.#isYoung) throw this.#late()
    if (known !== undefined) return known
    return item === undefined || item.new !== undefined ? undefined : views.see(item)
  }

  /** What is committed, each later than what was seen of its partition, whatever the clock says. */
  #offsets(seen: SeenCommits): ReadonlyMap<number, CommittedOffset> {
    const nowMs = this.#ports.clock.now()
    return new Map(
      this.#shard.entries.map((commit) => {
        const afterMs = (seen.get(commit.partition) ?? Number.NEGATIVE_INFINITY) + 1
        return [commit.partition, toCommitted(commit, Math.max(nowMs, afterMs))]
      }),
    )
  }

  async #commit(seen: SeenCommits, generation: number, guard: Guard): Promise<Tried> {
    const { views } = this.#ports
    const offsets = this.#offsets(seen)
    const change = commitChange(offsets, generation)
    const { answer, triedBefore } = await this.#update(change, [...guard, ...seenCommitsGuard(offsets.keys(), seen)])
    if ('done' in answer) {
      views.see(answer.done)
      return { outcome: 'committed' }
    }
    const item = answer.refused
    if (item === undefined || item.new !== undefined) {
      views.forget(this.#key)
      return { outcome: 'refused', item, overtaken: false }
    }
    views.see(item)
    const there = shardFromItem(item).offsets
    const found = [...offsets].filter(([partition, { offset, committedMs }]) => {
      const entry = there.get(partition)
      return entry?.committedMs === committedMs && entry.offset === offset
    })
    // All of them are there, whoever wrote them. One alone may be another's, of the same moment: it says nothing of the rest.
    if (found.length === offsets.size) return { outcome: 'committed' }
    const mayBeOurs = triedBefore || found.length > 0
    const isOvertaken = [...offsets.keys()].some(
      (partition) => there.get(partition)?.committedMs !== seen.get(partition),
    )
    return { outcome: 'refused', item, overtaken: isOvertaken && (mayBeOurs ? 'perhaps after' : 'before') }
  }

  #isStale(item: Item | undefined): boolean {
    return item !== undefined && this.#generation !== noGeneration && shardFromItem(item).generation > this.#generation
  }

  /** Throws where somebody may have gone on from what others have committed since. */
  #again(overtaken: (Tried & { readonly outcome: 'refused' })['overtaken']): void {
    if (overtaken === 'perhaps after') throw this.#contended()
    if (overtaken === 'before' && !this.#isYoung) throw this.#late()
  }

  get #isYoung(): boolean {
    const ageMs = this.#ports.clock.now() - this.#beganMs
    // A clock that was set back says nothing of how long it was.
    return ageMs >= 0 && ageMs <= offsetsCommitAgainMsMax
  }

  #late(): StoreUnavailable {
    const cause = new Error('others may have committed since it was sent')
    return new StoreUnavailable(`a commit of group ${this.#group}`, cause)
  }

  /** Had the group been deleted since it was registered, its new item would be on nobody's list. */
  async #done(made: boolean): Promise<true> {
    if (made) await this.#ports.registry.registerAgain(this.#group)
    return true
  }

  #update(change: Change, guard: Guard): Promise<{ readonly answer: Answer; readonly triedBefore: boolean }> {
    const { meta, clock } = this.#ports
    return untilKnown(clock, () => meta.update(this.#key, change, guard))
  }

  async #create(item: Item): Promise<Answer> {
    const { meta, clock } = this.#ports
    return (await untilKnown(clock, () => meta.put(item, createOffsetsGuard))).answer
  }

  #contended(): OutcomeUnknown {
    return new OutcomeUnknown(`a commit of group ${this.#group}, which others commit for, or delete, all the time,`)
  }
}

function toCommitted(commit: OffsetCommit, committedMs: number): CommittedOffset {
  const { offset, leaderEpoch = -1, metadata = '' } = commit
  return { offset, ...(leaderEpoch < 0 ? {} : { leaderEpoch }), metadata: metadata.toWellFormed(), committedMs }
}
