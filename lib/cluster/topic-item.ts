/**
 * The stored item of a topic.
 *
 * Key       `cluster` / `topic#<name with every '.' as '_'>`, so that two names which Kafka lets not live side by side
 *           ('a.b' and 'a_b') meet in one item, and the put that creates a topic decides between them as well.
 * Content   name, id (never used twice), partitions, replicationFactor (as it was asked for; 1 where an older item has
 *           none), config (only what was set), createdMs, version (of the item), deleted
 *           (present and true from the deletion on).
 * Lifetime  from creation until the janitor forgets the deleted topic, a day after its deletion, or until a new topic
 *           of the name takes its place. A deleted topic stays as a tombstone because a second copy of the put that
 *           created it may still be under way: it would otherwise bring a dead id back to life.
 * Size      about 200 bytes, and what was set: below 100 KB by the limits of configs. Partitions do not make it grow.
 *
 * Legal changes, each by its guard:
 *   create    put whole, if no item is there
 *   replace   put whole, if the deleted topic that was seen is there; its deleted-topic item was put before
 *   alter     config or partitions, version + 1, if this id is there at this version and not deleted
 *   delete    deleted = true, if this id is there and not deleted
 *   forget    delete the item, if this id is there and deleted
 */
import { assert } from '../base/assert.ts'
import { type TopicId, topicId } from '../base/ids.ts'
import type { Change, Guard, Item, Key } from '../store/meta-store.ts'
import { type TopicConfig, type TopicConfigs, topicConfig } from './topic-config.ts'
import { collisionName } from './topic-names.ts'

/** What tells one topic from every other, past ones of the same name included. */
export interface TopicRef {
  readonly id: TopicId
  readonly name: string
}

export interface Topic extends TopicRef {
  /** 1 to `partitionsPerTopicMax`. */
  readonly partitions: number
  /** 1 to `replicationFactorMax`: what tools are shown. Bytes are as safe with any. */
  readonly replicationFactor: number
  /** What was set, as text. */
  readonly configs: TopicConfigs
  /** The same with the broker's defaults, as values. */
  readonly config: TopicConfig
  readonly createdMs: number
  /** Grows by one with every alteration. */
  readonly version: number
}

export const topicsPartition = 'cluster'
export const topicsFrom = 'topic#'
/** Behind every legal name: '~' sorts after all of its characters. */
export const topicsTo = 'topic#~'

export function topicKey(name: string): Key {
  return { pk: topicsPartition, sk: `${topicsFrom}${collisionName(name)}` }
}

export function topicToItem(topic: Omit<Topic, 'config'>): Item {
  return {
    ...topicKey(topic.name),
    id: topic.id,
    name: topic.name,
    partitions: topic.partitions,
    replicationFactor: topic.replicationFactor,
    config: topic.configs,
    createdMs: topic.createdMs,
    version: topic.version,
  }
}

/** The topic in an item, deleted or not. `defaults` hold where nothing was set. */
export function topicFromItem(item: Item, defaults: TopicConfigs = {}): Topic {
  const { id, name, partitions, replicationFactor = 1, config, createdMs, version } = item
  assert(typeof id === 'string' && typeof name === 'string', 'the item of a topic has no id or name')
  assert(
    typeof partitions === 'number' && typeof createdMs === 'number' && typeof version === 'number',
    `bad item: ${name}`,
  )
  assert(typeof replicationFactor === 'number', `bad item: ${name}`)
  const configs = config as TopicConfigs
  return {
    id: topicId(id),
    name,
    partitions,
    replicationFactor,
    configs,
    config: topicConfig(configs, defaults),
    createdMs,
    version,
  }
}

/** Whether the item is a tombstone. */
export function isDeleted(item: Item): boolean {
  return item.deleted === true
}

const isTopic = (id: TopicId) => ({ path: ['id'], is: '=', than: { value: id } }) as const
const isAlive = { path: ['deleted'], is: 'absent' } as const

/** Neither a topic nor a tombstone is there. */
export const createGuard: Guard = [{ path: ['id'], is: 'absent' }]

/** The tombstone that was seen, and no topic that has taken its place since. */
export function deletedGuard(id: TopicId): Guard {
  return [isTopic(id), { path: ['deleted'], is: '=', than: { value: true } }]
}

export const alteration = {
  configs: (configs: TopicConfigs): Change => [{ set: ['config'], to: { value: configs } }, ...nextVersion],
  partitions: (partitions: number): Change => [{ set: ['partitions'], to: { value: partitions } }, ...nextVersion],
  /** Nothing has changed since the topic was read that the alteration was judged by. */
  guard: (topic: Topic): Guard => [
    isTopic(topic.id),
    isAlive,
    { path: ['version'], is: '=', than: { value: topic.version } },
  ],
}

const nextVersion: Change = [{ set: ['version'], to: { path: ['version'], plus: 1 } }]

/** The linearization point of a deletion: readers take the topic for absent from here on. */
export const deletion = {
  change: [{ set: ['deleted'], to: { value: true } }] satisfies Change,
  guard: (id: TopicId): Guard => [isTopic(id), isAlive],
}
