/**
 * The topics that a process remembers, by name and by id, for a short time and in a bounded number. What it remembers is
 * a hint: an old partition count or config is at most `cacheMs` old, and a deleted topic's heads refuse its writers.
 * A burst of lookups of one name is one read of the store.
 */
import type { Clock } from '../base/clock.ts'
import type { TopicId } from '../base/ids.ts'
import { topicsCachedMax } from '../base/limits.ts'
import type { Topic } from './topic-item.ts'

interface Entry {
  readonly topic: Topic
  readonly readMs: number
}

export class TopicCache {
  readonly #clock: Clock
  readonly #cacheMs: number
  readonly #byName = new Map<string, Entry>()
  readonly #nameById = new Map<TopicId, string>()
  readonly #reading = new Map<string, Promise<Topic | undefined>>()

  constructor(clock: Clock, cacheMs: number) {
    this.#clock = clock
    this.#cacheMs = cacheMs
  }

  get(name: string): Topic | undefined {
    const entry = this.#byName.get(name)
    return entry !== undefined && this.#isYoung(entry.readMs) ? entry.topic : undefined
  }

  byId(id: TopicId): Topic | undefined {
    const name = this.#nameById.get(id)
    const topic = name === undefined ? undefined : this.get(name)
    return topic?.id === id ? topic : undefined
  }

  /** `readMs`: when the read that found the topic was begun. */
  put(topic: Topic, readMs: number): void {
    this.drop(topic.name)
    this.#byName.set(topic.name, { topic, readMs })
    this.#nameById.set(topic.id, topic.name)
    const oldest = this.#byName.size > topicsCachedMax ? this.#byName.keys().next().value : undefined
    if (oldest !== undefined) this.drop(oldest)
  }

  /** Forgets a topic, and whatever a read that is under way will find: it may be older than the change just made. */
  drop(name: string): void {
    const entry = this.#byName.get(name)
    this.#byName.delete(name)
    this.#reading.delete(name)
    if (entry !== undefined) this.#nameById.delete(entry.topic.id)
  }

  /** What `read` finds, shared by all who ask for the name meanwhile, and remembered. */
  async reading(name: string, read: () => Promise<Topic | undefined>): Promise<Topic | undefined> {
    const shared = this.#reading.get(name)
    if (shared !== undefined) return shared
    const readMs = this.#clock.now()
    const promise = read()
    this.#reading.set(name, promise)
    try {
      const topic = await promise
      if (this.#reading.get(name) === promise && topic !== undefined) this.put(topic, readMs)
      return topic
    } finally {
      if (this.#reading.get(name) === promise) this.#reading.delete(name)
    }
  }

  #isYoung(readMs: number): boolean {
    // A clock that was set back makes the age negative: that is not young, or nothing would ever age.
    const ageMs = this.#clock.now() - readMs
    return ageMs >= 0 && ageMs < this.#cacheMs
  }
}
