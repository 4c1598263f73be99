/**
 * The cluster's topics. A topic is one item, whatever its number of partitions: a partition's head is made by whoever
 * writes to it first. Creating, altering and deleting are each decided by one guarded write of that item; whatever comes
 * after the decision can be finished by anyone who finds it unfinished. Every write is safe to send twice.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { TopicId } from '../base/ids.ts'
import {
  partitionsPerTopicMax,
  topicCacheMsMax,
  topicChangeTriesMax,
  topicListMax,
  topicScanPagesMax,
} from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { Change, Item, MetaStore } from '../store/meta-store.ts'
import { alteredConfigs, type ConfigAlteration } from './config-alteration.ts'
import { DeletedTopics } from './deleted-topics.ts'
import { TopicCache } from './topic-cache.ts'
import { type TopicConfigs, topicConfig, topicConfigsProblem } from './topic-config.ts'
import { randomUuid } from './topic-ids.ts'
import {
  alteration,
  createGuard,
  deletedGuard,
  deletion,
  isDeleted,
  type Topic,
  topicFromItem,
  topicKey,
  topicsFrom,
  topicsPartition,
  topicsTo,
  topicToItem,
} from './topic-item.ts'
import { isInternalTopic, topicNameProblem } from './topic-names.ts'
import { untilKnown } from './until-known.ts'

/** Something a person asked for that cannot be: `message` is a sentence for them. */
export interface TopicProblem<Outcome extends string> {
  readonly outcome: Outcome
  readonly message: string
}

export type CreateTopicAnswer =
  /** With `validateOnly`: what would be created. */
  | { readonly outcome: 'created'; readonly topic: Topic }
  /** A topic of this name is there; `topic` is it. */
  | { readonly outcome: 'exists'; readonly topic: Topic; readonly message: string }
  /** Illegal, internal, or alike another topic's but for '.' and '_'. */
  | TopicProblem<'invalid-name'>
  | TopicProblem<'invalid-partitions'>
  | TopicProblem<'invalid-config'>

export type AlterTopicAnswer =
  | { readonly outcome: 'altered'; readonly topic: Topic }
  | TopicProblem<'unknown-topic'>
  | TopicProblem<'invalid-config'>
  /** Others altered the topic at the same time, again and again: nothing was changed. */
  | TopicProblem<'contended'>

export type AddPartitionsAnswer =
  | { readonly outcome: 'altered'; readonly topic: Topic }
  | TopicProblem<'unknown-topic'>
  | TopicProblem<'invalid-partitions'>
  | TopicProblem<'contended'>

export type DeleteTopicAnswer =
  /** Gone for every reader at once; its data goes later. */
  { readonly outcome: 'deleted'; readonly id: TopicId } | TopicProblem<'unknown-topic'>

export interface TopicsPage {
  /** In the order of their names (of `.` and `_`, neither comes first). */
  readonly topics: readonly Topic[]
  /** Pass as `after` for the rest; absent when this was the last page. */
  readonly next?: string
}

export interface CreateTopic {
  readonly name: string
  /** 1 to `partitionsPerTopicMax`. */
  readonly partitions: number
  readonly configs?: TopicConfigs
  readonly validateOnly?: boolean
}

