/**
 * What a process has seen of the offsets that it commits: when each partition's last commit was. The next commit names that
 * one (`seenCommitsGuard`), so a copy of it that comes late, or a coordinator that wakes up late, is refused. A hint, like
 * every view; and one commit of a partition at a time, since the second of two at once would be refused for the first.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import { offsetsViewsMax } from '../base/limits.ts'
import type { Item, Key } from '../store/meta-store.ts'
import { type SeenCommits, shardFromItem } from './offsets-item.ts'

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`

export class OffsetsViews {
  readonly #views = new BoundedMap<string, SeenCommits>(offsetsViewsMax)
  /** The last commit of each partition that is under way. */
  readonly #turns = new Map<string, Promise<unknown>>()

  get(key: Key): SeenCommits | undefined {
    return this.#views.get(nameOf(key))
  }

  /** An item that takes commits, as an answer has shown it. */
  see(item: Item): SeenCommits {
    const { offsets } = shardFromItem(item)
    const seen = new Map([...offsets].map(([partition, { committedMs }]) => [partition, committedMs]))
    this.#views.set(nameOf(item), seen)
    return seen
  }

  forget(key: Key): void {
    this.#views.delete(nameOf(key))
  }

  /** After all that this process has begun for any of these partitions, whatever became of it. */
  async inTurn<T>(key: Key, partitions: Iterable<number>, commit: () => Promise<T>): Promise<T> {
    const names = [...partitions].map((partition) => `${nameOf(key)} ${partition}`)
    const before = names.map((name) => this.#turns.get(name))
    const own = Promise.allSettled(before).then(commit)
    for (const name of names) this.#turns.set(name, own)
    try {
      return await own
    } finally {
      for (const name of names) if (this.#turns.get(name) === own) this.#turns.delete(name)
    }
  }
}
