/**
 * Whether a topic is there, by a look that nothing remembered can mislead: bytes are deleted on a "no". A topic that is
 * gone once is gone for ever, so a "no" may be remembered.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { TopicId } from '../base/ids.ts'
import { goneTopicsRememberedMax } from '../base/limits.ts'
import type { Topics } from '../cluster/topics.ts'

/** Remembers up to `goneTopicsRememberedMax` topics that are gone. */
export class TopicExistence {
  readonly #topics: Pick<Topics, 'list' | 'byId'>
  readonly #gone = new BoundedMap<TopicId, true>(goneTopicsRememberedMax)

  constructor(topics: Pick<Topics, 'list' | 'byId'>) {
    this.#topics = topics
  }

  /** `id` is of a topic that was created before: it was read from something that its writers wrote. */
  async exists(id: TopicId): Promise<boolean> {
    if (this.#gone.has(id)) return false
    // Remembered from before its deletion is no harm: a partition is then treated as living once more.
    if (await this.#topics.byId(id)) return true
    for (let after: string | undefined; ; ) {
      const page = await this.#topics.list(after === undefined ? {} : { after })
      if (page.topics.some((topic) => topic.id === id)) return true
      if (page.next === undefined) break
      after = page.next
    }
    this.#gone.set(id, true)
    return false
  }
}
