/**
 * Producers and consumers under load, and what each was told: a producer with sequences and one without for each partition, one
 * batch in flight each, and a consumer of them all.
 */
import { buildBatch } from '../../lib/records/build.ts'
import { iterateBatches, iterateRecords } from '../../lib/records/iterate.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { ClusterClient, pause } from './cluster-client.ts'
import { NoAnswer } from './wire-connection.ts'

export const recordsPerBatch = 3
const retryMs = 100
/** As a client with `request.timeout.ms` of it: who is stopped is given up, and another one asked. */
const requestTimeoutMs = 3_000
const fetchWaitMs = 250

/** Nothing was appended, and another broker, or the same a little later, will. */
const refusals: ReadonlySet<number> = new Set([
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.UNKNOWN_LEADER_EPOCH,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
])

interface Acknowledged {
  readonly values: readonly string[]
  /** -1: a duplicate, of an offset that was not told. */
  readonly baseOffset: number
  readonly atMs: number
}

export interface Producer {
  readonly name: string
  readonly partition: number
  readonly idempotent: boolean
  readonly acknowledged: Acknowledged[]
  /** Sent, and never decided: each may be in the log, once. */
  readonly unknown: (readonly string[])[]
}

export interface Consumed {
  readonly values: string[]
  readonly atMs: number[]
  /** As the batches carried them. */
  readonly leaderEpochs: number[]
}

interface Batch {
  readonly values: readonly string[]
  readonly records: Buffer
}

export class Load {
  readonly producers: Producer[] = []
  readonly consumed: Consumed[]
  /** What no client should ever see. */
  readonly wrongs: string[] = []
  /** Times that a broker said NOT_LEADER_OR_FOLLOWER to a producer. */
  refused = 0
  readonly #bootstrap: readonly string[]
  readonly #topic: string
  readonly #clients: ClusterClient[] = []
  readonly #running: Promise<unknown>[] = []
  #stopped = false
  #allProduced = false

  constructor(bootstrap: readonly string[], topic: string, partitions: number) {
    this.#bootstrap = bootstrap
    this.#topic = topic
    this.consumed = Array.from({ length: partitions }, () => ({ values: [], atMs: [], leaderEpochs: [] }))
  }

  async start(): Promise<void> {
    for (const partition of this.consumed.keys()) {
      const { producerId, producerEpoch } = await this.#client().producerId()
      this.#running.push(this.#produce(`i${partition}`, partition, { producerId, producerEpoch }))
      this.#running.push(this.#produce(`p${partition}`, partition))
    }
  }

