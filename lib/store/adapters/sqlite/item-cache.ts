/**
 * Parsed items by key. The process owns the file alone, so what it wrote last is what is there. Parsing a head again for each
 * append would be a fifth of the append: its map of pointers has other names every time, which V8 pays for dearly. What is
 * kept is frozen, because it is what callers are given, too.
 */
import { BoundedMap } from '../../../base/bounded-map.ts'
import { sqliteItemsCachedMax } from '../../../base/limits.ts'
import type { Item, Key } from '../../meta-store.ts'
import { frozen } from '../../value-copies.ts'

export class ItemCache {
  readonly #items = new BoundedMap<string, Item>(sqliteItemsCachedMax)

  get(key: Key): Item | undefined {
    return this.#items.get(identity(key))
  }

  /** Keeps an item that has no bytes, which could not be frozen, and no part that its caller may write to. */
  set(item: Item): void {
    this.#items.set(identity(item), frozen(item))
  }

  delete(key: Key): void {
    this.#items.delete(identity(key))
  }
}

/** Cheaper than JSON, and as unambiguous. */
function identity({ pk, sk }: Key): string {
  return `${pk.length} ${pk}${sk}`
}
