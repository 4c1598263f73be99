/**
 * Finding topics: by name, by id, and page by page. A deleted topic's tombstone is absent for every reader. Only a
 * strongly consistent read may say that a topic is not there; one that is remembered or read cheaply may be a few seconds
 * old, which the guards on what it leads to make harmless.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import type { TopicId } from '../base/ids.ts'
import {
  goneTopicsRememberedMax,
  topicCacheMsMax,
  topicListMax,
  topicNameLengthMax,
  topicScanPagesMax,
} from '../base/limits.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { pageLimit, sortKeyAfter } from '../store/paging.ts'
import { TopicCache } from './topic-cache.ts'
import type { TopicConfigs } from './topic-config.ts'
import type { TopicDefaults } from './topic-defaults.ts'
import { isDeleted, type Topic, topicFromItem, topicKey, topicsFrom, topicsPartition, topicsTo } from './topic-item.ts'
import { topicNameProblem } from './topic-names.ts'

export interface TopicsPage {
  /** In the order of their names, in which '.' and '_' count as one character. */
  readonly topics: readonly Topic[]
  /** Pass as `after` for the rest; absent when this was the last page. */
  readonly next?: string
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable` when the store cannot answer. */
export class TopicReader {
  readonly #meta: MetaStore
  readonly #cache: TopicCache
  readonly #defaults: TopicDefaults
  /** Ids that nobody had, and when the search for each began. */
  readonly #missing = new BoundedMap<TopicId, number>(goneTopicsRememberedMax)

  constructor(ports: {
    readonly meta: MetaStore
    readonly clock: Clock
    readonly cacheMs?: number | undefined
    readonly defaults: TopicDefaults
  }) {
    this.#meta = ports.meta
    this.#defaults = ports.defaults
    this.#cache = new TopicCache(ports.clock, Math.min(ports.cacheMs ?? topicCacheMsMax, topicCacheMsMax))
  }

  /** The topic, or `undefined`. Costs nothing while remembered; `fresh` sees every change that was answered before. */
  async get(name: string, options: { readonly fresh?: boolean } = {}): Promise<Topic | undefined> {
    if (topicNameProblem(name) !== undefined) return undefined
    if (options.fresh === true) {
      const start = this.#cache.startRead()
      const topic = await this.#read(name, true)
      this.#cache.found(name, topic, start)
      return topic
    }
    return (
      this.#cache.get(name) ??
      this.#cache.read(name, async () => {
        const topic = await this.#read(name, false)
        // An eventually consistent read may not know yet what was created.
        return topic ?? this.#read(name, true)
      })
    )
  }

  /** The topic if it is remembered, without a promise: for requests that come by the thousand. */
  remembered(name: string): Topic | undefined {
    return this.#cache.get(name)
  }

  /** As `remembered`, by id. */
  rememberedById(id: TopicId): Topic | undefined {
    return this.#cache.byId(id)
  }

  /**
   * The topic of an id, or `undefined`. There is no index by id, as it would cost every creation a second write: an id
   * that the process has not met is looked for among all topics, one read for about 4,000 of them, and all are then
   * remembered. An id that was not found is not looked for again within `cacheMs`; another one is, since it may be of a topic
   * that was created meanwhile, or that this process has changed and so forgotten.
   */
  async byId(id: TopicId): Promise<Topic | undefined> {
    const remembered = this.#cache.byId(id)
    if (remembered !== undefined) return remembered
    const missingMs = this.#missing.get(id)
    if (missingMs !== undefined && this.#cache.isYoung(missingMs)) return undefined
    const start = this.#cache.startRead()
    await this.#defaults.freshen()
    let found: Topic | undefined
    let from = topicsFrom
    for (let page = 0; page < topicScanPagesMax; page++) {
      const { items, more } = await this.#meta.query(topicsPartition, { from, to: topicsTo, strong: true })
      for (const topic of items.filter((item) => !isDeleted(item)).map(this.#topic)) {
        this.#cache.found(topic.name, topic, start)
        if (topic.id === id) found = topic
      }
      const last = items.at(-1)
      if (!more || last === undefined) break
      from = sortKeyAfter(last.sk)
    }
    if (found === undefined) this.#missing.set(id, start.ms)
    return found
  }

  /** Up to `limit` (1 to `topicListMax`) topics whose names sort after `after`. Strongly consistent, not a snapshot. */
  async list(options: { readonly after?: string; readonly limit?: number } = {}): Promise<TopicsPage> {
    const limit = pageLimit(options.limit, topicListMax)
    const topics: Topic[] = []
    await this.#defaults.freshen()
    let from = options.after === undefined ? topicsFrom : sortKeyAfter(topicKey(cutName(options.after)).sk)
    // What a person asks to go on from may be no name at all, and sort behind all of them.
    if (from > topicsTo) return { topics }
    for (let page = 1; ; page++) {
      const range = { from, to: topicsTo, limit: limit - topics.length, strong: true }
      const { items, more } = await this.#meta.query(topicsPartition, range)
      topics.push(...items.filter((item) => !isDeleted(item)).map(this.#topic))
      const last = items.at(-1)
      if (!more || last === undefined) return { topics }
      if (topics.length === limit || page === topicScanPagesMax) return { topics, next: topicFromItem(last).name }
      from = sortKeyAfter(last.sk)
    }
  }

  /** This process has changed, or tried to change, the topic: forget it. */
  changed(name: string): void {
    this.#cache.changed(name)
  }

  readonly #topic = (item: Item) => topicFromItem(item, this.#defaults.current())

  async #read(name: string, strong: boolean): Promise<Topic | undefined> {
    const [item] = await Promise.all([this.#meta.get(topicKey(name), { strong }), this.#defaults.freshen()])
    return livingTopic(name, item, this.#defaults.current())
  }
}

/** The living topic of exactly this name in an item that names which differ in '.' and '_' share. */
export function livingTopic(name: string, item: Item | undefined, defaults: TopicConfigs): Topic | undefined {
  return item === undefined || item.name !== name || isDeleted(item) ? undefined : topicFromItem(item, defaults)
}

/** No name is longer, so the same names sort behind what is cut. A key is neither longer nor ill-formed. */
function cutName(name: string): string {
  return name.slice(0, topicNameLengthMax).toWellFormed()
}
