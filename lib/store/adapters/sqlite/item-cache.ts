/**
 * Parsed items by key. The process owns the file alone, so what it wrote last is what is there. Parsing a head again for each
 * append would be a fifth of the append: its map of pointers has other names every time, which V8 pays for dearly. What is
 * kept is frozen, because it is what callers are given, too.
 */
import { sqliteItemsCachedMax } from '../../../base/limits.ts'
import type { Item, Key } from '../../meta-store.ts'
import { frozen } from '../../value-copies.ts'

export class ItemCache {
  /** By pk, then by sk: joined to one they would be hashed anew each time. */
  readonly #items = new Map<string, Map<string, Item>>()
  #count = 0

  get({ pk, sk }: Key): Item | undefined {
    return this.#items.get(pk)?.get(sk)
  }

  /** Keeps an item that has no bytes, which could not be frozen, and no part that its caller may write to. */
  set(item: Item): void {
    const { pk, sk } = item
    let items = this.#items.get(pk)
    if (items === undefined) {
      items = new Map()
      this.#items.set(pk, items)
    }
    if (!items.has(sk)) this.#count++
    items.set(sk, frozen(item))
    if (this.#count > sqliteItemsCachedMax) this.#forget()
  }

  delete({ pk, sk }: Key): void {
    const items = this.#items.get(pk)
    if (!items?.delete(sk)) return
    this.#count--
    if (items.size === 0) this.#items.delete(pk)
  }

  /** All items of the pk that came first. */
  #forget(): void {
    for (const [pk, items] of this.#items) {
      this.#items.delete(pk)
      this.#count -= items.size
      return
    }
  }
}
