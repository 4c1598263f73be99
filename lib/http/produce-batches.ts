/**
 * From records to batches to offsets. The records of one partition become one batch, or, when they are more than
 * `max.message.bytes` allows, several that are appended one after the other and stop at the first that fails: a record is
 * never stored when one before it, in its partition and request, was not.
 */
import { unreachable } from '../base/assert.ts'
import { produceTimeoutMs } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import type { AppendResult } from '../log/log-types.ts'
import { prepareBatch } from '../log/prepare-batch.ts'
import { BatchBuilder, recordBoundSlackBytes, recordBytesBound } from '../records/build.ts'
import { batchOverheadBytes } from '../records/header.ts'
import { batchPartitioner } from '../records/partitioner.ts'
import type { RequestedRecord } from './produce-request.ts'
import { type ErrorCode, errorCode, unknownPartition, unknownTopic } from './rest-error.ts'
import type { HttpServices } from './services.ts'
import { storeSentence } from './store-fault.ts'

/** What one record is answered, as the REST Proxy's v2 has it. */
export type ProducedOffset =
  | { readonly partition: number; readonly offset: number | null }
  | { readonly error_code: ErrorCode; readonly error: string }

interface Batch {
  readonly partition: number
  /** Where its records stand in the request. */
  readonly indexes: readonly number[]
  readonly bytes: Uint8Array
}

/** A request's batches, by partition in order, and where its answers gather. */
export interface Production {
  readonly topic: Topic
  readonly batches: ReadonlyMap<number, readonly Batch[]>
  /** One entry a record. Those that are refused are set from the start, the rest as their batches are appended. */
  readonly offsets: ProducedOffset[]
}

/** Judges all records and builds their batches; stores nothing. */
export function prepareProduction(
  topic: Topic,
  records: readonly RequestedRecord[],
  services: HttpServices,
): Production {
  const offsets = new Array<ProducedOffset>(records.length)
  const batches = new Map<number, Batch[]>()
  const now = services.clock.now()
  for (const [partition, indexes] of byPartition(topic, records, services, offsets)) {
    const prepared: Batch[] = []
    for (const chunk of chunksOf(topic, records, indexes, offsets)) {
      const builder = new BatchBuilder({ now }, chunk.bytes)
      for (const index of chunk.indexes) builder.append(records[index] as RequestedRecord)
      const batch = prepareBatch(builder.build(), topic.config, now, { crcIsRight: true })
      if (batch.outcome === 'refused') {
        refuse(offsets, chunk.indexes, batch)
        // Nothing of this partition that comes later in the request may overtake it.
        refuseRest(offsets, indexes, chunk.indexes)
        break
      }
      prepared.push({ partition, indexes: chunk.indexes, bytes: batch.batch })
    }
    batches.set(partition, prepared)
  }
  return { topic, batches, offsets }
}

/** Appends the batches and fills in the offsets. Partitions go side by side, so they share one flush. */
export async function appendProduction(production: Production, services: HttpServices): Promise<void> {
  await Promise.all([...production.batches.values()].map((batches) => appendInOrder(production, batches, services)))
}

async function appendInOrder(production: Production, batches: readonly Batch[], services: HttpServices): Promise<void> {
  const { offsets } = production
  for (const [at, { partition, indexes, bytes }] of batches.entries()) {
    const result = await append(production.topic, partition, bytes, services)
    if ('baseOffset' in result) {
      for (const [delta, index] of indexes.entries()) offsets[index] = { partition, offset: result.baseOffset + delta }
      continue
    }
    // What the store said (a full disk, throttling) is for the operator.
    if ('cause' in result) services.report?.(result.cause)
    const failure = failureOf(production.topic, result)
    for (const index of batches.slice(at).flatMap((batch) => batch.indexes)) offsets[index] = failure
    return
  }
}

/** A topic that was deleted and made again under its name has another id: looked up afresh, once. */
async function append(
  topic: Topic,
  partition: number,
  bytes: Uint8Array,
  services: HttpServices,
): Promise<AppendResult> {
  const options = { timeoutMs: produceTimeoutMs }
  const result = await services.log.append({ topicId: topic.id, partition }, bytes, options)
  if (result.outcome !== 'unknown-partition') return result
  const current = await services.topics.get(topic.name, { fresh: true })
  if (current === undefined || current.id === topic.id || partition >= current.partitions) return result
  return services.log.append({ topicId: current.id, partition }, bytes, options)
}

