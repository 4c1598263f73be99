/**
 * The one thing that must never be: an index that points at nothing, or has a hole. It is said loudly (to whoever listens,
 * and as the cause of an `unavailable` answer) and never papered over by skipping.
 */
import type { Offset, PartitionId } from '../base/ids.ts'
import { partitionKey } from './keys.ts'
import type { Pointer } from './pointer.ts'

/** An unchanged index names bytes that are not there, or that are not the batches it says. */
export class BytesLost extends Error {
  override readonly name = 'BytesLost'
  readonly partition: PartitionId
  readonly offset: Offset
  readonly pointer: Pointer
  constructor(partition: PartitionId, offset: Offset, pointer: Pointer, what: string, cause?: unknown) {
    super(`${partitionKey(partition)} at ${offset}: ${what} (${pointer.name}, ${pointer.length} B)`, { cause })
    this.partition = partition
    this.offset = offset
    this.pointer = pointer
  }
}

/** Strongly consistent reads of the head and the pages, again and again, do not lead to an offset that the log has. */
export class IndexTorn extends Error {
  override readonly name = 'IndexTorn'
  readonly partition: PartitionId
  readonly offset: Offset
  constructor(partition: PartitionId, offset: Offset) {
    super(`${partitionKey(partition)}: no pointer leads to offset ${offset}`)
    this.partition = partition
    this.offset = offset
  }
}

export type LossListener = (loss: BytesLost | IndexTorn) => void
