/**
 * The topics of a world, as they were written: which of a name was there from when to when, by the moments of the history. What
 * processes say of topics is held against it. Knows of the code the items' shape alone.
 */
import type { PartitionId } from '../../lib/base/ids.ts'
import type { Item } from '../../lib/store/meta-store.ts'
import type { History } from './history.ts'
import type { Story } from './story.ts'
import { nameOf } from './witness.ts'

/** Between which moments something was asked and answered. */
export interface During {
  readonly invoked: number
  readonly returned: number
}

/** One topic of a name, which may have had others before it and after it. */
export interface Incarnation {
  readonly id: string
  readonly name: string
  readonly since: number
  /** As they grew: how many, and from which moment on. */
  readonly partitions: { readonly count: number; readonly since: number }[]
  /** `undefined`: it is there. */
  until: number | undefined
  untilMs: number
}

export class TopicRecord {
  readonly #all = new Map<string, Incarnation>()
  readonly #deletions: (During & { readonly id: string | undefined })[] = []
  readonly #history: History
  readonly #story: Story
  readonly #nowMs: () => number

  constructor({ history, story, nowMs }: { history: History; story: Story; nowMs: () => number }) {
    this.#history = history
    this.#story = story
    this.#nowMs = nowMs
  }

  get count(): number {
    return this.#all.size
  }

  /** In the order in which they were made. */
  of(name: string): Incarnation[] {
    return [...this.#all.values()].filter((each) => each.name === name)
  }

  byId(id: string): Incarnation | undefined {
    return this.#all.get(id)
  }

  /** By the key of a partition's items: `partition#<topic id>#<n>`. */
  byPartition(key: string): Incarnation | undefined {
    return this.#all.get(key.split('#')[1] ?? '')
  }

  /** Told of every item that was written. */
  readonly sees = (item: Item): void => {
    if (item.pk !== 'cluster' || !item.sk.startsWith('topic#')) return
    const { id, name, partitions, deleted } = item as Item & { id: string; name: string; partitions: number }
    const known = this.#all.get(id)
    if (!known) {
      this.#made(id, name, partitions)
      return
    }
    const { count } = known.partitions.at(-1) as { count: number }
    if (partitions < count) this.#history.violation(`${name} has ${partitions} partitions, and had ${count}`)
    if (known.until !== undefined && deleted !== true) this.#history.violation(`${name} ${id} comes back to life`)
    if (partitions > count) known.partitions.push({ count: partitions, since: this.#history.moment() })
    if (deleted !== true || known.until !== undefined) return
    known.until = this.#history.moment()
    known.untilMs = this.#nowMs()
    this.#story.tell(() => `stored: ${name} ${id.slice(0, 4)} is deleted`, 'topics')
  }

  /** A client is told that a partition is not there: then somebody has deleted its topic. */
  isTold(client: string, id: PartitionId): void {
    if (this.#all.get(id.topicId)?.until !== undefined) return
    this.#history.violation(`${client} is told that ${nameOf(id)} is not there, and nobody has deleted it`)
  }

  /** Somebody was told that this topic is what has the name, or that nothing has: it was so at some moment meanwhile. */
  isThereDuring(
    client: string,
    name: string,
    told: { readonly id: string; readonly partitions: number } | undefined,
    { invoked, returned }: During,
  ): void {
    const all = this.of(name)
    if (told === undefined) {
      const isNeverAway = all.some(({ since, until }) => since < invoked && (until === undefined || until > returned))
      if (isNeverAway) this.#history.violation(`${client} is told that there is no ${name}, and there is`)
      return
    }
    const found = this.#all.get(told.id)
    const isThere = found && found.since <= returned && (found.until === undefined || found.until >= invoked)
    if (!isThere) {
      this.#history.violation(`${client} is told of ${name} ${told.id}, which is not there`)
      return
    }
    const least = found.partitions.findLast(({ since }) => since < invoked)?.count ?? 0
    const most = found.partitions.findLast(({ since }) => since <= returned)?.count ?? 0
    if (told.partitions >= least && told.partitions <= most) return
    this.#history.violation(`${client} is told that ${name} has ${told.partitions} partitions, not ${least} to ${most}`)
  }

  isMadeDuring(client: string, id: string, { invoked, returned }: During): void {
    const found = this.#all.get(id)
    if (found && found.since > invoked && found.since < returned) return
    this.#history.violation(`${client} is told that it has created ${id}, which ${found ? 'was' : 'is not'} there`)
  }

  /** Somebody has asked for a deletion, and was told which topic that was, or nothing that says so. */
  isDeletedBy(during: During, id?: string): void {
    this.#deletions.push({ ...during, id })
  }

  /** Whatever has gone, somebody was told that it was he, or was told nothing while it went. */
  judgeDeletions(): void {
    for (const { id, name, until } of this.#all.values()) {
      if (until === undefined) continue
      const isMeant = this.#deletions.some((each) =>
        each.id === undefined ? each.invoked < until && each.returned > until : each.id === id,
      )
      if (!isMeant) this.#history.violation(`${name} ${id} is deleted, and nobody has asked for that`)
    }
  }

  isDeletedDuring(client: string, id: string, { invoked, returned }: During): void {
    const until = this.#all.get(id)?.until
    if (until !== undefined && until > invoked && until < returned) return
    this.#history.violation(`${client} is told that it has deleted ${id}, which was ${until ? 'gone' : 'not deleted'}`)
  }

  #made(id: string, name: string, partitions: number): void {
    const since = this.#history.moment()
    for (const other of this.of(name)) {
      if (other.until === undefined) this.#history.violation(`${name} is made anew, over one that is there`)
    }
    this.#all.set(id, { id, name, since, partitions: [{ count: partitions, since }], until: undefined, untilMs: 0 })
    this.#story.tell(() => `stored: ${name} is ${id.slice(0, 4)}, of ${partitions} partitions`, 'topics')
  }
}
