/**
 * Committing to one item of offsets. Where the group has a coordinator, the item's generation is its to raise (`fence.ts`),
 * and an item that is not there yet is made in two steps: empty, marked as new, and then, if the group's state still takes
 * the commit, with that state's number. Until the mark is gone no other commit is taken, since the fence may have passed
 * before the item was there.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset, TopicId } from '../base/ids.ts'
import { offsetsCommitTriesMax } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import { untilKnown } from '../cluster/until-known.ts'
import { OutcomeUnknown } from '../store/errors.ts'
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
  settledCommitGuard,
  shardFromItem,
  shardToItem,
} from './offsets-item.ts'

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
}

/** False when commits of this generation are no longer taken. */
export function commitShard(
  ports: Ports,
  group: string,
  shard: Shard<OffsetCommit>,
  { generation = noGeneration, fence }: CommitOptions,
): Promise<boolean> {
  const key = offsetsKey(group, shard.topic.id, shard.shard)
  const committedMs = ports.clock.now()
  const offsets = new Map(shard.entries.map((commit) => [commit.partition, toCommitted(commit, committedMs)]))
  const commit = new ShardCommit(ports, group, key, shard.topic, offsets, generation)
  return fence === undefined ? commit.unfenced() : commit.fenced(fence)
}

class ShardCommit {
  readonly #ports: Ports
  readonly #group: string
  readonly #key: Key
  readonly #topic: TopicRef
  readonly #offsets: ReadonlyMap<number, CommittedOffset>
  readonly #generation: number

  constructor(
    ports: Ports,
    group: string,
    key: Key,
    topic: TopicRef,
    offsets: ReadonlyMap<number, CommittedOffset>,
    generation: number,
  ) {
    this.#ports = ports
    this.#group = group
    this.#key = key
    this.#topic = topic
    this.#offsets = offsets
    this.#generation = generation
  }

  async unfenced(): Promise<boolean> {
    const generation = this.#generation
    const change = commitChange(this.#offsets, generation)
    let made = false
    for (let tries = 0; tries < offsetsCommitTriesMax; tries++) {
      const answer = await this.#update(change, commitGuard(generation))
      if ('refused' in answer && answer.refused !== undefined) return false
      if ('refused' in answer) made = true
      const item = shardToItem(this.#key, { topic: this.#topic, generation, offsets: this.#offsets })
      const isDone = 'done' in answer || 'done' in (await this.#create(item))
      if (isDone) return this.#done(made)
    }
    throw this.#contended()
  }

  async fenced({ announced, mark }: FenceReading): Promise<boolean> {
    const change = commitChange(this.#offsets, noGeneration)
    let made = false
    for (let tries = 0; tries < offsetsCommitTriesMax; tries++) {
      const answer = await this.#update(change, settledCommitGuard(this.#generation))
      if ('done' in answer) return this.#done(made)
      let item = answer.refused
      if (item === undefined) {
        made = true
        const created = await this.#create(newItemOf(this.#key, this.#topic, mark()))
        item = 'done' in created ? created.done : created.refused
      }
      if (item === undefined) continue
      if (typeof item.new !== 'string') {
        if (this.#generation !== noGeneration && shardFromItem(item).generation > this.#generation) return false
        continue
      }
      // The item is there by now: what is announced after this look will raise it.
      const number = (await announced()) ?? noGeneration
      const isGone = number === noGeneration && this.#generation !== noGeneration
      if (isGone || (this.#generation !== noGeneration && number > this.#generation)) return false
      const admitted = await this.#update(admitChange(this.#offsets, number), admitGuard(item.new, number))
      if ('done' in admitted) return this.#done(made)
    }
    throw this.#contended()
  }

  /** Had the group been deleted since it was registered, its new item would be on nobody's list. */
  async #done(made: boolean): Promise<true> {
    if (made) await this.#ports.registry.registerAgain(this.#group)
    return true
  }

  async #update(change: Change, guard: Guard): Promise<Answer> {
    const { meta, clock } = this.#ports
    return (await untilKnown(clock, () => meta.update(this.#key, change, guard))).answer
  }

  async #create(item: Item): Promise<Answer> {
    const { meta, clock } = this.#ports
    return (await untilKnown(clock, () => meta.put(item, createOffsetsGuard))).answer
  }

  #contended(): OutcomeUnknown {
    return new OutcomeUnknown(`a commit of group ${this.#group}, which is deleted all the time,`)
  }
}

function toCommitted(commit: OffsetCommit, committedMs: number): CommittedOffset {
  const { offset, leaderEpoch = -1, metadata = '' } = commit
  return { offset, ...(leaderEpoch < 0 ? {} : { leaderEpoch }), metadata: metadata.toWellFormed(), committedMs }
}
