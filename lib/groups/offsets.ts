/**
 * The offsets that groups commit. A commit is one guarded update for every 25 partitions of a topic; the last one wins,
 * and one whose answer was lost may be sent again. Offsets are filed under the topic's id: what a group has read of a
 * deleted topic means nothing to a new one of the same name. Who may commit for a group with members is the coordinator's
 * to say; here only the generation is held to what the item has seen. A late second copy of a commit does nothing: each names
 * the one that it follows.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { TopicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import {
  offsetMetadataBytesMax,
  offsetsCallsAtOnceMax,
  offsetsPerRequestMax,
  partitionsPerTopicMax,
} from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import type { Topics } from '../cluster/topics.ts'
import type { Key, MetaStore } from '../store/meta-store.ts'
import { groupIdProblem } from './group-ids.ts'
import type { GroupListing } from './group-item.ts'
import { GroupRegistry, type GroupsPage } from './group-registry.ts'
import { type CommitOptions, commitShard, type OffsetCommit, type Shard } from './offsets-commit.ts'
import { type ExpiryPage, type ExpiryStep, expireOffsets, type GroupLife } from './offsets-expiry.ts'
import { type CommittedOffset, offsetsKey, shardFromItem, shardOf } from './offsets-item.ts'
import { removeOffsets } from './offsets-removal.ts'
import { readShards } from './offsets-shards.ts'
import { OffsetsViews } from './offsets-views.ts'

interface PartitionCommit {
  readonly topic: TopicRef
  readonly partition: number
  /** `stale-generation`: a member of a later generation has committed (ILLEGAL_GENERATION). */
  readonly outcome: 'committed' | 'metadata-too-large' | 'stale-generation'
}

export type CommitAnswer =
  /** One for each partition named, in the order in which they were first named. */
  | { readonly outcome: 'done'; readonly partitions: readonly PartitionCommit[] }
  | { readonly outcome: 'invalid-group' | 'too-many-partitions'; readonly message: string }

export interface FetchedOffset {
  readonly topic: TopicRef
  readonly partition: number
  /** `undefined`: the group has committed nothing there. */
  readonly committed: CommittedOffset | undefined
}

