/** A batch on its way into the log: what its header says, where its bytes lie, and who waits for the answer. */

import { crc32c } from '../base/crc32c.ts'
import { joinedCrc32c } from '../base/crc32c-join.ts'
import type { Epoch } from '../base/ids.ts'
import { type BatchHeader, at as field, readHeader } from '../records/header.ts'
import type { AppendResult } from './log-types.ts'
import { lastSequenceOf, type ProducerClaim } from './sequences.ts'

export interface Batch {
  readonly bytes: Uint8Array
  /** Its bytes are somebody else's once it is answered as appended: nobody keeps a view of them. */
  readonly isLent?: boolean
  /** Offsets that it takes, 1 and up. */
  readonly count: number
  readonly maxTimestamp: number
  /** The CRC32C of all of its bytes. Absent: nobody knows. */
  readonly check?: number
  readonly claim: ProducerClaim | undefined
  /** The only leader epoch under which it may be appended; `undefined`: under any. */
  readonly leaderEpoch: Epoch | undefined
  /** See `AppendOptions`. */
  readonly moreIsDue?: (() => boolean) | undefined
  /** When its caller stops waiting, in ms of the clock. */
  readonly deadlineMs: number
  readonly answer: (result: AppendResult) => void
}

/** The bytes of one flush, or of one partition of it: an object or an inline item, put before any update names it. */
export interface Flush {
  /** 22 hexadecimal digits, see `pointer.ts`. */
  readonly name: string
  readonly inline: boolean
  /** Settles when the bytes are durable, or never will be. Never rejects. */
  readonly put: Promise<unknown>
  /** What `put` has settled as. */
  readonly result: () => PutResult | undefined
}

export type PutResult = 'durable' | { readonly failed: unknown }

/** A batch and where its bytes lie. */
export interface Placed {
  readonly batch: Batch
  readonly flush: Flush
  readonly position: number
}

/** `bytes` is a validated batch v2; producers' ids of -1 mean a producer without idempotence. */
export function readBatch(bytes: Uint8Array): Pick<Batch, 'bytes' | 'count' | 'maxTimestamp' | 'check' | 'claim'> {
  const header = readHeader(bytes)
  const count = header.lastOffsetDelta + 1
  const { producerId, producerEpoch, baseSequence, maxTimestamp } = header
  const claim =
    producerId < 0
      ? undefined
      : {
          producerId,
          producerEpoch,
          firstSequence: baseSequence,
          lastSequence: lastSequenceOf(baseSequence, count),
        }
  return { bytes, count, maxTimestamp, check: checkOf(bytes, header), claim }
}

/** A valid batch's own checksum is of all that follows it. */
function checkOf(bytes: Uint8Array, { crc }: Pick<BatchHeader, 'crc'>): number {
  return joinedCrc32c(crc32c(bytes, 0, field.attributes), crc, bytes.length - field.attributes)
}
