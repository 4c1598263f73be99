/**
 * Items in memory: the store of simulations and of `--memory`. It answers as DynamoDB does, down to the 1 MB page. What is
 * stored is copied on its way in and frozen, and bytes, which cannot be frozen, are copied on their way out: a caller that
 * writes into what it gave or got changes nothing here, and finds out where it tries.
 */
import { applyChange, compareUtf8, failedClause } from '../../evaluate.ts'
import { checkGuard, checkKey, checkKeys, checkPut, checkQuery, checkUpdate } from '../../meta-call.ts'
import type { Answer, Change, Guard, Item, Key, MetaStore, QueryRange } from '../../meta-store.ts'
import { pageOf } from '../../query-page.ts'
import { copied, frozen } from '../../value-copies.ts'

/** A meta store that lives as long as its process. Its calls never fail, except by `InvalidCall`. */
export class MemoryMetaStore implements MetaStore {
  /** By `pk`, each in the order of `sk`. */
  readonly #partitions = new Map<string, Item[]>()

  async get(key: Key): Promise<Item | undefined> {
    checkKey(key)
    return answered(this.#find(key))
  }

  async getMany(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    checkKeys(keys)
    return keys.map((key) => answered(this.#find(key)))
  }

  async query(pk: string, range: QueryRange = {}): Promise<{ items: Item[]; more: boolean }> {
    checkQuery(pk, range)
    const all = this.#partitions.get(pk) ?? []
    const start = range.from === undefined ? 0 : indexOf(all, range.from)
    const end = range.to === undefined ? all.length : indexAfter(all, range.to)
    const found = all.slice(start, Math.max(start, end))
    if (range.reverse) found.reverse()
    const page = pageOf(found, range.limit)
    return { items: page.items.map(answered), more: page.more }
  }

  async put(item: Item, guard: Guard = []): Promise<Answer> {
    checkPut(item, guard)
    const before = this.#find(item)
    if (failedClause(guard, before)) return { refused: answered(before) }
    const stored = frozen(copied(item))
    this.#store(stored)
    return { done: answered(stored) }
  }

  async update(key: Key, change: Change, guard: Guard = []): Promise<Answer> {
    checkUpdate(key, change, guard)
    const before = this.#find(key)
    if (failedClause(guard, before)) return { refused: answered(before) }
    const stored = frozen(applyChange(before, key, change))
    this.#store(stored)
    return { done: answered(stored) }
  }

  async delete(key: Key, guard: Guard = []): Promise<{ done: Item | undefined } | { refused: Item | undefined }> {
    checkKey(key)
    checkGuard(guard)
    const before = this.#find(key)
    if (failedClause(guard, before)) return { refused: answered(before) }
    if (before) this.#remove(key)
    return { done: answered(before) }
  }

  #find({ pk, sk }: Key): Item | undefined {
    const items = this.#partitions.get(pk) ?? []
    const item = items[indexOf(items, sk)]
    return item?.sk === sk ? item : undefined
  }

  #store(item: Item): void {
    const items = this.#partitions.get(item.pk) ?? []
    this.#partitions.set(item.pk, items)
    const index = indexOf(items, item.sk)
    items.splice(index, items[index]?.sk === item.sk ? 1 : 0, item)
  }

  #remove({ pk, sk }: Key): void {
    const items = this.#partitions.get(pk) ?? []
    items.splice(indexOf(items, sk), 1)
    if (items.length === 0) this.#partitions.delete(pk)
  }
}

/** Where `sk` is, or would be. */
function indexOf(items: readonly Item[], sk: string): number {
  return partitionPoint(items, (item) => compareUtf8(item.sk, sk) < 0)
}

function indexAfter(items: readonly Item[], sk: string): number {
  return partitionPoint(items, (item) => compareUtf8(item.sk, sk) <= 0)
}

/** The number of items, from the first on, for which `isBefore` holds. */
function partitionPoint(items: readonly Item[], isBefore: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(items[middle] as Item)) low = middle + 1
    else high = middle
  }
  return low
}

function answered<Found extends Item | undefined>(item: Found): Found {
  return item && hasBytes(item) ? frozen(copied(item)) : item
}

function hasBytes(item: Item): boolean {
  for (const name in item) {
    const value = item[name]
    if (typeof value === 'object' && value instanceof Uint8Array) return true
  }
  return false
}