export interface TopicsOptions {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** How long a topic is remembered, at most and by default `topicCacheMsMax`; 0 remembers nothing. */
  readonly cacheMs?: number
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable` when the store cannot answer. */
export class Topics {
  readonly deleted: DeletedTopics
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #cacheMs: number
  readonly #cache: TopicCache
  #scannedMs = Number.NEGATIVE_INFINITY

  constructor(options: TopicsOptions) {
    this.#meta = options.meta
    this.#clock = options.clock
    this.#entropy = options.entropy
    this.#cacheMs = Math.min(options.cacheMs ?? topicCacheMsMax, topicCacheMsMax)
    this.#cache = new TopicCache(options.clock, this.#cacheMs)
    this.deleted = new DeletedTopics(options)
  }

  /** One write, or one more for each deleted topic of the name that is in the way. */
  async create(request: CreateTopic): Promise<CreateTopicAnswer> {
    const { name, partitions, configs = {}, validateOnly = false } = request
    const problem = createProblem(name, partitions, configs)
    if (problem !== undefined) return problem
    const createdMs = this.#clock.now()
    const id = randomUuid(this.#entropy)
    const topic: Topic = { id, name, partitions, configs, config: topicConfig(configs), createdMs, version: 1 }
    if (validateOnly) {
      const there = await this.#meta.get(topicKey(name), { strong: true })
      return there === undefined || isDeleted(there) ? { outcome: 'created', topic } : taken(name, there)
    }
    return this.#put(topic)
  }

  /** The topic, or `undefined`. Costs nothing while remembered; `fresh` sees every change that was answered before. */
  async get(name: string, options: { readonly fresh?: boolean } = {}): Promise<Topic | undefined> {
    if (topicNameProblem(name) !== undefined) return undefined
    if (options.fresh !== true) {
      const remembered = this.#cache.get(name)
      if (remembered !== undefined) return remembered
      return this.#cache.reading(name, async () => {
        // An eventually consistent read may not know yet what was created: only a strong one says that there is none.
        return (await this.#read(name, false)) ?? (await this.#read(name, true))
      })
    }
    const readMs = this.#clock.now()
    const topic = await this.#read(name, true)
    if (topic === undefined) this.#cache.drop(name)
    else this.#cache.put(topic, readMs)
    return topic
  }

  /**
   * The topic of an id, or `undefined`. There is no index by id, as it would cost every creation a second write: an id
   * that the process has not met is looked for among all topics, one read for about 4,000 of them, and all are then
   * remembered. An id that was not found is not looked for again within `cacheMs`.
   */
  async byId(id: TopicId): Promise<Topic | undefined> {
    const remembered = this.#cache.byId(id)
    if (remembered !== undefined) return remembered
    const now = this.#clock.now()
    if (now >= this.#scannedMs && now - this.#scannedMs < this.#cacheMs) return undefined
    this.#scannedMs = now
    let found: Topic | undefined
    let from = topicsFrom
    for (let page = 0; page < topicScanPagesMax; page++) {
      const { items, more } = await this.#meta.query(topicsPartition, { from, to: topicsTo })
      for (const topic of items.filter((item) => !isDeleted(item)).map(topicFromItem)) {
        this.#cache.put(topic, now)
        if (topic.id === id) found = topic
      }
      const last = items.at(-1)
      if (!more || last === undefined) break
      from = after(last.sk)
    }
    return found
  }

  /** Up to `limit` (1 to `topicListMax`) topics whose names sort after `after`. Not a snapshot. */
  async list(options: { readonly after?: string; readonly limit?: number } = {}): Promise<TopicsPage> {
    const limit = Math.max(1, Math.min(options.limit ?? topicListMax, topicListMax))
    const topics: Topic[] = []
    let from = options.after === undefined ? topicsFrom : after(topicKey(options.after).sk)
    for (;;) {
      const range = { from, to: topicsTo, limit: limit - topics.length, strong: true }
      const { items, more } = await this.#meta.query(topicsPartition, range)
      topics.push(...items.filter((item) => !isDeleted(item)).map(topicFromItem))
      const last = items.at(-1)
      if (!more || last === undefined) return { topics }
      const lastTopic = topics.at(-1)
      if (topics.length === limit && lastTopic !== undefined) return { topics, next: lastTopic.name }
      from = after(last.sk)
    }
  }

  /** Changes some configs (KIP-339), all or none: one strong read and one write. */
  async alterConfigs(
    name: string,
    alterations: readonly ConfigAlteration[],
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<AlterTopicAnswer> {
    return this.#alterConfigs(name, options, (topic) => alteredConfigs(topic.configs, alterations))
  }

  /** Sets exactly these configs and puts all others back to their defaults (Kafka's older AlterConfigs). */
  async replaceConfigs(
    name: string,
    configs: TopicConfigs,
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<AlterTopicAnswer> {
    const problem = topicConfigsProblem(configs)
    return this.#alterConfigs(name, options, () => (problem === undefined ? { configs } : { problem }))
  }

  /** Raises the number of partitions to `total`. It never goes down, since that would lose records. */
  async addPartitions(
    name: string,
    total: number,
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<AddPartitionsAnswer> {
    const illegal = partitionsProblem(total)
    if (illegal !== undefined) return { outcome: 'invalid-partitions', message: illegal }
    return this.#alter(name, options.validateOnly === true, (topic, triedBefore) => {
      if (total > topic.partitions) {
        const { partitions: change } = alteration
        return { change: change(total), altered: { ...topic, partitions: total } }
      }
      // The try whose answer was lost may have done this.
      if (triedBefore && total === topic.partitions) return { outcome: 'altered', topic }
      const message = `${name} has ${topic.partitions} partitions; their number can only grow, and ${total} is not more.`
      return { outcome: 'invalid-partitions', message }
    })
  }

  /**
   * Deletes a topic: gone for all readers with the first write (the decision); the second leaves the rest to the janitor,
   * and is made by the janitor or by the next creation of the name should this process die before it.
   */
  async delete(name: string): Promise<DeleteTopicAnswer> {
    const unknown = unknownTopic(name)
    if (topicNameProblem(name) !== undefined || isInternalTopic(name)) return unknown
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      const topic = await this.#read(name, true)
      if (topic === undefined) {
        this.#cache.drop(name)
        return unknown
      }
      const { answer, triedBefore } = await untilKnown(this.#clock, () =>
        this.#meta.update(topicKey(name), deletion.change, deletion.guard(topic.id)),
      )
      this.#cache.drop(name)
      const item = 'done' in answer ? answer.done : answer.refused
      if ('done' in answer || (triedBefore && item !== undefined && item.id === topic.id)) {
        assert(item !== undefined, 'a deletion that was done has no item')
        await this.deleted.record(topicFromItem(item))
        return { outcome: 'deleted', id: topic.id }
      }
      // A lost try may have deleted it and a new topic of the name come since; only then is there a trace of this id.
      if (triedBefore && (await this.deleted.get(topic.id)) !== undefined) return { outcome: 'deleted', id: topic.id }
    }
    throw new OutcomeUnknown(`the deletion of topic ${name}: it was created and deleted again and again`)
  }

  async #put(topic: Topic): Promise<CreateTopicAnswer> {
    const item = topicToItem(topic)
    let guard = createGuard
    let unknown = false
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      const { answer, triedBefore } = await untilKnown(this.#clock, () => this.#meta.put(item, guard))
      unknown ||= triedBefore
      const there = 'done' in answer ? answer.done : answer.refused
      if (there !== undefined && there.id === topic.id) {
        this.#cache.drop(topic.name)
        if (!isDeleted(there)) this.#cache.put(topic, topic.createdMs)
        return { outcome: 'created', topic }
      }
      // A lost try may have landed, and the topic been deleted and followed by another: then it was created.
      if (unknown && (await this.deleted.get(topic.id)) !== undefined) return { outcome: 'created', topic }
      if (there !== undefined && !isDeleted(there)) return taken(topic.name, there)
      if (there === undefined) {
        guard = createGuard
      } else {
        // The dead topic's data must be somebody's work before its item, the last that names it, is replaced.
        const dead = topicFromItem(there)
        await this.deleted.record(dead)
        guard = deletedGuard(dead.id)
      }
    }
    throw new OutcomeUnknown(`the creation of topic ${topic.name}: it was created and deleted again and again`)
  }

  async #alterConfigs(
    name: string,
    options: { readonly validateOnly?: boolean },
    decide: (topic: Topic) => ReturnType<typeof alteredConfigs>,
  ): Promise<AlterTopicAnswer> {
    return this.#alter<'invalid-config'>(name, options.validateOnly === true, (topic) => {
      const decided = decide(topic)
      if ('problem' in decided) return { outcome: 'invalid-config', message: decided.problem }
      const { configs } = decided
      return { change: alteration.configs(configs), altered: { ...topic, configs, config: topicConfig(configs) } }
    })
  }

  /**
   * Reads the topic, decides, and writes if nothing changed meanwhile; else again with what is there now. A try whose
   * answer was lost is settled the same way, since every decision may be made twice.
   */
  async #alter<Refusal extends string>(
    name: string,
    validateOnly: boolean,
    decide: (topic: Topic, triedBefore: boolean) => Alteration<Refusal>,
  ): Promise<{ outcome: 'altered'; topic: Topic } | TopicProblem<Refusal | 'unknown-topic' | 'contended'>> {
    if (topicNameProblem(name) !== undefined || isInternalTopic(name)) return unknownTopic(name)
    let unknown = false
    let topic = await this.#read(name, true)
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      if (topic === undefined) return unknownTopic(name)
      const current = topic
      const decided = decide(current, unknown)
      if ('outcome' in decided) return decided
      if (validateOnly) return { outcome: 'altered', topic: decided.altered }
      const { answer, triedBefore } = await untilKnown(this.#clock, () =>
        this.#meta.update(topicKey(name), decided.change, alteration.guard(current)),
      )
      this.#cache.drop(name)
      if ('done' in answer) return { outcome: 'altered', topic: topicFromItem(answer.done) }
      unknown ||= triedBefore
      topic = this.#alive(name, answer.refused)
    }
    if (unknown) throw new OutcomeUnknown(`the alteration of topic ${name}`)
    return { outcome: 'contended', message: `${name} is being altered by others all the time; try again.` }
  }

  async #read(name: string, strong: boolean): Promise<Topic | undefined> {
    return this.#alive(name, await this.#meta.get(topicKey(name), { strong }))
  }

  /** The living topic of exactly this name in an item that it may share with a name that differs in '.' and '_'. */
  #alive(name: string, item: Item | undefined): Topic | undefined {
    return item === undefined || item.name !== name || isDeleted(item) ? undefined : topicFromItem(item)
  }
}

type Alteration<Refusal extends string> =
  | { readonly change: Change; readonly altered: Topic }
  | { readonly outcome: 'altered'; readonly topic: Topic }
  | TopicProblem<Refusal>

/** What sorts directly behind a key. */
function after(sk: string): string {
  return `${sk}\u0000`
}

function createProblem(name: string, partitions: number, configs: TopicConfigs): CreateTopicAnswer | undefined {
  const nameProblem = topicNameProblem(name)
  if (nameProblem !== undefined) return { outcome: 'invalid-name', message: nameProblem }
  if (isInternalTopic(name))
    return { outcome: 'invalid-name', message: `${name} belongs to Kafka itself. Choose another name.` }
  const illegal = partitionsProblem(partitions)
  if (illegal !== undefined) return { outcome: 'invalid-partitions', message: illegal }
  const configProblem = topicConfigsProblem(configs)
  return configProblem === undefined ? undefined : { outcome: 'invalid-config', message: configProblem }
}

function partitionsProblem(partitions: number): string | undefined {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= partitionsPerTopicMax) return undefined
  return `A topic has 1 to ${partitionsPerTopicMax} partitions; ${partitions} is not possible.`
}

function taken(name: string, there: Item): CreateTopicAnswer {
  const topic = topicFromItem(there)
  if (topic.name === name) return { outcome: 'exists', topic, message: `There is a topic named ${name} already.` }
  const message = `${name} is too much like ${topic.name}: Kafka's metrics do not tell '.' and '_' apart. Choose another name.`
  return { outcome: 'invalid-name', message }
}

function unknownTopic(name: string): TopicProblem<'unknown-topic'> {
  return { outcome: 'unknown-topic', message: `There is no topic named '${name.slice(0, 300)}'.` }
}
