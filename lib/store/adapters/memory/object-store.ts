/**
 * Objects in memory: the store of simulations and of `--memory`. It copies what comes in and what goes out, as a
 * network would, so that a caller who writes into its buffers later changes nothing that is stored.
 */
import { objectListMax } from '../../../base/limits.ts'
import { cutRange, requireKey, requireLimit, requirePrefix, requireRange } from '../../object-call.ts'
import type { GetOptions, ObjectPage, ObjectStore } from '../../object-store.ts'

/** An object store that lives as long as its process. Its calls never fail, except by `InvalidCall`. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, Uint8Array>()
  /** The keys in order; undefined after a change, because most changes are followed by another and not by a listing. */
  #sortedKeys: string[] | undefined

  async put(key: string, chunks: readonly Uint8Array[], options?: { ifAbsent?: boolean }): Promise<'done' | 'exists'> {
    requireKey(key)
    return this.#store(key, concatenated(chunks), options?.ifAbsent)
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    requireKey(key)
    if (options?.range) requireRange(options.range)
    const object = this.#objects.get(key)
    if (object === undefined) return undefined
    const { start, end } = cutRange(options?.range, object.length)
    const bytes = options?.into?.(end - start) ?? new Uint8Array(end - start)
    bytes.set(object.subarray(start, end))
    return bytes
  }

  async list(prefix: string, options?: { startAfter?: string; limit?: number }): Promise<ObjectPage> {
    const { startAfter = '', limit = objectListMax } = options ?? {}
    requirePrefix(prefix)
    requirePrefix(startAfter)
    requireLimit(limit)
    this.#sortedKeys ??= [...this.#objects.keys()].sort()
    const keys = this.#sortedKeys
    const objects: { key: string; size: number }[] = []
    for (let index = firstIndex(keys, prefix, startAfter); index < keys.length; index++) {
      const key = keys[index]
      if (!key?.startsWith(prefix)) break
      if (objects.length === limit) return { objects, more: true }
      objects.push({ key, size: this.#objects.get(key)?.length ?? 0 })
    }
    return { objects, more: false }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) requireKey(key)
    for (const key of keys) if (this.#objects.delete(key)) this.#sortedKeys = undefined
  }

  async compose(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options?: { ifAbsent?: boolean },
  ): Promise<'done' | 'exists'> {
    requireKey(key)
    const chunks: Uint8Array[] = []
    // Not `slice`: a Buffer's shares its memory.
    for await (const chunk of source) chunks.push(new Uint8Array(chunk))
    return this.#store(key, concatenated(chunks), options?.ifAbsent)
  }

  #store(key: string, bytes: Uint8Array, ifAbsent: boolean | undefined): 'done' | 'exists' {
    const known = this.#objects.has(key)
    if (known && ifAbsent) return 'exists'
    if (!known) this.#sortedKeys = undefined
    this.#objects.set(key, bytes)
    return 'done'
  }
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}

/** The index of the first key that is at least `prefix` and greater than `startAfter`. */
function firstIndex(keys: readonly string[], prefix: string, startAfter: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const key = keys[middle] ?? ''
    if (key < prefix || key <= startAfter) low = middle + 1
    else high = middle
  }
  return low
}
