/**
 * The topics that a process remembers, by name and by id, for a short time and in a bounded number. What it remembers is
 * a hint: an old partition count or config is at most `cacheMs` old, and a deleted topic's heads refuse its writers.
 * A burst of lookups of one name is one read of the store, and no read that began before a change of this process's own
 * is remembered after it.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import type { TopicId } from '../base/ids.ts'
import { topicsCachedMax } from '../base/limits.ts'
import type { Topic } from './topic-item.ts'

/** When a read of the store began: at what time, and after how many changes by this process. */
export interface ReadStart {
  readonly ms: number
  readonly changes: number
}

interface Entry {
  readonly topic: Topic
  readonly readMs: number
}

export class TopicCache {
  readonly #clock: Clock
  readonly #cacheMs: number
  readonly #byName = new BoundedMap<string, Entry>(topicsCachedMax)
  readonly #nameById = new Map<TopicId, string>()
  readonly #reading = new Map<string, Promise<Topic | undefined>>()
  #changes = 0

  constructor(clock: Clock, cacheMs: number) {
    this.#clock = clock
    this.#cacheMs = cacheMs
  }

  get(name: string): Topic | undefined {
    const entry = this.#byName.get(name)
    return entry !== undefined && this.isYoung(entry.readMs) ? entry.topic : undefined
  }

  byId(id: TopicId): Topic | undefined {
    const name = this.#nameById.get(id)
    const topic = name === undefined ? undefined : this.get(name)
    return topic?.id === id ? topic : undefined
  }

  /** Whether what was read then may still be acted upon. */
  isYoung(readMs: number): boolean {
    // A clock that was set back makes the age negative: that is not young, or nothing would ever age.
    const ageMs = this.#clock.now() - readMs
    return ageMs >= 0 && ageMs < this.#cacheMs
  }

  startRead(): ReadStart {
    return { ms: this.#clock.now(), changes: this.#changes }
  }

  /** Remembers what a read found: a topic, or that there is none of the name. */
  found(name: string, topic: Topic | undefined, start: ReadStart): void {
    if (start.changes !== this.#changes) return
    this.#drop(name)
    if (topic === undefined) return
    const forgotten = this.#byName.set(name, { topic, readMs: start.ms })
    if (forgotten !== undefined) this.#nameById.delete(forgotten.topic.id)
    this.#nameById.set(topic.id, name)
  }

  /** This process has changed, or tried to change, a topic: what it remembers of it may be wrong. */
  changed(name: string): void {
    this.#changes++
    this.#drop(name)
    this.#reading.delete(name)
  }

  /** What `read` finds, shared by all who ask for the name meanwhile, and remembered. */
  async read(name: string, read: () => Promise<Topic | undefined>): Promise<Topic | undefined> {
    const shared = this.#reading.get(name)
    if (shared !== undefined) return shared
    const start = this.startRead()
    const promise = read()
    this.#reading.set(name, promise)
    try {
      const topic = await promise
      this.found(name, topic, start)
      return topic
    } finally {
      if (this.#reading.get(name) === promise) this.#reading.delete(name)
    }
  }

  #drop(name: string): void {
    const entry = this.#byName.get(name)
    this.#byName.delete(name)
    if (entry !== undefined) this.#nameById.delete(entry.topic.id)
  }
}
