/** The two ways in which a decompressor refuses, so that all four say it alike. */
import type { Codec } from '../header.ts'
import { InvalidBatch } from '../invalid-batch.ts'

/** Bytes that the codec cannot have written. `what` goes into the sentence for the client. */
export function malformed(codec: Codec, what: string, cause?: unknown): InvalidBatch {
  return new InvalidBatch('invalid', `the ${codec} data of a record batch is malformed: ${what}`, cause)
}

/** Bytes that become more than they may. */
export function bomb(codec: Codec, bytesMax: number): InvalidBatch {
  return new InvalidBatch('too-large', `the ${codec} data of a record batch becomes more than ${bytesMax} bytes`)
}
