/** What the tests of object stores say bytes with, and read them back by. */
import type { ObjectStore } from '../../lib/store/object-store.ts'

/** An empty store for one test. */
export type Open = () => Promise<ObjectStore>

/** All objects, page by page. */
export async function listAll(store: ObjectStore, prefix: string): Promise<{ key: string; size: number }[]> {
  const objects: { key: string; size: number }[] = []
  for (;;) {
    const page = await store.list(prefix, { limit: 7, startAfter: objects.at(-1)?.key ?? '' })
    objects.push(...page.objects)
    if (!page.more) return objects
  }
}

export async function* chunked(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function asText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes)
}

/** Bytes in which every place can be told from its neighbours. */
export function patterned(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 2_654_435_761)
  return new Uint8Array(words.buffer, 0, length)
}

export function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0
}
