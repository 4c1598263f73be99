/**
 * Reading over stateless requests: each names its offset, the answer says where to go on. While one answer is being
 * consumed the next is already asked for, so a slow network costs its bandwidth, not its latency.
 */
import {
  clientPartitionsFollowedMax,
  clientPartitionsInFlightMax,
  clientRoundPauseMs,
  longPollMsMax,
} from '../base/limits.ts'
import type {
  ConsumeOptions,
  ConsumerRecord,
  ReadAnswer,
  ReadOnceOptions,
  ReadOptions,
  StartPosition,
} from './client-types.ts'
import { merged } from './merged.ts'
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

/** Reads one partition or many; holds nothing between two calls. */
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

  /**
   * Partitions beyond `clientPartitionsInFlightMax` wait for one to end. With `follow` each has a long poll, as long as
   * there are at most `clientPartitionsFollowedMax`; more are asked in rounds.
   */
  async *consume(topic: string, options: ConsumeOptions): AsyncGenerator<ConsumerRecord, void, undefined> {
    const partitions = options.partitions ?? [...Array(await this.#topics.partitionCount(topic)).keys()]
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const places = partitions.map((partition) => {
      const from = options.from instanceof Map ? options.from.get(partition) : options.from
      return { partition, from: (from ?? 'earliest') as StartPosition }
    })
    const { from: _, partitions: __, ...rest } = { ...options, signal }
    const inRounds = rest.follow === true && places.length > clientPartitionsFollowedMax
    const atOnceMax = rest.follow ? clientPartitionsFollowedMax : clientPartitionsInFlightMax
    const each = places.map((place) => () => this.#answers(topic, place.partition, { ...rest, from: place.from }))
    const answers = inRounds ? this.#rounds(topic, places, rest, stop) : merged(each, atOnceMax, () => stop.abort())
    try {
      for await (const records of answers) yield* records
    } finally {
      stop.abort()
    }
  }

  /** All partitions, a few at a time, again and again; with a pause after a round that brought nothing. */
  async *#rounds(
    topic: string,
    from: readonly Place[],
    options: Omit<ReadOptions, 'from'>,
    stop: AbortController,
  ): Answers {
    const places = from.map((place) => ({ ...place }))
    for (;;) {
      let isQuiet = true
      const turns = places.map((place) => () => this.#turn(topic, place, options))
      for await (const records of merged(turns, clientPartitionsInFlightMax, () => stop.abort())) {
        isQuiet = false
        yield records
      }
      if (isQuiet) await this.#transport.pause(clientRoundPauseMs, options.signal)
    }
  }

  /** One partition from its place to its end as it is now; the place moves along. */
  async *#turn(topic: string, place: Place, { maxBytes, signal }: Omit<ReadOptions, 'from'>): Answers {
    if (typeof place.from !== 'number')
      place.from = (await this.#range(topic, place.partition, place.from, signal)).next
    for (let isBehind = true; isBehind; ) {
      const offset: number = place.from
      const answer = await this.readOnce(topic, place.partition, {
        offset,
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(signal === undefined ? {} : { signal }),
      })
      place.from = answer.nextOffset
      isBehind = answer.nextOffset > offset && answer.nextOffset < answer.highWatermark
      if (answer.records.length > 0) yield [...answer.records]
    }
  }

  async *#answers(topic: string, partition: number, options: ReadOptions): Answers {
    const { follow = false, maxBytes } = options
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const { from = 'earliest' } = options
    let { next, end } = await this.#range(topic, partition, from, signal)
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
  async #range(
    topic: string,
    partition: number,
    from: StartPosition,
    signal: AbortSignal | undefined,
  ): Promise<{ next: number; end: number }> {
    const { logStartOffset, highWatermark } = await this.#topics.offsets(topic, partition, signal)
    if (from === 'earliest') return { next: logStartOffset, end: highWatermark }
    if (from === 'latest') return { next: highWatermark, end: highWatermark }
    if (typeof from !== 'number') {
      return { next: await this.#topics.resolve(topic, partition, from, signal), end: highWatermark }
    }
    // An offset outside the log is the cluster's to refuse, with the range that is legal.
    if (from < logStartOffset || from > highWatermark)
      await this.readOnce(topic, partition, { offset: from, ...(signal === undefined ? {} : { signal }) })
    return { next: from, end: highWatermark }
  }
}

/** Where the reading of a partition goes on. */
interface Place {
  readonly partition: number
  from: StartPosition
}

type Answers = AsyncGenerator<ConsumerRecord[], void, undefined>

const bytes = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, 'base64'))