function byPartition(
  topic: Topic,
  records: readonly RequestedRecord[],
  { entropy }: HttpServices,
  offsets: ProducedOffset[],
): Map<number, number[]> {
  const choose = batchPartitioner(entropy)
  const partitions = new Map<number, number[]>()
  for (const [index, record] of records.entries()) {
    const { key, value, headers } = record
    const partition =
      record.partition ?? choose({ topic: topic.name, key, value, headers, partitionCount: topic.partitions })
    if (partition >= topic.partitions) {
      const { message } = unknownPartition(topic.name, partition, topic.partitions)
      offsets[index] = { error_code: errorCode.unknownPartition, error: message }
      continue
    }
    const indexes = partitions.get(partition)
    if (indexes === undefined) partitions.set(partition, [index])
    else indexes.push(index)
  }
  return partitions
}

/** Runs of records that fit in one batch. A record that fits in none is refused alone. */
function* chunksOf(
  topic: Topic,
  records: readonly RequestedRecord[],
  indexes: readonly number[],
  offsets: ProducedOffset[],
): Generator<{ indexes: number[]; bytes: number }> {
  const bytesMax = topic.config.maxMessageBytes
  let chunk: number[] = []
  let bytes = batchOverheadBytes
  for (const index of indexes) {
    const bound = recordBytesBound(records[index] as RequestedRecord)
    // What is as near the limit as the bound may be wrong goes alone, and is measured.
    if (batchOverheadBytes + bound - recordBoundSlackBytes > bytesMax) {
      const error = `The record is larger than the ${bytesMax} bytes of ${topic.name}'s max.message.bytes.`
      offsets[index] = { error_code: errorCode.tooLarge, error }
      continue
    }
    if (chunk.length > 0 && bytes + bound > bytesMax) {
      yield { indexes: chunk, bytes }
      chunk = []
      bytes = batchOverheadBytes
    }
    chunk.push(index)
    bytes += bound
  }
  if (chunk.length > 0) yield { indexes: chunk, bytes }
}

type Refusal = Extract<ReturnType<typeof prepareBatch>, { outcome: 'refused' }>

/** A batch is taken whole or not at all; the message names the record at fault by its place in the request. */
function refuse(offsets: ProducedOffset[], indexes: readonly number[], refusal: Refusal): void {
  const { recordIndex, flaw } = refusal
  const culprit = recordIndex === undefined ? undefined : indexes[recordIndex]
  const message =
    culprit === undefined ? refusal.message : refusal.message.replace(/^record \d+/, () => `records[${culprit}]`)
  const error_code = flaw === 'too-large' ? errorCode.tooLarge : errorCode.unprocessable
  for (const index of indexes) {
    const error =
      culprit === undefined || index === culprit
        ? `The batch was refused: ${message}.`
        : `Not stored, since another record of its batch was refused: ${message}.`
    offsets[index] = { error_code, error }
  }
}

function refuseRest(offsets: ProducedOffset[], indexes: readonly number[], refused: readonly number[]): void {
  const last = refused.at(-1) ?? 0
  const error = `Not stored, since records[${last}], before it in its partition, was refused.`
  for (const index of indexes) if (index > last) offsets[index] = { error_code: errorCode.unprocessable, error }
}

function failureOf(
  topic: Topic,
  result: Exclude<AppendResult, { baseOffset: unknown }>,
): Extract<ProducedOffset, { error_code: ErrorCode }> {
  switch (result.outcome) {
    case 'unknown-partition':
      return { error_code: errorCode.unknownTopic, error: unknownTopic(topic.name).message }
    case 'unavailable':
      return { error_code: errorCode.retriable, error: `${storeSentence(result.cause)} Nothing was stored; try again.` }
    case 'unknown':
      return {
        error_code: errorCode.outcomeUnknown,
        error: 'The store did not say whether the record was stored: it may have been, or may yet be.',
      }
    // Only idempotent producers and who names a leader epoch are answered these, and no record of this API does.
    case 'duplicate-of-unknown-offset':
    case 'out-of-order-sequence':
    case 'fenced-producer':
    case 'fenced-leader':
      return { error_code: errorCode.kafkaError, error: `The record was refused (${result.outcome}).` }
    default:
      return unreachable(result)
  }
}