  /** No new batches; what is under way is decided. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
    this.#allProduced = true
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  #client(): ClusterClient {
    const client = new ClusterClient(this.#bootstrap)
    this.#clients.push(client)
    return client
  }

  async #produce(name: string, partition: number, identity?: { producerId: number; producerEpoch: number }) {
    const client = this.#client()
    const producer: Producer = { name, partition, idempotent: identity !== undefined, acknowledged: [], unknown: [] }
    this.producers.push(producer)
    await client.refresh(this.#topic)
    for (let n = 0; !this.#stopped; n++) {
      const values = Array.from({ length: recordsPerBatch }, (_, index) => `${name}/${n}/${index}`)
      const sequence = identity && { ...identity, baseSequence: n * recordsPerBatch }
      const records = values.map((value) => ({ value: Buffer.from(value) }))
      const bytes = Buffer.from(buildBatch({ now: Date.now(), records, ...sequence }))
      await this.#deliver(client, producer, { values, records: bytes })
      await pause(10)
    }
  }

  /** Sends until it is decided; without sequences what is not answered stays unknown, since sending again might double it. */
  async #deliver(client: ClusterClient, producer: Producer, batch: Batch): Promise<void> {
    for (;;) {
      const answer = await this.#send(client, producer.partition, batch.records)
      if (answer.errorCode === errorCodes.NONE || answer.errorCode === errorCodes.DUPLICATE_SEQUENCE_NUMBER) {
        producer.acknowledged.push({ values: batch.values, baseOffset: answer.baseOffset, atMs: Date.now() })
        return
      }
      const isUnknown = answer.errorCode === errorCodes.REQUEST_TIMED_OUT || answer.errorCode === 'no answer'
      if (answer.errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER) this.refused++
      if (!isUnknown && !refusals.has(answer.errorCode as number)) {
        this.wrongs.push(`${producer.name}: ${batch.values[0]} was answered ${answer.errorCode}`)
        return
      }
      if (isUnknown && !producer.idempotent) {
        producer.unknown.push(batch.values)
        await client.refresh(this.#topic)
        return
      }
      await pause(retryMs)
      await client.refresh(this.#topic)
    }
  }

  async #send(client: ClusterClient, partition: number, records: Buffer) {
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: requestTimeoutMs,
      topicData: [{ name: this.#topic, partitionData: [{ index: partition, records }] }],
    }
    try {
      const node = client.leader(partition)?.node ?? -1
      const answer = await client.ask(node, produceApi, 8, request, requestTimeoutMs)
      const found = answer.responses[0]?.partitionResponses[0]
      return { errorCode: found?.errorCode ?? -1, baseOffset: found?.baseOffset ?? -1 }
    } catch (fault) {
      if (!(fault instanceof NoAnswer)) throw fault
      return { errorCode: 'no answer' as const, baseOffset: -1 }
    }
  }

  /** Follows all partitions to the end that they have when nobody produces any more. */
  async consume(): Promise<void> {
    await Promise.all([...this.consumed.keys()].map((partition) => this.#follow(partition)))
  }

  /** With a connection of its own: a fetch that waits keeps what comes behind it. */
  async #follow(partition: number): Promise<void> {
    const client = this.#client()
    await client.refresh(this.#topic)
    const consumed = this.consumed[partition] as Consumed
    for (;;) {
      const isLast = this.#allProduced
      const answer = await this.#fetch(client, partition, consumed.values.length)
      if (answer === undefined) {
        await pause(retryMs)
        await client.refresh(this.#topic)
        continue
      }
      this.#take(consumed, partition, answer.records ?? Buffer.alloc(0))
      if (isLast && consumed.values.length >= answer.highWatermark) return
    }
  }

  #take(consumed: Consumed, partition: number, records: Buffer): void {
    for (const { header, bytes } of iterateBatches(records)) {
      for (const record of iterateRecords(bytes)) {
        if (record.offset < consumed.values.length) continue
        if (record.offset > consumed.values.length)
          this.wrongs.push(`partition ${partition}: ${record.offset} came where ${consumed.values.length} was next`)
        consumed.values.push(Buffer.from(record.value ?? []).toString())
        consumed.atMs.push(Date.now())
        consumed.leaderEpochs.push(header.leaderEpoch)
      }
    }
  }

  /** `undefined`: not from there, or not now. */
  async #fetch(client: ClusterClient, partition: number, offset: number) {
    const leader = client.leader(partition)
    const wanted = {
      partition,
      currentLeaderEpoch: leader?.epoch ?? -1,
      fetchOffset: BigInt(offset),
      partitionMaxBytes: 1 << 20,
    }
    const topics = [{ topic: this.#topic, partitions: [wanted] }]
    const request = { maxWaitMs: fetchWaitMs, minBytes: 1, topics, forgottenTopicsData: [] }
    try {
      const answer = await client.ask(leader?.node ?? -1, fetchApi, 11, request, requestTimeoutMs)
      const found = answer.responses[0]?.partitions[0]
      if (found?.errorCode === 0) return found
      if (!refusals.has(found?.errorCode ?? -1))
        this.wrongs.push(`partition ${partition} at ${offset} was answered ${found?.errorCode}`)
      return undefined
    } catch (fault) {
      if (!(fault instanceof NoAnswer)) throw fault
      return undefined
    }
  }
}
