/**
 * The bytes of one small flush to one partition, kept where its order is. `partition#<topic id>#<n>` / `inline#<name>`.
 *
 * Lifetime: put by an append before its head update; deleted by the sweep when no pointer of the partition names it any
 * more (never appended, consolidated, or below logStart), after the head's floor has passed its name. Never changed.
 * Size: at most `inlineBytesMax`.
 *
 * | attribute | what |
 * |---|---|
 * | `b` | whole batches as they came |
 * | `n` | the log end offset that its writer saw before its first try: a pointer to it lands at or after this, or never |
 */
import type { Offset, PartitionId } from '../base/ids.ts'
import type { Item } from '../store/meta-store.ts'
import { inlineKey } from './keys.ts'

export interface Inline {
  readonly name: string
  readonly bytes: Uint8Array
  readonly seenNext: Offset
}

export const newInline = (id: PartitionId, { name, bytes, seenNext }: Inline): Item => ({
  ...inlineKey(id, name),
  b: bytes,
  n: seenNext,
})

export const parseInline = (item: Item): Inline => ({
  name: item.sk.slice('inline#'.length),
  bytes: item.b as Uint8Array,
  seenNext: item.n as Offset,
})
