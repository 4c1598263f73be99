/**
 * The stored items of what the members of a group bring and are given: the payloads of one write, one after the other.
 *
 * Key       `group#<group id>` / `blob#<time of its making in ms>-<random>#<part>`
 * Content   index (in part 0 only): JSON of [name, ...] in the order of the bytes; parts: how many there are; bytes.
 *           Names tell sizes (`payload.ts`).
 * Lifetime  from before the state that names it is written until after one is that does not. What a crash leaves over is
 *           swept by `blob-sweep.ts`.
 * Size      at most `groupBlobBytes` and the index a part.
 *
 * Legal changes: put (its id is used once), delete.
 */
import { assert } from '../base/assert.ts'
import { groupBlobBytes } from '../base/limits.ts'
import type { Item, Key } from '../store/meta-store.ts'
import { groupPartition } from './offsets-item.ts'
import { type PayloadRef, type Payloads, payloadBytes } from './payload.ts'

export const blobsFrom = 'blob#'
/** The character after '#'. */
export const blobsTo = 'blob$'

export function blobKey(group: string, id: string, part: number): Key {
  // 16 MB are 56 parts, and the index of 10,000 payloads 240 KB: in an item of its own.
  return { pk: groupPartition(group), sk: `${blobsFrom}${id}#${String(part).padStart(3, '0')}` }
}

/** The id that stands in a blob's key, and its time in ms. */
export function blobOf(sk: string): { readonly id: string; readonly madeMs: number } {
  const id = sk.slice(blobsFrom.length, sk.lastIndexOf('#'))
  return { id, madeMs: Number(id.slice(0, id.indexOf('-'))) }
}

/** Part 0 is the index. */
export function blobToItems(group: string, id: string, payloads: Payloads): Item[] {
  const all = Buffer.concat([...payloads.values()])
  const parts: Item[] = []
  for (let at = 0; at < all.length; at += groupBlobBytes) {
    parts.push({ ...blobKey(group, id, parts.length + 1), bytes: all.subarray(at, at + groupBlobBytes) })
  }
  const index = JSON.stringify([...payloads.keys()])
  return [{ ...blobKey(group, id, 0), index, parts: parts.length }, ...parts]
}

/** @param parts All, in their order, part 0 first. */
export function blobFromItems(index: Item, parts: readonly Item[]): Map<PayloadRef, Uint8Array> {
  assert(typeof index.index === 'string', `${index.sk} is no index`)
  const names: PayloadRef[] = JSON.parse(index.index)
  const all = Buffer.concat(
    parts.map(({ sk, bytes }) => {
      assert(bytes instanceof Uint8Array, `${sk} has no bytes`)
      return bytes
    }),
  )
  let at = 0
  return new Map(
    names.map((name) => {
      const bytes = all.subarray(at, at + payloadBytes(name))
      at += bytes.length
      return [name, bytes]
    }),
  )
}
