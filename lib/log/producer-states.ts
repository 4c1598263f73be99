/**
 * The producers that a partition's head remembers (DescribeProducers, KIP-664). Those that a fold has evicted as idle are
 * not listed: they are not active, and each is an item of its own.
 */
import { type Offset, offset } from '../base/ids.ts'
import type { Head } from './head.ts'
import { splitState } from './sequences.ts'

export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1: its epoch was raised and nothing written since. */
  readonly lastSequence: number
  /** Where its open transaction began. */
  readonly openTransaction?: Offset
}

/** Ascending by producer id. */
export function activeProducers({ producers, openTransactions }: Head): ActiveProducer[] {
  return Object.entries(producers)
    .map(([id, state]): ActiveProducer => {
      const open = openTransactions[id]
      const { producerEpoch, nextSequence } = splitState(state)
      const lastSequence = nextSequence - 1
      const active = { producerId: Number(id), producerEpoch, lastSequence }
      return open === undefined ? active : { ...active, openTransaction: offset(open) }
    })
    .sort((one, other) => one.producerId - other.producerId)
}
