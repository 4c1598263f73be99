/**
 * Topics that are deleted and whose data is still there: the janitor's list of work. A deletion is decided in the topic's
 * own item; only then is the work recorded here, so a process that dies between the two leaves a topic marked deleted
 * without work. `finish` finds those, as does the next creation of the name.
 */
import type { Clock } from '../base/clock.ts'
import type { TopicId } from '../base/ids.ts'
import { topicListMax } from '../base/limits.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { pageLimit, sortKeyAfter } from '../store/paging.ts'
import {
  type DeletedTopic,
  deletedTopicFromItem,
  deletedTopicGuard,
  deletedTopicKey,
  deletedTopicsFrom,
  deletedTopicsTo,
  deletedTopicToItem,
  sweptTo,
} from './deleted-topic-item.ts'
import {
  deletedGuard,
  isDeleted,
  type Topic,
  topicFromItem,
  topicKey,
  topicsFrom,
  topicsPartition,
  topicsTo,
} from './topic-item.ts'
import { untilKnown } from './until-known.ts'

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class DeletedTopics {
  readonly #meta: MetaStore
  readonly #clock: Clock
  #recorded = 0

  constructor(ports: { readonly meta: MetaStore; readonly clock: Clock }) {
    this.#meta = ports.meta
    this.#clock = ports.clock
  }

  /** How often `record` has put work, or found it put: that there may be more to do shows by it. */
  get recorded(): number {
    return this.#recorded
  }

  /** Puts the work of a topic whose item says `deleted`, if it is not there yet. One write. */
  async record(topic: Topic): Promise<void> {
    const { id, name, partitions } = topic
    const item = deletedTopicToItem({ id, name, partitions, deletedMs: this.#clock.now(), swept: 0 })
    await untilKnown(this.#clock, () => this.#meta.put(item, deletedTopicGuard))
    this.#recorded++
  }

  /** The work of one deleted topic, or `undefined`. Strongly consistent. */
  async get(id: TopicId): Promise<DeletedTopic | undefined> {
    const item = await this.#meta.get(deletedTopicKey(id), { strong: true })
    return item === undefined ? undefined : deletedTopicFromItem(item)
  }

  /** Up to `limit` (1 to `topicListMax`) deleted topics whose ids sort after `after`; `next` goes on. */
  async list(
    options: { readonly after?: TopicId; readonly limit?: number } = {},
  ): Promise<{ readonly topics: readonly DeletedTopic[]; readonly next?: TopicId }> {
    const limit = pageLimit(options.limit, topicListMax)
    const from = options.after === undefined ? deletedTopicsFrom : sortKeyAfter(deletedTopicKey(options.after).sk)
    const { items, more } = await this.#meta.query(topicsPartition, { from, to: deletedTopicsTo, limit, strong: true })
    const topics = items.map(deletedTopicFromItem)
    const last = topics.at(-1)
    return more && last !== undefined ? { topics, next: last.id } : { topics }
  }

  /**
   * Records the work of topics marked deleted for which nobody did: one page of topics, `limit` at most, from behind the
   * opaque `after`. One read, and a write for each tombstone whose work is missing. `next` goes on; absent at the end.
   */
  async finish(
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<{ readonly recorded: readonly TopicId[]; readonly next?: string }> {
    const limit = pageLimit(options.limit, topicListMax)
    const from = options.after ?? topicsFrom
    const { items, more } = await this.#meta.query(topicsPartition, { from, to: topicsTo, limit, strong: true })
    const dead = items.filter(isDeleted).map((item) => topicFromItem(item))
    const works = await this.#meta.getMany(
      dead.map((topic) => deletedTopicKey(topic.id)),
      { strong: true },
    )
    const recorded: TopicId[] = []
    for (const [index, topic] of dead.entries()) {
      if (works[index] !== undefined) continue
      await this.record(topic)
      recorded.push(topic.id)
    }
    const last = items.at(-1)
    return more && last !== undefined ? { recorded, next: sortKeyAfter(last.sk) } : { recorded }
  }

  /** Notes that partitions 0 to `partitions` - 1 are done, so that a sweep of a wide topic can be resumed. Only up. */
  async sweptTo(id: TopicId, partitions: number): Promise<void> {
    await untilKnown(this.#clock, () =>
      this.#meta.update(deletedTopicKey(id), sweptTo.change(partitions), sweptTo.guard(partitions)),
    )
  }

  /**
   * Forgets a topic of which nothing is left. Call it a day after `deletedMs`: until then the tombstone keeps a late
   * second copy of the topic's creation from landing. The tombstone goes first, unless a new topic has taken its place;
   * a process that dies between the two leaves the work, which ends here again. Absent is no error.
   */
  async forget(id: TopicId): Promise<void> {
    const topic = await this.get(id)
    if (topic === undefined) return
    await untilKnown(this.#clock, () => this.#meta.delete(topicKey(topic.name), deletedGuard(id)))
    await untilKnown(this.#clock, () => this.#meta.delete(deletedTopicKey(id)))
  }
}
