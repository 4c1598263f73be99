/**
 * Producing: records get their partitions here, then go in requests that a Lambda function can take. The requests of one
 * call follow each other, and what may be tried again is tried again before anything later is sent, so the records of a
 * partition stay in their order.
 */

import type { Entropy } from '../base/entropy.ts'
import { clientRequestBytesMax, produceRecordsMax } from '../base/limits.ts'
import {
  batchPartitioner,
  choosePartition,
  InvalidPartition,
  type Partitioner,
  type PartitionerInput,
} from '../records/partitioner.ts'
import type { ProduceOptions, ProduceResult, ProducerRecord } from './client-types.ts'
import { GregorError } from './gregor-error.ts'
import { binaryFormat } from './reader.ts'
import type { TopicsClient } from './topics-client.ts'
import { retriableErrorCodes, type Transport } from './transport.ts'

interface Encoded {
  readonly index: number
  readonly partition: number
  /** The record as it stands in a request's JSON. */
  readonly json: string
}

type WireOffset = { partition?: number; offset?: number | null; error_code?: number | null; error?: string | null }

/** Produces; holds nothing between two calls. */
export class Producer {
  readonly #transport: Transport
  readonly #topics: TopicsClient
  readonly #entropy: Entropy
  readonly #partitioner: Partitioner | undefined

  constructor(transport: Transport, topics: TopicsClient, entropy: Entropy, partitioner?: Partitioner) {
    this.#transport = transport
    this.#topics = topics
    this.#entropy = entropy
    this.#partitioner = partitioner
  }

  async produce(topic: string, records: readonly ProducerRecord[], options: ProduceOptions): Promise<ProduceResult[]> {
    const partitionCount = await this.#topics.partitionCount(topic)
    const encoded = this.#encode(topic, records, partitionCount)
    const results = new Array<ProduceResult>(records.length)
    for (const request of split(encoded)) await this.#send(topic, request, options, results)
    // A partition that the topic does not have: it was made again, with fewer. Or with more: others may know.
    if (results.some((entry) => entry.outcome === 'failed')) this.#topics.forgetPartitionCount(topic)
    return results
  }

  #encode(topic: string, records: readonly ProducerRecord[], partitionCount: number): Encoded[] {
    const partitioner = this.#partitioner ?? batchPartitioner(this.#entropy)
    return records.map((record, index) => {
      const key = buffer(record.key ?? null)
      const value = buffer(record.value)
      const headers = record.headers?.map((header) => ({ key: header.key, value: buffer(header.value) })) ?? []
      // What a record names itself is the cluster's to judge: it may know of more partitions.
      const partition = record.partition ?? chosen({ topic, key, value, headers, partitionCount }, partitioner)
      const json = JSON.stringify({
        partition,
        key: key?.toString('base64') ?? null,
        value: value?.toString('base64') ?? null,
        ...(record.timestamp === undefined ? {} : { timestamp: record.timestamp }),
        ...(headers.length === 0
          ? {}
          : {
              headers: headers.map((header) => ({ key: header.key, value: header.value?.toString('base64') ?? null })),
            }),
      })
      return { index, partition, json }
    })
  }

  #request(topic: string, records: readonly Encoded[], options: ProduceOptions) {
    return this.#transport.request('POST', `/topics/${encodeURIComponent(topic)}`, {
      query: { acks: options.acks },
      contentType: binaryFormat,
      accept: 'application/vnd.kafka.v2+json, application/json',
      body: `{"records":[${records.map((record) => record.json).join(',')}]}`,
      ...(options.signal ? { signal: options.signal } : {}),
    })
  }

  /** Sends one request until every record is settled or the tries are used up. */
  async #send(topic: string, request: Encoded[], options: ProduceOptions, results: ProduceResult[]): Promise<void> {
    let left = request
    const maybeStored = new Set<number>()
    for (let attempt = 1; left.length > 0; attempt += 1) {
      if (attempt > 1) await this.#transport.backOff(attempt - 1, options.signal)
      const [only] = left
      const { status, body, earlierTryLost } = await this.#request(topic, left, options).catch((fault: unknown) => {
        // One that is too large for any request is refused like one that is too large for its topic: in its place.
        if (left.length !== 1 || !only || !isTooLarge(fault)) throw fault
        return { status: 200, body: { offsets: [tooLarge(only)] }, earlierTryLost: false }
      })
      const offsets = (body as { offsets: WireOffset[] }).offsets
      if (offsets.length !== left.length) throw unequal(left.length, offsets.length, status)
      for (const [at, { index, partition }] of left.entries()) {
        if (earlierTryLost) maybeStored.add(index)
        const settled = result(offsets[at] as WireOffset, partition, status)
        results[index] = maybeStored.has(index) ? asUnknown(settled) : settled
        if (settled.outcome === 'failed' && settled.errorCode === outcomeUnknown) maybeStored.add(index)
      }
      if (attempt === this.#transport.attemptsMax) return
      left = left.filter(({ index }) => {
        const settled = results[index]
        return settled?.outcome === 'failed' && settled.retriable
      })
    }
  }
}

/** REQUEST_TIMED_OUT: it may have been stored. */
const outcomeUnknown = 40801

/** That a later try was refused says nothing of an earlier one that may have been stored. */
function asUnknown(settled: ProduceResult): ProduceResult {
  if (settled.outcome !== 'failed' || settled.errorCode === outcomeUnknown) return settled
  return {
    ...settled,
    errorCode: outcomeUnknown,
    message: `It may have been stored by an earlier try; the last one was refused: ${settled.message}`,
  }
}

const isTooLarge = (fault: unknown) => fault instanceof GregorError && fault.status === 413

const tooLarge = ({ json }: Encoded): WireOffset => ({
  error_code: 413,
  error: `The record takes ${json.length} bytes of a request, more than the cluster reads at once.`,
})

function result(answer: WireOffset, partition: number, status: number): ProduceResult {
  if (typeof answer.error_code === 'number') {
    return {
      outcome: 'failed',
      partition,
      errorCode: answer.error_code,
      message: answer.error ?? `error ${answer.error_code}`,
      retriable: retriableErrorCodes.has(answer.error_code),
    }
  }
  if (status === 202 || typeof answer.offset !== 'number') return { outcome: 'accepted', partition }
  return { outcome: 'produced', partition, offset: answer.offset }
}

/** Requests of what a cluster takes in one; a record that is larger goes alone, for the cluster to judge. */
function* split(records: readonly Encoded[]): Generator<Encoded[]> {
  let request: Encoded[] = []
  let bytes = 0
  for (const record of records) {
    // Base64 and escapes are ASCII; a header's name may be three bytes a character.
    const size = record.json.length
    const full = bytes + size > clientRequestBytesMax || request.length === produceRecordsMax
    if (request.length > 0 && full) {
      yield request
      request = []
      bytes = 0
    }
    request.push(record)
    bytes += size + 1
  }
  if (request.length > 0) yield request
}

function chosen(input: PartitionerInput, partitioner: Partitioner): number {
  try {
    return choosePartition(input, partitioner)
  } catch (fault) {
    if (!(fault instanceof InvalidPartition)) throw fault
    throw new GregorError(fault.message, { status: 0, errorCode: 40402, retriable: false, cause: fault })
  }
}

const buffer = (value: Uint8Array | string | null): Buffer | null => {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

const unequal = (sent: number, answered: number, status: number) =>
  new GregorError(`the cluster answered for ${answered} records of ${sent}`, { status, errorCode: 0, retriable: false })
