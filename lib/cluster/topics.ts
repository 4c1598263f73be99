/**
 * The cluster's topics. A topic is one item, whatever its number of partitions: a partition's head is made by whoever
 * writes to it first. Creating, altering and deleting are each decided by one guarded write of that item; whatever comes
 * after the decision can be finished by anyone who finds it unfinished. Every write is safe to send twice.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { TopicId } from '../base/ids.ts'
import { topicChangeTriesMax } from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { Change, Item, MetaStore } from '../store/meta-store.ts'
import { type AlteredConfigs, alteredConfigs, type ConfigAlteration } from './config-alteration.ts'
import { DeletedTopics } from './deleted-topics.ts'
import {
  type AddPartitionsAnswer,
  type AlterTopicAnswer,
  type CreateTopic,
  type CreateTopicAnswer,
  createProblem,
  type DeleteTopicAnswer,
  nameTaken,
  partitionsProblem,
  type TopicProblem,
  unknownTopic,
} from './topic-answers.ts'
import { type TopicConfigs, topicConfig, topicConfigsProblem } from './topic-config.ts'
import { kafkaDefaults, type TopicDefaults } from './topic-defaults.ts'
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
  topicToItem,
} from './topic-item.ts'
import { livingTopic, TopicReader, type TopicsPage } from './topic-reader.ts'
import { untilKnown } from './until-known.ts'

export interface TopicsOptions {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** How long a topic is remembered: at most, and by default, `topicCacheMsMax`; 0 remembers nothing. */
  readonly cacheMs?: number
  /** Kafka's own when it is left out. */
  readonly defaults?: TopicDefaults
}

