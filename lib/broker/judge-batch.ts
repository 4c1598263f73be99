/**
 * What a produce request carries for one partition, judged: the bytes to append, or the refusal that is answered. Beside the
 * rules of every producer (`prepare-batch.ts`) those of the protocol: one batch a partition, zstd from version 7 on, no
 * transactions.
 */
import type { Topic } from '../cluster/topic-item.ts'
import { prepareBatch } from '../log/prepare-batch.ts'
import { attribute, at as field } from '../records/header.ts'
import { errorCodes } from '../wire/error-codes.ts'
import { flawErrors } from './append-errors.ts'

export type JudgedBatch =
  /** `logAppendTimeMs` -1: the topic keeps its producers' timestamps. */
  { readonly batch: Uint8Array; readonly logAppendTimeMs: number } | RefusedBatch

export interface RefusedBatch {
  readonly errorCode: number
  readonly errorMessage: string
  /** The record at fault, from 0. */
  readonly recordIndex?: number
}

/** The lowest bits of attributes that say zstd (KIP-110). */
const zstd = 4
const zstdVersionMin = 7

/** `records` as decoded, which is changed in place where the topic stamps timestamps. `now`: ms since the epoch. */
export function judgeBatch(records: Uint8Array | null, topic: Topic, version: number, now: number): JudgedBatch {
  if (records === null || records.length === 0) {
    return refused(errorCodes.INVALID_RECORD, 'a produce request must have exactly one record batch per partition')
  }
  // Its lower byte. Bytes that are too few for a header have none, and are judged below.
  const attributes = records[field.attributes + 1] ?? 0
  if ((attributes & attribute.compressionMask) === zstd && version < zstdVersionMin && records[field.magic] === 2) {
    const message = `version ${version} of Produce may not carry zstd, version ${zstdVersionMin} is the first that may`
    return refused(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, message)
  }
  const prepared = prepareBatch(records, topic.config, now)
  if (prepared.outcome === 'refused') {
    const { flaw, message, recordIndex } = prepared
    return { ...refused(flawErrors[flaw], message), ...(recordIndex === undefined ? {} : { recordIndex }) }
  }
  if (attributes & attribute.transactional) {
    return refused(errorCodes.INVALID_TXN_STATE, 'the batch is part of no transaction: transactions are not served')
  }
  const { batch } = prepared
  if (batch.length > topic.config.segmentBytes) {
    const message = `the batch has ${batch.length} bytes, more than the ${topic.config.segmentBytes} of segment.bytes`
    return refused(errorCodes.RECORD_LIST_TOO_LARGE, message)
  }
  return { batch, logAppendTimeMs: prepared.logAppendTime }
}

const refused = (errorCode: number, errorMessage: string): RefusedBatch => ({ errorCode, errorMessage })
