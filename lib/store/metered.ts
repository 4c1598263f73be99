/**
 * Counts what stores would cost on AWS: calls, DynamoDB's read and write units, bytes of objects. It sits before any store,
 * so the bill of an operation is asserted on SQLite as on DynamoDB; a test holds its units against DynamoDB Local's own
 * (`ReturnConsumedCapacity`). Rules: DynamoDB Developer Guide, "Read and write operations" and "Capacity unit consumption".
 */
import { BoundedMap } from '../base/bounded-map.ts'
import { batchGetKeysMax, meteredItemsMax, readUnitBytes, writeUnitBytes } from '../base/limits.ts'
import { itemBytes } from './item-size.ts'
import type { Answer, Item, Key, MetaStore, ReadOptions } from './meta-store.ts'
import type { ObjectStore } from './object-store.ts'

/** What a meter has counted since it was made or reset. */
export interface Bill {
  /** Requests to DynamoDB; `getMany` counts one for each 100 keys. */
  readonly items: Readonly<Record<'get' | 'getMany' | 'query' | 'put' | 'update' | 'delete', number>>
  /** Writes among them whose guard failed: they cost as much as others. */
  readonly refused: number
  /** Writes among them that ended in an error, which are not in the units. */
  readonly failed: number
  readonly readUnits: number
  readonly writeUnits: number
  /** Calls of the port; a `compose` is several requests to S3. */
  readonly objects: Readonly<Record<'put' | 'get' | 'list' | 'delete' | 'compose', number>>
  /** Bytes of objects written and read. */
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Makes stores that count. Several may share a meter, as processes share a bill. */
export class Meter {
  #bill = emptyBill()
  /**
   * The size of items as last seen: a write costs the larger of the item before and after, and an answer tells only one of
   * them. Of an item that was written past this meter the size before is unknown and counts as nothing.
   */
  readonly #sizes = new BoundedMap<string, number>(meteredItemsMax)

  /** A copy of what was counted so far. */
  get bill(): Bill {
    return structuredClone(this.#bill)
  }

  /** Counts from nothing again; sizes stay known. */
  reset(): void {
    this.#bill = emptyBill()
  }

  metaStore(inner: MetaStore): MetaStore {
    return {
      get: async (key, options) => {
        const item = await inner.get(key, options)
        this.#bill.items.get += 1
        this.#read([item], options)
        return item
      },
      getMany: async (keys, options) => {
        const items = await inner.getMany(keys, options)
        this.#bill.items.getMany += Math.ceil(keys.length / batchGetKeysMax)
        for (const item of items) this.#read([item], options)
        return items
      },
      query: async (pk, range) => {
        const page = await inner.query(pk, range)
        this.#bill.items.query += 1
        this.#read(page.items, range)
        return page
      },
      put: (item, guard) => this.#write('put', item, () => inner.put(item, guard)),
      update: (key, change, guard) => this.#write('update', key, () => inner.update(key, change, guard)),
      delete: (key, guard) => this.#write('delete', key, () => inner.delete(key, guard)),
    }
  }

  objectStore(inner: ObjectStore): ObjectStore {
    return {
      put: async (key, chunks, options) => {
        this.#bill.objects.put += 1
        for (const chunk of chunks) this.#bill.bytesIn += chunk.length
        return inner.put(key, chunks, options)
      },
      get: async (key, options) => {
        this.#bill.objects.get += 1
        const bytes = await inner.get(key, options)
        this.#bill.bytesOut += bytes?.length ?? 0
        return bytes
      },
      list: async (prefix, options) => {
        this.#bill.objects.list += 1
        return inner.list(prefix, options)
      },
      delete: async (keys) => {
        this.#bill.objects.delete += 1
        return inner.delete(keys)
      },
      compose: async (key, source, options) => {
        this.#bill.objects.compose += 1
        return inner.compose(key, this.#counted(source), options)
      },
    }
  }

  /** One or several items that are rounded up together; half the price when the read need not be strong. */
  #read(items: readonly (Item | undefined)[], options: ReadOptions | undefined): void {
    let bytes = 0
    for (const item of items) if (item) bytes += this.#see(item, item)
    this.#bill.readUnits += units(bytes, readUnitBytes) * (options?.strong ? 1 : 0.5)
  }

  async #write<Outcome extends Answer | { done: Item | undefined } | { refused: Item | undefined }>(
    operation: 'put' | 'update' | 'delete',
    key: Key,
    run: () => Promise<Outcome>,
  ): Promise<Outcome> {
    this.#bill.items[operation] += 1
    try {
      const outcome = await run()
      const item = 'done' in outcome ? outcome.done : outcome.refused
      if (!('done' in outcome)) this.#bill.refused += 1
      // A refusal costs the item that refused; a deletion answers the item as it was.
      const before = 'done' in outcome && operation !== 'delete' ? (this.#sizes.get(identity(key)) ?? 0) : 0
      const left = operation === 'delete' && 'done' in outcome ? undefined : item
      this.#see(key, left)
      this.#bill.writeUnits += units(Math.max(before, item ? itemBytes(item) : 0), writeUnitBytes)
      return outcome
    } catch (error) {
      this.#bill.failed += 1
      this.#sizes.delete(identity(key))
      throw error
    }
  }

  async *#counted(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      this.#bill.bytesIn += chunk.length
      yield chunk
    }
  }

  /** Remembers an item's size, which it answers; those not seen for long are forgotten. */
  #see(key: Key, item: Item | undefined): number {
    const id = identity(key)
    if (!item) {
      this.#sizes.delete(id)
      return 0
    }
    const bytes = itemBytes(item)
    this.#sizes.set(id, bytes)
    return bytes
  }
}

/** At least one, even for what is not there. */
function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes))
}

function emptyBill() {
  return {
    items: { get: 0, getMany: 0, query: 0, put: 0, update: 0, delete: 0 },
    refused: 0,
    failed: 0,
    readUnits: 0,
    writeUnits: 0,
    objects: { put: 0, get: 0, list: 0, delete: 0, compose: 0 },
    bytesIn: 0,
    bytesOut: 0,
  }
}

function identity({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk])
}
