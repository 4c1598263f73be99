/**
 * The harness's own connection: makes topics, puts plain records into them and looks at stored batches, by the protocol's
 * tables. Independent of every client that is tested.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildBatch } from '../../lib/records/build.ts'
import type { BatchHeader } from '../../lib/records/header.ts'
import { iterateBatches } from '../../lib/records/iterate.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { createTopicsApi } from '../../lib/wire/schemas/19-create-topics.ts'
import { deleteTopicsApi } from '../../lib/wire/schemas/20-delete-topics.ts'

const frameBytesMax = 64 << 20

/** A server that answers one request after the other, on one connection. */
export class WireClient {
  readonly #socket: Socket
  readonly #frames: Buffer[] = []
  readonly #splitter = new FrameSplitter(frameBytesMax)
  #arrived: (() => void) | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(bootstrap: string) {
    const [host = '', port = ''] = bootstrap.split(':')
    this.#socket = connect(Number(port), host)
    this.#socket.on('data', (chunk) => {
      this.#frames.push(...this.#splitter.push(chunk))
      this.#arrived?.()
    })
    // Told by the request that waits: it gets no frame.
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#arrived?.())
  }

  close(): void {
    this.#socket.destroy()
  }

  async createTopic(name: string, partitions: number, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configs = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }))
    const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs }
    const answer = await this.#ask(createTopicsApi, 5, { topics: [topic], timeoutMs: 30_000, validateOnly: false })
    const { errorCode, errorMessage } = answer.topics[0] ?? { errorCode: -1, errorMessage: 'no answer' }
    if (errorCode !== 0) throw new Error(`topic ${name} could not be made: ${errorCode} ${errorMessage ?? ''}`)
    for (let partition = 0; partition < partitions; partition++) await this.#leaderOf(name, partition)
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#ask(deleteTopicsApi, 4, { topicNames: [name], topics: [], timeoutMs: 30_000 })
  }

  /** Apache Kafka answers before every broker knows of the topic. */
  async #leaderOf(topic: string, partition: number): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await this.#ask(fetchApi, 11, fetchOf(topic, partition, 0, 0))
      if (answer.responses[0]?.partitions[0]?.errorCode === 0) return
      await sleep(25)
    }
    throw new Error(`nobody leads ${topic}-${partition}`)
  }

  /** One batch of so many records into a partition. */
  async produce(topic: string, partition: number, values: readonly string[], now: number): Promise<void> {
    const records = Buffer.from(buildBatch({ now, records: values.map((value) => ({ value: Buffer.from(value) })) }))
    const partitionData = [{ index: partition, records }]
    const answer = await this.#ask(produceApi, 8, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData }],
    })
    const errorCode = answer.responses[0]?.partitionResponses[0]?.errorCode
    if (errorCode !== 0) throw new Error(`records for ${topic}-${partition} were refused: ${errorCode}`)
  }

  /** The headers of all batches of a partition from an offset on, and the offset after the last. */
  async batches(topic: string, partition: number, from: number): Promise<{ headers: BatchHeader[]; end: number }> {
    const headers: BatchHeader[] = []
    let at = from
    for (;;) {
      const found = await this.#fetch(topic, partition, at)
      for (const { header } of iterateBatches(found.records ?? Buffer.alloc(0))) {
        headers.push(header)
        at = header.baseOffset + header.lastOffsetDelta + 1
      }
      if (found.records === null || found.records.length === 0 || at >= found.highWatermark) return { headers, end: at }
    }
  }

  async #fetch(topic: string, partition: number, offset: number) {
    const answer = await this.#ask(fetchApi, 11, fetchOf(topic, partition, offset, 100))
    const found = answer.responses[0]?.partitions[0]
    if (found?.errorCode !== 0) throw new Error(`${topic}-${partition} cannot be read: ${found?.errorCode}`)
    return found
  }

  #ask<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const asked = this.#last.then(async () => {
      const sender = { correlationId: 1, clientId: 'gregor-harness' }
      for (const piece of encodeRequest(api, version, sender, request)) this.#socket.write(piece)
      while (this.#frames.length === 0) {
        if (this.#socket.destroyed) throw new Error(`the server closed the connection instead of answering ${api.name}`)
        await new Promise<void>((arrived) => {
          this.#arrived = arrived
        })
      }
      const frame = this.#frames.shift() ?? Buffer.alloc(0)
      return decodeResponse(api, version, frame).response
    })
    this.#last = asked.catch(() => undefined)
    return asked
  }
}

const fetchOf = (
  topic: string,
  partition: number,
  offset: number,
  maxWaitMs: number,
): RequestInput<typeof fetchApi> => ({
  maxWaitMs,
  minBytes: 1,
  topics: [{ topic, partitions: [{ partition, fetchOffset: BigInt(offset), partitionMaxBytes: 16 << 20 }] }],
  forgottenTopicsData: [],
})
