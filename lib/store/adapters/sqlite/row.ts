/**
 * An item as a row: JSON text, and beside it its bytes as they are, since base64 would cost an item of 200 KB of them more
 * than everything else. The text holds the key as well, so that a read is one `JSON.parse`.
 */
import { assert } from '../../../base/assert.ts'
import type { Item, Value } from '../../meta-store.ts'

export interface Row {
  readonly item: string
  /** JSON of `[name, length][]` in the order of the bytes; null: the item has none. */
  readonly layout: string | null
  readonly bytes: Uint8Array | null
}

export function rowOf(item: Item): Row {
  const names = Object.keys(item).filter((name) => item[name] instanceof Uint8Array)
  if (names.length === 0) return { item: JSON.stringify(item), layout: null, bytes: null }
  const chunks = names.map((name) => item[name] as Uint8Array)
  const rest = Object.fromEntries(Object.entries(item).filter(([, value]) => !(value instanceof Uint8Array)))
  const layout = names.map((name, index) => [name, chunks[index]?.length])
  const [only] = chunks
  const bytes = only && chunks.length === 1 ? only : Buffer.concat(chunks)
  return { item: JSON.stringify(rest), layout: JSON.stringify(layout), bytes }
}

/** What a statement selects for `itemOf`, in this order; it answers arrays, since objects cost a sixth of a small read. */
export const rowColumns = 'item, layout, bytes'

/** Whether the item of a row holds bytes. */
export const hasBytes = (row: unknown): boolean => Array.isArray(row) && row[1] !== null

/** The inverse of `rowOf`: a fresh item, of which nobody else holds a part. */
export function itemOf(row: unknown): Item {
  assert(Array.isArray(row), 'a row that is no array')
  const [text, layout, bytes]: unknown[] = row
  assert(typeof text === 'string', 'a row without an item')
  const item = JSON.parse(text) as Item & { [name: string]: Value }
  if (layout === null) return item
  assert(typeof layout === 'string' && bytes instanceof Uint8Array, 'a row without the bytes of its layout')
  let start = 0
  for (const [name, length] of JSON.parse(layout) as [string, number][]) {
    // SQLite's bytes are a copy already; two attributes of one item may share its memory.
    item[name] = bytes.subarray(start, start + length)
    start += length
  }
  return item
}
