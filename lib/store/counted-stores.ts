/**
 * Counts the calls of stores and nothing else: for processes whose stores cost nothing by the call, on every call of which a
 * meter (`metered.ts`), which weighs items, would be work for a figure that nobody pays. Calls go through as they are.
 */
import type { MetaStore } from './meta-store.ts'
import type { ObjectStore } from './object-store.ts'

/** Calls of the ports since the process began, those that failed too. */
export interface StoreCalls {
  readonly items: Readonly<Record<'get' | 'getMany' | 'query' | 'put' | 'update' | 'delete', number>>
  readonly objects: Readonly<Record<'put' | 'get' | 'list' | 'delete' | 'compose', number>>
}

export class StoreCallCounter {
  readonly #items = { get: 0, getMany: 0, query: 0, put: 0, update: 0, delete: 0 }
  readonly #objects = { put: 0, get: 0, list: 0, delete: 0, compose: 0 }

  /** The counts themselves, which go on. */
  get calls(): StoreCalls {
    return { items: this.#items, objects: this.#objects }
  }

  metaStore(inner: MetaStore): MetaStore {
    const counted = this.#items
    return {
      get: (key, options) => {
        counted.get += 1
        return inner.get(key, options)
      },
      getMany: (keys, options) => {
        counted.getMany += 1
        return inner.getMany(keys, options)
      },
      query: (pk, range) => {
        counted.query += 1
        return inner.query(pk, range)
      },
      put: (item, guard) => {
        counted.put += 1
        return inner.put(item, guard)
      },
      update: (key, change, guard) => {
        counted.update += 1
        return inner.update(key, change, guard)
      },
      delete: (key, guard) => {
        counted.delete += 1
        return inner.delete(key, guard)
      },
    }
  }

  objectStore(inner: ObjectStore): ObjectStore {
    const counted = this.#objects
    return {
      put: (key, chunks, options) => {
        counted.put += 1
        return inner.put(key, chunks, options)
      },
      get: (key, options) => {
        counted.get += 1
        return inner.get(key, options)
      },
      list: (prefix, options) => {
        counted.list += 1
        return inner.list(prefix, options)
      },
      delete: (keys) => {
        counted.delete += 1
        return inner.delete(keys)
      },
      compose: (key, source, options) => {
        counted.compose += 1
        return inner.compose(key, source, options)
      },
    }
  }
}
