/**
 * A client so light that the server is what is measured: batches are made once, and only what must differ from one request
 * to the next is written into them (sequence, checksum). It is idempotent, as Java's producer is by default.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { crc32c } from '../../lib/base/crc32c.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { createTopicsApi } from '../../lib/wire/schemas/19-create-topics.ts'
import { initProducerIdApi } from '../../lib/wire/schemas/22-init-producer-id.ts'

const topic = 'load'
const produceVersion = 9
const fetchVersion = 11
const requestsInFlight = 5

export class WireClient {
  readonly #socket: Socket
  readonly #splitter = new FrameSplitter(2 ** 30)
  readonly #frames: Buffer[] = []
  #wake: () => void = () => undefined
  #correlationId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(...this.#splitter.push(chunk))
      this.#wake()
    })
  }

  static async connect(address: string): Promise<WireClient> {
    const [host, port] = address.split(':')
    const socket = connect({ host: host ?? '', port: Number(port), noDelay: true })
    await once(socket, 'connect')
    return new WireClient(socket)
  }

  close(): void {
    this.#socket.destroy()
  }

  async createTopic(partitions: number): Promise<void> {
    await this.call(createTopicsApi, 5, {
      topics: [{ name: topic, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
      validateOnly: false,
    })
  }

  async call<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    this.send(api, version, request)
    return decodeResponse(api, version, await this.frame()).response
  }

  send<A extends Api>(api: A, version: number, request: RequestInput<A>): void {
    const sender = { correlationId: this.#correlationId++, clientId: 'load' }
    this.#socket.cork()
    for (const piece of encodeRequest(api, version, sender, request)) this.#socket.write(piece)
    this.#socket.uncork()
  }

  async frame(): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

export interface ProduceLoad {
  readonly bytes: number
  readonly partitions: number
  readonly batchBytes: number
  readonly recordBytes: number
}

/** Produces so many bytes, five requests in flight, each with a batch for every partition. Answers how many requests. */
export async function produceLoad(client: WireClient, load: ProduceLoad): Promise<number> {
  const init = { transactionalId: null, transactionTimeoutMs: 60_000 }
  const { producerId, producerEpoch } = await client.call(initProducerIdApi, 1, init)
  const records = Array.from({ length: Math.max(1, Math.floor(load.batchBytes / (load.recordBytes + 12))) }, () => ({
    value: systemEntropy.bytes(load.recordBytes),
  }))
  // Of now: what is older than its topic's retention, the janitor takes away while it is read.
  const identity = { producerId: Number(producerId), producerEpoch, baseSequence: 0, now: systemClock.now() }
  // What is on its way must not change: as many sets of batches as there are requests in flight, and one.
  const sets = Array.from({ length: requestsInFlight + 1 }, () =>
    Array.from({ length: load.partitions }, () => Buffer.from(buildBatch({ ...identity, records }))),
  )
  const requestBytes = (sets[0] ?? []).reduce((sum, batch) => sum + batch.length, 0)
  const requests = Math.ceil(load.bytes / requestBytes)
  let sequence = 0
  let sent = 0
  const sendNext = () => {
    const batches = sets[sent % sets.length] ?? []
    for (const batch of batches) {
      batch.writeInt32BE(sequence, 53)
      batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
    }
    const partitionData = batches.map((batch, index) => ({ index, records: [batch] }))
    client.send(produceApi, produceVersion, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData }],
    })
    sequence += records.length
    sent += 1
  }
  while (sent < Math.min(requests, requestsInFlight)) sendNext()
  for (let answered = 0; answered < requests; answered++) {
    const { response } = decodeResponse(produceApi, produceVersion, await client.frame())
    for (const { partitionResponses } of response.responses) {
      for (const { errorCode } of partitionResponses) if (errorCode !== 0) throw new Error(`error code ${errorCode}`)
    }
    if (sent < requests) sendNext()
  }
  return requests
}

/** Reads all partitions from their beginning to their end, as a consumer with the default limits does. */
export async function fetchLoad(client: WireClient, partitions: number): Promise<{ bytes: number; requests: number }> {
  const offsets = new Array<number>(partitions).fill(0)
  let bytes = 0
  let requests = 0
  for (;;) {
    const wanted = offsets.map((offset, partition) => ({
      partition,
      fetchOffset: BigInt(offset),
      partitionMaxBytes: 1_048_576,
    }))
    const answer = await client.call(fetchApi, fetchVersion, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 52_428_800,
      sessionEpoch: -1,
      forgottenTopicsData: [],
      topics: [{ topic, partitions: wanted }],
    })
    requests += 1
    let got = 0
    for (const { partitionIndex, records, errorCode } of answer.responses.flatMap((each) => each.partitions)) {
      if (errorCode !== 0) throw new Error(`error code ${errorCode}`)
      if (records === null || records.length === 0) continue
      got += records.length
      offsets[partitionIndex] = endOffset(records)
    }
    bytes += got
    if (got === 0) return { bytes, requests }
  }
}

/** After the last whole batch. */
function endOffset(records: Buffer): number {
  let end = 0
  for (let at = 0; at + 61 <= records.length; ) {
    const length = 12 + records.readInt32BE(at + 8)
    if (at + length > records.length) break
    end = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23) + 1
    at += length
  }
  return end
}
