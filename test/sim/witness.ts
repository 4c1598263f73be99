/**
 * The world's stores. They see every change of a head at the moment at which it happens, and read at once what it names: the
 * whole history of each partition, also of what is trimmed and swept later. And what need not be strongly consistent is at
 * times not: it sees an item as it was before its last change. Shares nothing with the log but the codecs of its items.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { inlineKey, intakeObjectKey, partitionKey } from '../../lib/log/keys.ts'
import { parsePointerKey } from '../../lib/log/pointer.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { Item, Key, MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { recordsOf } from '../log/world.ts'
import type { History } from './history.ts'
import type { Mishaps } from './mishaps.ts'
import type { Story } from './story.ts'

/** Of a partition, from its first record on. */
export interface Truth {
  readonly key: string
  /** By offset. */
  readonly values: string[]
  /** By offset: the epoch in which the record came. */
  readonly epochs: number[]
  epoch: number
  next: number
  tailStart: number
  logStart: number
  floorMs: number
  /** What was appended with one pointer, in order. */
  readonly units: Unit[]
  /** Its topic is gone, and so is its head: who has slept for a day may make one more, which nobody reads. */
  isBuried?: boolean
}

/** Of a partition that nobody has written to. */
export const emptyTruth = (key: string): Truth => ({
  key,
  values: [],
  epochs: [],
  epoch: 0,
  next: 0,
  tailStart: 0,
  logStart: 0,
  floorMs: 0,
  units: [],
})

/** What retention lets go as a whole, while it is in no page. */
export interface Unit {
  readonly base: number
  readonly bytes: number
  readonly newestMs: number
}

export interface WitnessParts {
  readonly clock: Clock
  readonly history: History
  readonly story: Story
  readonly mishaps: Mishaps
  /** Of each process's reads. */
  readonly entropy: (process: string) => Entropy
  /** See `Weather.stale`. */
  readonly stale: number
  /** Whether a partition's topic has been deleted: then what a late writer still appends to it may name what was swept. */
  readonly isGone: (partition: string) => boolean
}

/** A head's whose topic is deleted. */
const deletedEpoch = -1
/** An eventually consistent read is behind by up to this; DynamoDB's documents say «usually a second or less». */
const staleMsMax = 1_000

export class Witness {
  readonly meta = new MemoryMetaStore()
  readonly objects: ObjectStore = new MemoryObjectStore()
  readonly truths = new Map<string, Truth>()
  /** Told of every item that was written. */
  readonly watchers: ((item: Item) => void)[] = []
  /** Told when a log's start has risen, before `truth` says so. */
  whenTrimmed: (truth: Truth, logStart: number, process: string) => void = () => {}
  readonly #parts: WitnessParts
  readonly #changed = new Map<string, Map<string, { readonly before: Item | undefined; readonly atMs: number }>>()
  #reading: Promise<unknown> = Promise.resolve()

  constructor(parts: WitnessParts) {
    this.#parts = parts
  }

  /** The stores as one process meets them, before its line. */
  seenBy(process: string): MetaStore {
    const { meta } = this
    const isFresh = this.#parts.stale === 0
    const { fraction } = this.#parts.entropy(process)
    let seen = 0
    const stale = (pk: string, sk: string, item: Item | undefined) => {
      const place = `${process}/${seen++}`
      return fraction() < this.#parts.stale ? this.#stale(place, { pk, sk }, item) : item
    }
    return {
      get: (key, options) => {
        const item = meta.get(key)
        return options?.strong || isFresh ? item : item.then((found) => stale(key.pk, key.sk, found))
      },
      getMany: (keys, options) => {
        const items = meta.getMany(keys)
        if (options?.strong || isFresh) return items
        return items.then((all) => all.map((item, nth) => stale((keys[nth] as Key).pk, (keys[nth] as Key).sk, item)))
      },
      query: (pk, range) => {
        const page = meta.query(pk, range)
        if (range?.strong || isFresh) return page
        return page.then(({ items, more }) => ({
          items: items.flatMap((item) => stale(pk, item.sk, item) ?? []),
          more,
        }))
      },
      put: (item, guard) => this.#changes(process, item, () => meta.put(item, guard)),
      update: (key, change, guard) => this.#changes(process, key, () => meta.update(key, change, guard)),
      delete: async (key, guard) => {
        const answer = await this.#changes(process, key, () => meta.delete(key, guard))
        const truth = key.sk === 'head' && 'done' in answer ? this.truths.get(key.pk) : undefined
        if (truth) truth.isBuried = true
        return answer
      },
    }
  }

  /** All that was named has been read. */
  settled(): Promise<unknown> {
    return this.#reading
  }

