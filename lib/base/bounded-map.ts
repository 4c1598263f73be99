/**
 * What a process remembers and may forget: a bounded number of entries, of which the one that was set longest ago goes
 * first. Looking at an entry does not keep it.
 */
export class BoundedMap<Key, Value> {
  readonly #countMax: number
  /** A Map keeps its entries in the order in which they were put in. */
  readonly #entries = new Map<Key, Value>()

  /** `countMax` 1 and up. */
  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)
  }

  has(key: Key): boolean {
    return this.#entries.has(key)
  }

  /** Answers the value that had to go for it, of another key, if one had to. */
  set(key: Key, value: Value): Value | undefined {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#countMax) return undefined
    for (const [oldest, forgotten] of this.#entries) {
      this.#entries.delete(oldest)
      return forgotten
    }
    return undefined
  }

  values(): IterableIterator<Value> {
    return this.#entries.values()
  }

  delete(key: Key): void {
    this.#entries.delete(key)
  }
}
