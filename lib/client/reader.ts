/**
 * Reading over stateless requests: each names its offset, the answer says where to go on. While one answer is being
 * consumed the next is already asked for, so a slow network costs its bandwidth, not its latency.
 */
import { clientPartitionsInFlightMax, longPollMsMax } from '../base/limits.ts'
import type {
  ConsumeOptions,
  ConsumerRecord,
  ReadAnswer,
  ReadOnceOptions,
  ReadOptions,
  StartPosition,
} from './client-types.ts'
import { partitionPath, type TopicsClient } from './topics-client.ts'
import type { Transport } from './transport.ts'

export const binaryFormat = 'application/vnd.kafka.binary.v2+json'

interface WireRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly { readonly key: string; readonly value: string | null }[]
}

export class Reader {
  readonly #transport: Transport
  readonly #topics: TopicsClient

  constructor(transport: Transport, topics: TopicsClient) {
    this.#transport = transport
    this.#topics = topics
  }

  async readOnce(topic: string, partition: number, options: ReadOnceOptions): Promise<ReadAnswer> {
    const { body, headers } = await this.#transport.request('GET', `${partitionPath(topic, partition)}/records`, {
      query: { offset: options.offset, max_bytes: options.maxBytes, timeout: options.timeoutMs },
      accept: binaryFormat,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    const records = (body as WireRecord[]).map((record) => ({
      topic,
      partition,
      offset: record.offset,
      timestamp: record.timestamp,
      key: bytes(record.key),
      value: bytes(record.value),
      headers: record.headers.map((header) => ({ key: header.key, value: bytes(header.value) })),
    }))
    return {
      records,
      nextOffset: Number(headers.get('gregor-next-offset')),
      highWatermark: Number(headers.get('gregor-high-watermark')),
      logStartOffset: Number(headers.get('gregor-log-start-offset')),
    }
  }

  async *read(topic: string, partition: number, options: ReadOptions): AsyncGenerator<ConsumerRecord, void, undefined> {
    for await (const records of this.#answers(topic, partition, options)) yield* records
  }

  /** Partitions beyond `clientPartitionsInFlightMax` wait for one to end; with `follow` all are read, in turn. */
  async *consume(topic: string, options: ConsumeOptions): AsyncGenerator<ConsumerRecord, void, undefined> {
    const partitions = options.partitions ?? [...Array(await this.#topics.partitionCount(topic)).keys()]
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const waiting = partitions.map((partition) => {
      const from = options.from instanceof Map ? options.from.get(partition) : options.from
      return { partition, from: from as StartPosition | undefined }
    })
    const open = new Map<
      object,
      Promise<{ source: object; answers: Answers; next: IteratorResult<ConsumerRecord[]> }>
    >()
    const advance = (source: object, answers: Answers) => {
      open.set(
        source,
        answers.next().then((next) => ({ source, answers, next })),
      )
    }
    try {
      while (waiting.length > 0 || open.size > 0) {
        while (waiting.length > 0 && (options.follow || open.size < clientPartitionsInFlightMax)) {
          const source = waiting.shift() as { partition: number; from: StartPosition | undefined }
          const { from: _, partitions: __, ...rest } = options
          const own = { ...rest, signal, ...(source.from === undefined ? {} : { from: source.from }) }
          advance(source, this.#answers(topic, source.partition, own))
        }
        const { source, answers, next } = await Promise.race(open.values())
        open.delete(source)
        if (next.done) continue
        advance(source, answers)
        yield* next.value
      }
    } finally {
      stop.abort()
      await Promise.allSettled(open.values())
    }
  }

  async *#answers(topic: string, partition: number, options: ReadOptions): Answers {
    const { follow = false, maxBytes } = options
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const { from = 'earliest' } = options
    let { next, end } = await this.#range(topic, partition, from)
    if (follow) end = Number.POSITIVE_INFINITY
    const ask = (from: number) =>
      this.readOnce(topic, partition, {
        offset: from,
        timeoutMs: follow ? longPollMsMax : 0,
        ...(maxBytes === undefined ? {} : { maxBytes }),
        signal,
      })
    try {
      let pending = next < end ? ask(next) : undefined
      while (pending) {
        const answer: ReadAnswer = await pending
        next = answer.nextOffset
        pending = next < end ? ask(next) : undefined
        // Asked ahead: its failure is thrown when it is awaited, not before anyone looks at it.
        pending?.catch(() => undefined)
        const wanted = answer.records.filter((record) => record.offset < end)
        if (wanted.length > 0) yield wanted
      }
    } finally {
      // Whoever stops reading does not wait for what was asked ahead.
      stop.abort()
    }
  }

  /** Where to begin, and the end of the log as it is now. */
  async #range(topic: string, partition: number, from: StartPosition): Promise<{ next: number; end: number }> {
    const { logStartOffset, highWatermark } = await this.#topics.offsets(topic, partition)
    if (from === 'earliest') return { next: logStartOffset, end: highWatermark }
    if (from === 'latest') return { next: highWatermark, end: highWatermark }
    if (typeof from !== 'number') {
      return { next: await this.#topics.resolve(topic, partition, from), end: highWatermark }
    }
    // An offset outside the log is the cluster's to refuse, with the range that is legal.
    if (from < logStartOffset || from > highWatermark) await this.readOnce(topic, partition, { offset: from })
    return { next: from, end: highWatermark }
  }
}

type Answers = AsyncGenerator<ConsumerRecord[], void, undefined>

const bytes = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, 'base64'))