/** With `validateOnly` a change is judged and its result answered, and nothing is written. */
export interface ChangeOptions {
  readonly validateOnly?: boolean
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable` when the store cannot answer. */
export class Topics {
  /** Deleted topics whose data is still there: the janitor's work. */
  readonly deleted: DeletedTopics
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #entropy: Entropy
  readonly #reader: TopicReader
  readonly #defaults: TopicDefaults

  constructor(options: TopicsOptions) {
    this.#meta = options.meta
    this.#clock = options.clock
    this.#entropy = options.entropy
    this.#defaults = options.defaults ?? kafkaDefaults
    const { meta, clock, cacheMs } = options
    this.#reader = new TopicReader({ meta, clock, cacheMs, defaults: this.#defaults })
    this.deleted = new DeletedTopics(options)
  }

  /** What holds where a topic sets nothing: the broker's defaults that are not Kafka's. */
  get defaults(): TopicConfigs {
    return this.#defaults.current()
  }

  /** See `TopicReader.get`. */
  get(name: string, options: { readonly fresh?: boolean } = {}): Promise<Topic | undefined> {
    return this.#reader.get(name, options)
  }

  /** See `TopicReader.byId`. */
  byId(id: TopicId): Promise<Topic | undefined> {
    return this.#reader.byId(id)
  }

  /** See `TopicReader.remembered`. */
  remembered(name: string): Topic | undefined {
    return this.#reader.remembered(name)
  }

  /** See `TopicReader.rememberedById`. */
  rememberedById(id: TopicId): Topic | undefined {
    return this.#reader.rememberedById(id)
  }

  /** See `TopicReader.list`. */
  list(options: { readonly after?: string; readonly limit?: number } = {}): Promise<TopicsPage> {
    return this.#reader.list(options)
  }

  /** One write; three, and a read, when a deleted topic of the name has to make place. */
  async create(request: CreateTopic): Promise<CreateTopicAnswer> {
    await this.#defaults.freshen()
    const problem = createProblem(request, this.defaults)
    if (problem !== undefined) return problem
    const { name, partitions, replicationFactor = 1, configs = {} } = request
    const id = randomUuid(this.#entropy)
    const createdMs = this.#clock.now()
    const config = topicConfig(configs, this.defaults)
    const topic: Topic = { id, name, partitions, replicationFactor, configs, config, createdMs, version: 1 }
    if (request.validateOnly !== true) return this.#create(topic)
    const there = await this.#meta.get(topicKey(name), { strong: true })
    if (there === undefined || isDeleted(there)) return { outcome: 'created', topic }
    return nameTaken(name, this.#topic(there))
  }

  /** Changes some configs (KIP-339), all or none: one strong read and one write. */
  alterConfigs(
    name: string,
    alterations: readonly ConfigAlteration[],
    options: ChangeOptions = {},
  ): Promise<AlterTopicAnswer> {
    return this.#alterConfigs(name, (topic) => alteredConfigs(topic.configs, alterations, this.defaults), options)
  }

  /** Sets exactly these configs and puts all others back to their defaults, as Kafka's older AlterConfigs does. */
  replaceConfigs(name: string, configs: TopicConfigs, options: ChangeOptions = {}): Promise<AlterTopicAnswer> {
    const decide = (): AlteredConfigs => {
      const problem = topicConfigsProblem(configs, this.defaults)
      return problem === undefined ? { configs } : { problem }
    }
    return this.#alterConfigs(name, decide, options)
  }

  /** Raises the number of partitions to `total`. It never goes down, since that would lose records. */
  async addPartitions(name: string, total: number, options: ChangeOptions = {}): Promise<AddPartitionsAnswer> {
    const illegal = partitionsProblem(total)
    if (illegal !== undefined) return { outcome: 'invalid-partitions', message: illegal }
    const decide = (topic: Topic, triedBefore: boolean): Decision<'invalid-partitions'> => {
      if (total > topic.partitions) {
        return { change: alteration.partitions(total), altered: { ...topic, partitions: total } }
      }
      // The try whose answer was lost may have done this.
      if (triedBefore && total === topic.partitions) return { outcome: 'altered', topic }
      const message = `${name} has ${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}; their number can only grow, and ${total} is not more.`
      return { outcome: 'invalid-partitions', message }
    }
    return this.#alter(name, decide, options)
  }

  /**
   * Deletes a topic: the first write is the decision, after which it is gone for all readers; the second leaves the rest
   * to the janitor. Should this process die between the two, `DeletedTopics.finish` or the next creation of the name
   * makes the second. With `id` only that topic is deleted, not one that has its name by now.
   */
  async delete(name: string, only: { readonly id?: TopicId } = {}): Promise<DeleteTopicAnswer> {
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      const topic = await this.#reader.get(name, { fresh: true })
      if (topic === undefined || (only.id ?? topic.id) !== topic.id) return unknownTopic(name)
      const { answer, triedBefore } = await this.#change(name, () =>
        this.#meta.update(topicKey(name), deletion.change, deletion.guard(topic.id)),
      )
      const item = 'done' in answer ? answer.done : answer.refused
      const deletedByUs = 'done' in answer || (triedBefore && item?.id === topic.id)
      if (item !== undefined && deletedByUs) {
        await this.deleted.record(this.#topic(item))
        return { outcome: 'deleted', id: topic.id }
      }
      // A try may have deleted it, and a new topic of the name have come since, which nobody has meant: then there is work of
      // this id. Also where no try is known to be lost: a line that tries again by itself says nothing of it.
      const isReplaced = item !== undefined && item.id !== topic.id
      if ((triedBefore || isReplaced) && (await this.deleted.get(topic.id)) !== undefined) {
        return { outcome: 'deleted', id: topic.id }
      }
    }
    throw new OutcomeUnknown(`the deletion of topic ${name}, which is created and deleted all the time,`)
  }

  async #create(topic: Topic): Promise<CreateTopicAnswer> {
    const item = topicToItem(topic)
    let guard = createGuard
    let lost = false
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      const { answer, triedBefore } = await this.#change(topic.name, () => this.#meta.put(item, guard))
      if ('done' in answer) return { outcome: 'created', topic }
      lost ||= triedBefore
      const there = answer.refused
      // Nobody else has this id: the refusal is the success of a try whose answer was lost.
      if (there?.id === topic.id) return { outcome: 'created', topic }
      const isDead = there !== undefined && isDeleted(there)
      // A try's topic may have been deleted and followed by others: it was created all the same, and an id never lives twice.
      // Also where no try is known to be lost: a line that tries again by itself says nothing of it.
      if ((lost || isDead) && (await this.deleted.get(topic.id)) !== undefined) return { outcome: 'created', topic }
      if (there === undefined) {
        guard = createGuard
        continue
      }
      const other = this.#topic(there)
      if (!isDead) return nameTaken(topic.name, other)
      // The dead topic's data must be somebody's work before its item, the last to name it, is replaced.
      await this.deleted.record(other)
      guard = deletedGuard(other.id)
    }
    throw new OutcomeUnknown(`the creation of topic ${topic.name}, which is created and deleted all the time,`)
  }

  #alterConfigs(name: string, decide: (topic: Topic) => AlteredConfigs, options: ChangeOptions) {
    return this.#alter<'invalid-config'>(
      name,
      (topic) => {
        const decided = decide(topic)
        if ('problem' in decided) return { outcome: 'invalid-config', message: decided.problem }
        const { configs } = decided
        return {
          change: alteration.configs(configs),
          altered: { ...topic, configs, config: topicConfig(configs, this.defaults) },
        }
      },
      options,
    )
  }

  /**
   * Reads the topic, decides, and writes if nothing changed meanwhile; else again with what is there now. A try whose
   * answer was lost is settled the same way, since every decision may be made twice.
   */
  async #alter<Refusal extends string>(
    name: string,
    decide: (topic: Topic, triedBefore: boolean) => Decision<Refusal>,
    options: ChangeOptions,
  ): Promise<Altered | TopicProblem<Refusal> | TopicProblem<'unknown-topic'> | TopicProblem<'contended'>> {
    let lost = false
    let current = await this.#reader.get(name, { fresh: true })
    for (let tries = 0; tries < topicChangeTriesMax; tries++) {
      if (current === undefined) return unknownTopic(name)
      const topic = current
      const decided = decide(topic, lost)
      if ('outcome' in decided) return decided
      if (options.validateOnly === true) return { outcome: 'altered', topic: decided.altered }
      const { answer, triedBefore } = await this.#change(name, () =>
        this.#meta.update(topicKey(name), decided.change, alteration.guard(topic)),
      )
      if ('done' in answer) return { outcome: 'altered', topic: this.#topic(answer.done) }
      lost ||= triedBefore
      current = livingTopic(name, answer.refused, this.defaults)
    }
    if (lost) throw new OutcomeUnknown(`the alteration of topic ${name}`)
    return { outcome: 'contended', message: `${name} is being altered by others all the time; try again.` }
  }

  #topic(item: Item): Topic {
    return topicFromItem(item, this.defaults)
  }

  /** One write, settled; whatever it did, what this process remembers of the topic is no longer to be trusted. */
  async #change<T>(name: string, write: () => Promise<T>) {
    try {
      return await untilKnown(this.#clock, write)
    } finally {
      this.#reader.changed(name)
    }
  }
}

interface Altered {
  readonly outcome: 'altered'
  readonly topic: Topic
}

type Decision<Refusal extends string> =
  | { readonly change: Change; readonly altered: Topic }
  | Altered
  | TopicProblem<Refusal>
