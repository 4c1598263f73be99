/**
 * Sees every change of a head at the moment it happens, and reads what it names straight from the stores: the whole
 * history of each partition, also of what is trimmed and swept later. Shares nothing with the log but the items' codecs.
 */
import type { PartitionId } from '../../lib/base/ids.ts'
import { parseHead, type TailEntry, tailEntries } from '../../lib/log/head.ts'
import { inlineKey, intakeObjectKey, partitionKey } from '../../lib/log/keys.ts'
import type { Answer, Change, Guard, Item, Key, MetaStore } from '../../lib/store/meta-store.ts'
import { recordsOf, type Stores } from './world.ts'

export class Witness {
  /** What the world writes to: the same stores, but nothing escapes the witness. */
  readonly stores: Stores
  readonly #inner: Stores
  readonly #histories = new Map<string, string[]>()
  readonly #epochs = new Map<string, number[]>()
  readonly #ids: ReadonlyMap<string, PartitionId>

  constructor(inner: Stores, ids: readonly PartitionId[]) {
    this.#inner = inner
    this.#ids = new Map(ids.map((id) => [partitionKey(id), id]))
    const { meta } = inner
    const watched: MetaStore = {
      get: (key, options) => meta.get(key, options),
      getMany: (keys, options) => meta.getMany(keys, options),
      query: (pk, range) => meta.query(pk, range),
      delete: (key, guard) => meta.delete(key, guard),
      put: (item: Item, guard?: Guard) => this.#seen(meta.put(item, guard)),
      update: (key: Key, change: Change, guard?: Guard) => this.#seen(meta.update(key, change, guard)),
    }
    this.stores = { meta: watched, objects: inner.objects }
  }

  /** The leader epoch under which each record was appended, by offset. */
  epochs(id: PartitionId): readonly number[] {
    return this.#epochs.get(partitionKey(id)) ?? []
  }

  /** The value at each offset, from 0 on. */
  history(id: PartitionId): readonly string[] {
    return this.#histories.get(partitionKey(id)) ?? []
  }

  async #seen(answering: Promise<Answer>): Promise<Answer> {
    const answer = await answering
    const id = 'done' in answer && answer.done.sk === 'head' ? this.#ids.get(answer.done.pk) : undefined
    if (id && 'done' in answer) await this.#take(id, parseHead(answer.done))
    return answer
  }

  async #take(id: PartitionId, head: ReturnType<typeof parseHead>) {
    const key = partitionKey(id)
    const history = this.#histories.get(key) ?? []
    this.#histories.set(key, history)
    const entries = tailEntries(head).filter(({ base }) => base >= history.length)
    // Filled at once: a later head may be looked at before these bytes are read.
    const from = history.length
    history.length = head.next
    const epochs = this.#epochs.get(key) ?? []
    this.#epochs.set(key, [...epochs, ...Array<number>(head.next - from).fill(head.epoch)])
    let at = from
    for (const entry of entries) {
      if (entry.base !== at) throw new Error(`${key}: a pointer at ${entry.base} where ${at} was expected`)
      for (const { value } of recordsOf(await this.#bytes(id, entry))) history[at++] = value
      if (at !== entry.end) throw new Error(`${key}: records to ${at} where ${entry.end} was expected`)
    }
    if (at !== head.next) throw new Error(`${key}: pointers to ${at}, and the log ends at ${head.next}`)
  }

  async #bytes(id: PartitionId, { pointer: { inline, name, position, length } }: TailEntry): Promise<Uint8Array> {
    const all = inline
      ? (await this.#inner.meta.get(inlineKey(id, name)))?.b
      : await this.#inner.objects.get(intakeObjectKey(name))
    if (!(all instanceof Uint8Array)) throw new Error(`a head names bytes that are not there: ${name}`)
    return all.subarray(position, position + length)
  }
}
