/**
 * The intake objects that hold nothing but a deleted topic's batches go with it; those that other topics' batches lie in are
 * left to the sweep. An index names an object only through an update of a partition that its footer lists, so where all of
 * those are fenced nobody ever will again, and who still follows a pointer finds the fence behind it.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { TopicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { deletionFootersMax, deletionNamesKeptMax, readCallsAtOnceMax } from '../base/limits.ts'
import type { Item } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readFooter } from './footer-read.ts'
import { parseHead, tailEntries } from './head.ts'
import { intakeObjectKey } from './keys.ts'
import { parsePage } from './page.ts'

export class OwnObjects {
  readonly #objects: ObjectStore
  readonly #topic: TopicId
  readonly #fenced: number
  readonly #footersMax: number
  /** Partitions share objects: each is looked at once. */
  readonly #seen = new BoundedMap<string, true>(deletionNamesKeptMax)
  #looks = 0
  #deleted = 0

  /** Partitions 0 to `fenced` - 1 of the topic are fenced. */
  constructor(objects: ObjectStore, topic: TopicId, fenced: number, footersMax = deletionFootersMax) {
    this.#objects = objects
    this.#topic = topic
    this.#fenced = fenced
    this.#footersMax = footersMax
  }

  get deleted(): number {
    return this.#deleted
  }

  /** It has done as much as a step of a janitor has time for. */
  get isEnough(): boolean {
    return this.#looks >= this.#footersMax
  }

  /** Deletes those that items of a fenced partition, its head or pages, name. One read for each, and their deletion. */
  async delete(items: readonly Item[]): Promise<void> {
    const fresh = new Set(items.flatMap(namesIn).filter((name) => !this.#seen.has(name)))
    for (const name of fresh) this.#seen.set(name, true)
    this.#looks += fresh.size
    const keys = await inParallel([...fresh], readCallsAtOnceMax, async (name) => {
      const key = intakeObjectKey(name)
      return (await this.#isOwn(key)) ? [key] : []
    })
    const own = keys.flat()
    if (own.length > 0) await this.#objects.delete(own)
    this.#deleted += own.length
  }

  async #isOwn(key: string): Promise<boolean> {
    const entries = await readFooter(this.#objects, key)
    return entries?.every(({ topicId, partition }) => topicId === this.#topic && partition < this.#fenced) ?? false
  }
}

/** What the head's tail or a page names, but for inline items and segments. */
function namesIn(item: Item): string[] {
  if (item.sk === 'head') return objectNames(tailEntries(parseHead(item)))
  if (!item.sk.startsWith('page#')) return []
  const { segment, entries } = parsePage(item)
  return segment ? [] : objectNames(entries)
}

const objectNames = (entries: readonly { readonly pointer: { readonly name: string; readonly inline: boolean } }[]) =>
  entries.filter(({ pointer }) => !pointer.inline).map(({ pointer }) => pointer.name)