export interface GroupOffsetsOptions {
  readonly meta: MetaStore
  readonly clock: Clock
  /** With it, offsets of deleted topics are neither shown nor kept. */
  readonly topics?: Pick<Topics, 'get'>
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class GroupOffsets {
  readonly #meta: MetaStore
  readonly #topics: Pick<Topics, 'get'> | undefined
  readonly #registry: GroupRegistry
  readonly #ports: { readonly meta: MetaStore; readonly clock: Clock }
  readonly #views = new OffsetsViews()

  constructor(options: GroupOffsetsOptions) {
    this.#meta = options.meta
    this.#topics = options.topics
    this.#registry = new GroupRegistry(options)
    this.#ports = { meta: options.meta, clock: options.clock }
  }

  /**
   * Commits offsets, each partition's last one when it is named twice. One update for every 25 partitions; the first
   * commit of a group in a process costs a read more, the first in a shard another one, that of a new shard two writes. Each update is a commit of its
   * own: when this throws, some may be done, and all may be sent again.
   */
  async commit(group: string, commits: readonly OffsetCommit[], options: CommitOptions = {}): Promise<CommitAnswer> {
    const { beganMs = this.#ports.clock.now() } = options
    const problem = groupIdProblem(group)
    if (problem !== undefined) return { outcome: 'invalid-group', message: problem }
    if (commits.length > offsetsPerRequestMax) {
      const message = `One request commits at most ${offsetsPerRequestMax} offsets; this one has ${commits.length}.`
      return { outcome: 'too-many-partitions', message }
    }
    const named = new Map(commits.map((commit) => [`${commit.topic.id}#${commit.partition}`, commit]))
    const tooLarge = (commit: OffsetCommit) => Buffer.byteLength(commit.metadata ?? '') > offsetMetadataBytesMax
    const shards = shardsOf([...named.values()].filter((commit) => !tooLarge(commit)))
    if (shards.length > 0) await this.#registry.register(group)
    const stale = new Set<Shard<OffsetCommit>>()
    const ports = { ...this.#ports, registry: this.#registry, views: this.#views }
    await inParallel(shards, offsetsCallsAtOnceMax, async (shard) => {
      if (!(await commitShard(ports, group, shard, { ...options, beganMs }))) stale.add(shard)
    })
    const staleCommits = new Set([...stale].flatMap((shard) => shard.entries))
    const partitions = [...named.values()].map((commit): PartitionCommit => {
      const { topic, partition } = commit
      if (tooLarge(commit)) return { topic, partition, outcome: 'metadata-too-large' }
      return { topic, partition, outcome: staleCommits.has(commit) ? 'stale-generation' : 'committed' }
    })
    return { outcome: 'done', partitions }
  }

  /**
   * What a group has committed: for the partitions named, in their order, or for all, by topic and partition. Strongly
   * consistent. One read unit or less for every 25 partitions named.
   */
  async fetch(
    group: string,
    wanted?: readonly { readonly topic: TopicRef; readonly partitions: readonly number[] }[],
  ): Promise<FetchedOffset[]> {
    const asked = wanted?.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
    // Nothing was ever committed under an id that no commit accepts.
    if (groupIdProblem(group) !== undefined) return (asked ?? []).map((one) => ({ ...one, committed: undefined }))
    if (asked === undefined) return this.#fetchAll(group)
    const keys = new Map<string, Key>()
    for (const { topic, partition } of asked) {
      const key = offsetsKey(group, topic.id, shardOf(partition))
      keys.set(key.sk, key)
    }
    const items = await this.#meta.getMany([...keys.values()], { strong: true })
    const shards = new Map(items.flatMap((item) => (item === undefined ? [] : [[item.sk, shardFromItem(item)]])))
    return asked.map(({ topic, partition }) => {
      const shard = shards.get(offsetsKey(group, topic.id, shardOf(partition)).sk)
      return { topic, partition, committed: shard?.offsets.get(partition) }
    })
  }

  /** See `GroupRegistry.list`. */
  list(options: { readonly after?: string; readonly limit?: number } = {}): Promise<GroupsPage> {
    return this.#registry.list(options)
  }

  /** The group's listing, or `undefined` when there is no such group. */
  async get(group: string): Promise<GroupListing | undefined> {
    return groupIdProblem(group) === undefined ? this.#registry.get(group) : undefined
  }

  /** Deletes what the group has committed for these partitions. What is not there is no error. */
  async deleteOffsets(
    group: string,
    partitions: readonly { readonly topic: { readonly id: TopicId }; readonly partition: number }[],
  ): Promise<void> {
    if (groupIdProblem(group) !== undefined) return
    const shards = shardsOf(partitions)
    const keys = shards.map(({ topic, shard }) => offsetsKey(group, topic.id, shard))
    const items = await this.#meta.getMany(keys, { strong: true })
    await inParallel([...shards.entries()], offsetsCallsAtOnceMax, async ([index, { entries }]) => {
      const item = items[index]
      const unwanted = new Set(entries.map((entry) => entry.partition))
      if (item !== undefined) await removeOffsets(this.#ports, item, (partition) => unwanted.has(partition))
    })
  }

  /** One bounded step of expiry; see `expireOffsets`. Without `lifeOf` no group has members: for all others `Groups.expire`. */
  expire(
    now: number,
    retentionMs: number,
    step: ExpiryStep = {},
    lifeOf?: (group: string) => Promise<GroupLife>,
  ): Promise<ExpiryPage> {
    const ports = { ...this.#ports, registry: this.#registry, topics: this.#topics }
    return expireOffsets(lifeOf === undefined ? ports : { ...ports, lifeOf }, now, retentionMs, step)
  }

  async #fetchAll(group: string): Promise<FetchedOffset[]> {
    const fetched: FetchedOffset[] = []
    const alive = new Map<TopicId, boolean>()
    for await (const items of readShards(this.#meta, group)) {
      for (const { topic, offsets } of items.map(shardFromItem)) {
        const isAlive = alive.get(topic.id) ?? (await this.#isAlive(topic))
        alive.set(topic.id, isAlive)
        if (!isAlive) continue
        for (const [partition, committed] of offsets) fetched.push({ topic, partition, committed })
      }
    }
    return fetched
  }

  async #isAlive(topic: TopicRef): Promise<boolean> {
    return this.#topics === undefined || (await this.#topics.get(topic.name))?.id === topic.id
  }
}

interface PartitionOf {
  readonly topic: { readonly id: TopicId }
  readonly partition: number
}

/** The same entries by the item that each lies in. */
function shardsOf<Entry extends PartitionOf>(entries: readonly Entry[]): Shard<Entry>[] {
  const shards = new Map<string, Shard<Entry> & { entries: Entry[] }>()
  for (const entry of entries) {
    const { topic, partition } = entry
    assert(Number.isInteger(partition) && partition >= 0, `not a partition: ${partition}`)
    assert(partition < partitionsPerTopicMax, `no topic has a partition ${partition}`)
    const shard = shardOf(partition)
    const id = `${topic.id}#${shard}`
    const there = shards.get(id)
    if (there === undefined) shards.set(id, { topic, shard, entries: [entry] })
    else there.entries.push(entry)
  }
  return [...shards.values()]
}
