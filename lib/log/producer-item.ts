/**
 * The state of a producer that is not in its partition's head. `partition#...` / `producer#<producer id>`.
 *
 * Lifetime: put by the fold that evicts it (guarded: only forward, by the offset of its last batch), deleted when idle for
 * a day, guarded by the `o` that was judged. Size: about 100 bytes. While the head holds the producer too, the head's
 * state is the newer one.
 *
 * | attribute | what |
 * |---|---|
 * | `v` | epoch * 2^31 + next sequence |
 * | `o` | base offset of its last batch |
 * | `g` | as in the head: where it began, if not at 0 |
 * | `at` | when it was evicted, ms |
 */
import type { Offset, PartitionId, ProducerId } from '../base/ids.ts'
import type { Item } from '../store/meta-store.ts'
import { producerKey } from './keys.ts'
import type { ProducerState } from './sequences.ts'

export interface ProducerItem {
  readonly state: ProducerState
  readonly lastBatch: Offset
  readonly began?: ProducerState | undefined
  readonly atMs: number
}

export const newProducerItem = (id: PartitionId, producer: ProducerId, value: ProducerItem): Item => ({
  ...producerKey(id, producer),
  v: value.state,
  o: value.lastBatch,
  at: value.atMs,
  ...(value.began !== undefined && { g: value.began }),
})

export const parseProducerItem = (item: Item): ProducerItem => ({
  state: item.v as number,
  lastBatch: item.o as Offset,
  atMs: item.at as number,
  began: item.g as ProducerState | undefined,
})