  async #changes<Answer extends { done: Item | undefined } | { refused: Item | undefined }>(
    process: string,
    key: Key,
    change: () => Promise<Answer>,
  ): Promise<Answer> {
    const { clock, stale } = this.#parts
    const before = stale > 0 ? await this.meta.get(key) : undefined
    const answer = await change()
    if (!('done' in answer)) return answer
    if (stale > 0) {
      const items = this.#changed.get(key.pk) ?? new Map()
      this.#changed.set(key.pk, items)
      items.set(key.sk, { before, atMs: clock.now() })
    }
    if (answer.done) {
      for (const watch of this.watchers) watch(answer.done)
      if (key.sk === 'head' && key.pk.startsWith('partition#')) this.#sees(process, answer.done)
    }
    return answer
  }

  #stale(place: string, { pk, sk }: Key, item: Item | undefined): Item | undefined {
    const { clock, mishaps, story } = this.#parts
    const changed = this.#changed.get(pk)?.get(sk)
    if (!changed || clock.now() - changed.atMs > staleMsMax || !mishaps.happens('stale', place)) return item
    story.tell(() => `${place.slice(0, place.indexOf('/'))} sees ${pk} ${sk} as it was before its last change`)
    return changed.before
  }

  #sees(process: string, head: Item): void {
    const { history, story } = this.#parts
    const known = this.truths.get(head.pk)
    if (known?.isBuried && this.#parts.isGone(head.pk)) return
    const truth = known ?? emptyTruth(head.pk)
    if (!known) this.truths.set(head.pk, truth)
    const [epoch, next, tailStart, logStart, floorMs] = [head.e, head.n, head.t, head.s, head.f] as number[] as [
      number,
      number,
      number,
      number,
      number,
    ]
    const name = shortName(head.pk)
    story.tell(() => {
      const says = (what: string, from: number, to: number) => (from === to ? [] : [`${what} ${from} -> ${to}`])
      const all = [
        ...says('epoch', truth.epoch, epoch),
        ...says('next', truth.next, next),
        ...says('tailStart', truth.tailStart, tailStart),
        ...says('logStart', truth.logStart, logStart),
        ...(truth.floorMs === floorMs ? [] : [`floor +${floorMs - truth.floorMs}`]),
      ]
      return `${process} changes ${name}: ${all.join(', ') || 'nothing that counts'}`
    }, name)
    const isDown =
      (epoch < truth.epoch && epoch !== deletedEpoch) ||
      (truth.epoch === deletedEpoch && epoch !== deletedEpoch) ||
      next < truth.next ||
      tailStart < truth.tailStart ||
      logStart < truth.logStart ||
      floorMs < truth.floorMs
    if (isDown) history.violation(`${name}: something in its head went down, by ${process}`)
    if (epoch === deletedEpoch && (next > truth.next || logStart > truth.logStart)) {
      history.violation(`${name}: its topic is deleted, and ${process} has changed it`)
    }
    if (next > truth.next) {
      truth.epochs.push(...Array<number>(next - truth.next).fill(epoch))
      this.#appended(truth, head, next)
    }
    if (logStart > truth.logStart) this.whenTrimmed(truth, logStart, process)
    Object.assign(truth, { epoch, next: Math.max(next, truth.next), tailStart, logStart, floorMs })
  }

  #appended(truth: Truth, head: Item, next: number): void {
    const tail = head.q as Readonly<Record<string, number>>
    const from = truth.next
    truth.values.length = next
    const fresh = Object.entries(tail).filter(([, base]) => base >= from)
    for (const [key, base] of fresh.sort(([, a], [, b]) => a - b)) {
      const { length: bytes, maxTimestamp: newestMs } = parsePointerKey(key)
      truth.units.push({ base, bytes, newestMs })
      const reading = this.#read(truth, key, base)
      const before = this.#reading
      this.#reading = before.then(() => reading)
    }
  }

  async #read(truth: Truth, key: string, base: number): Promise<void> {
    const { inline, name, position, length } = parsePointerKey(key)
    const bytes = inline
      ? (await this.meta.get({ pk: truth.key, sk: inlineKeyOf(name) }))?.b
      : await this.objects.get(intakeObjectKey(name))
    if (!(bytes instanceof Uint8Array)) {
      if (this.#parts.isGone(truth.key)) return
      return this.#parts.history.violation(
        `${shortName(truth.key)}: bytes of ${name} are named at ${base}, and not there`,
      )
    }
    let at = base
    for (const { value } of recordsOf(bytes.subarray(position, position + length))) truth.values[at++] = value
  }
}

const inlineKeyOf = (name: string) => inlineKey({ topicId: '' as never, partition: 0 }, name).sk

/** `partition#<22 characters>#00003`, for people: the topic's first letters and the number. */
const shortName = (pk: string) => `${pk.slice(10, 14)}-${Number(pk.slice(-5))}`
export const nameOf = (id: Parameters<typeof partitionKey>[0]) => shortName(partitionKey(id))
