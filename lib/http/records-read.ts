/**
 * One stateless read: from an offset to an array of records that fits an answer. It ends at the first of: the bytes that
 * were asked for, what a Lambda function may answer, the end of the log, a bounded number of reads of the log. At the end
 * of the log it waits, if asked to, and answers at once when a record comes.
 */

import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { httpReadsPerRequestMax, recordsResponseBytesMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import type { ReadResult } from '../log/log-types.ts'
import { iterateBatches, iterateRecords } from '../records/iterate.ts'
import { jsonInJsonBytes } from './json-in-json.ts'
import type { RecordFormat } from './media-types.ts'
import { recordJson } from './records-json.ts'
import { errorCode, RestError, unknownTopic } from './rest-error.ts'
import type { HttpServices } from './services.ts'
import { storeSentence } from './store-fault.ts'

export interface RecordsRequest {
  readonly topic: Topic
  readonly id: PartitionId
  readonly from: Offset
  readonly format: RecordFormat
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface RecordsAnswer {
  readonly json: readonly string[]
  /** Where to go on: past the last record, and past what is not shown (markers, compacted ranges). */
  readonly nextOffset: Offset
  readonly highWatermark: Offset
  readonly logStartOffset: Offset
}

type Read = Extract<ReadResult, { outcome: 'read' }>

/** Throws `RestError`. */
export async function readRecords(request: RecordsRequest, services: HttpServices): Promise<RecordsAnswer> {
  const { id, timeoutMs, signal } = request
  const { clock, log } = services
  const endMs = clock.now() + timeoutMs
  let next = request.from
  let read = await readOnce(request, next, services)
  for (let reads = 1; ; reads += 1) {
    const collected = collect(request, read, next, services.answerBytesMax)
    next = collected.nextOffset
    const answer = { ...collected, highWatermark: read.highWatermark, logStartOffset: read.logStartOffset }
    const waitMs = endMs - clock.now()
    const atEnd = next >= read.highWatermark
    if (collected.json.length > 0 || reads >= httpReadsPerRequestMax) return answer
    if (atEnd && (waitMs <= 0 || signal?.aborted)) return answer
    if (atEnd && !(await log.awaitBeyond(id, next, waitMs, signal))) {
      // Nothing was heard of: one more look, for what other processes appended.
      if (signal?.aborted) return answer
    }
    read = await readOnce(request, next, services)
  }
}

async function readOnce(request: RecordsRequest, from: Offset, services: HttpServices): Promise<Read> {
  const maxBytes = Math.min(request.maxBytes, recordsResponseBytesMax)
  const read = await services.log.read(request.id, from, { maxBytes })
  switch (read.outcome) {
    case 'read':
      return read
    case 'offset-out-of-range':
      throw offsetOutOfRange(request, from, read.logStartOffset, read.highWatermark)
    case 'unknown-partition':
      throw unknownTopic(request.topic.name)
    case 'unavailable':
      throw readUnavailable(read.cause, services)
  }
}

/** The records at or after `from`, as many as fit; the first one comes even when it is too large. */
function collect(
  request: RecordsRequest,
  read: Read,
  from: Offset,
  answerBytesMax = Number.POSITIVE_INFINITY,
): { json: string[]; nextOffset: Offset } {
  const { topic, id, format, maxBytes } = request
  const place = { topic: topic.name, partition: id.partition }
  const json: string[] = []
  let jsonBytes = 0
  let answerBytes = 0
  let recordBytes = 0
  for (const chunk of read.chunks) {
    for (const { header, bytes } of iterateBatches(chunk)) {
      if (header.isControl) continue
      for (const record of iterateRecords(bytes)) {
        if (record.offset < from) continue
        const text = recordJson(record, place, format)
        if (text === 'not-text') {
          if (json.length > 0) return { json, nextOffset: offset(record.offset) }
          throw notText(topic.name, id.partition, record.offset)
        }
        jsonBytes += Buffer.byteLength(text) + 1
        recordBytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
        if (answerBytesMax < Number.POSITIVE_INFINITY) answerBytes += jsonInJsonBytes(text) + 1
        const full = jsonBytes > recordsResponseBytesMax || recordBytes > maxBytes || answerBytes > answerBytesMax
        if (full && json.length > 0) return { json, nextOffset: offset(record.offset) }
        json.push(text)
      }
    }
  }
  return { json, nextOffset: read.nextOffset }
}

export const offsetOutOfRange = (
  { topic, id }: { readonly topic: Topic; readonly id: PartitionId },
  asked: number,
  logStartOffset: number,
  highWatermark: number,
) =>
  new RestError(
    errorCode.offsetOutOfRange,
    `Offset ${asked} is out of range (OFFSET_OUT_OF_RANGE): ${topic.name}/${id.partition} can be read from ${logStartOffset} to ${highWatermark}.`,
  )

/** Lost bytes are a fault to tell the operator of; a store that does not answer is not. */
export function readUnavailable(cause: unknown, services: HttpServices): RestError {
  services.report?.(cause)
  return new RestError(errorCode.storeUnavailable, `${storeSentence(cause)} Try again.`, { 'retry-after': '1' })
}

const notText = (topic: string, partition: number, at: number) =>
  new RestError(
    errorCode.formatMismatch,
    `The record at offset ${at} of ${topic}/${partition} is neither JSON nor UTF-8 text. Ask for the binary format: Accept: application/vnd.kafka.binary.v2+json.`,
  )
