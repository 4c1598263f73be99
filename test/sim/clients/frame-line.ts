/** A client of Kafka's protocol: Metadata, Produce, Fetch and ListOffsets as frames. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { errorCodes, errorName } from '../../../lib/wire/error-codes.ts'
import { produceApi } from '../../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../../lib/wire/schemas/01-fetch.ts'
import { listOffsetsApi } from '../../../lib/wire/schemas/02-list-offsets.ts'
import { metadataApi } from '../../../lib/wire/schemas/03-metadata.ts'
import { batchOf, recordsOf } from '../../log/world.ts'
import type { Batch, Ends, Target } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { type Lost, lost, type World } from '../world.ts'
import { Frames } from './frames.ts'
import { type Found, type Line, type Route, type Sequence, type Told, waitMs } from './line.ts'

/** The newest, and the last before topics had ids. */
const versions = { id: { produce: 13, fetch: 17 }, name: { produce: 9, fetch: 11 } } as const
/** How long a fetch waits for records, ms. */
const fetchWaitsMs = [0, 0, 300]

export class FrameLine implements Line {
  readonly inOrder = true
  readonly byName: boolean
  readonly #world: World
  readonly #frames: Frames
  readonly #versions: (typeof versions)[keyof typeof versions]
  #fetches = 0

  constructor(world: World, client: string, topicsBy: 'name' | 'id') {
    this.#world = world
    this.#frames = new Frames(world, client)
    this.byName = topicsBy === 'name'
    this.#versions = versions[topicsBy]
  }

  /** To whom the metadata says; at times to whoever is asked, who may not lead. */
  async route(entropy: Entropy, { topic, id }: Target): Promise<Route | undefined> {
    const asked = this.#world.anyProcess(entropy)
    if (entropy.fraction() < 0.1) return { process: asked, leaderEpoch: undefined }
    const found = await this.#metadata(asked, topic)
    const leads = found?.partitions.find(({ partitionIndex }) => partitionIndex === id.partition)
    if (!leads) return undefined
    // Whoever answers for the functions is all that their clients reach.
    const process = asked.isGateway
      ? this.#world.processes.find(({ brokerId }) => brokerId === leads.leaderId)
      : leads.leaderId === asked.brokerId && asked
    return process ? { process, leaderEpoch: undefined } : undefined
  }

  async append({ process }: Route, target: Target, batch: Batch, sequence?: Sequence): Promise<Told | Lost> {
    const { id, topic: name } = target
    const records = Buffer.from(batchOf(batch.values, sequence, batch.createdMs))
    const partitionData = [{ index: id.partition, records }]
    const request = { acks: -1, timeoutMs: 30_000, topicData: [{ name, topicId: id.topicId, partitionData }] }
    const answered = await this.#frames.ask(process, produceApi, this.#versions.produce, request, waitMs)
    const response = answered === lost ? undefined : answered.responses[0]?.partitionResponses[0]
    if (!response) return lost
    return this.#told(response.errorCode, response.baseOffset)
  }

  async read(process: SimProcess, target: Target, from: number, maxBytes: number): Promise<Found | Lost> {
    const { id, topic } = target
    const partitions = [{ partition: id.partition, fetchOffset: BigInt(from), partitionMaxBytes: maxBytes }]
    const request = {
      ...{ replicaId: -1, minBytes: 1, maxBytes, isolationLevel: 0, sessionId: 0, sessionEpoch: -1 },
      maxWaitMs: fetchWaitsMs[this.#fetches++ % fetchWaitsMs.length] as number,
      topics: [{ topic, topicId: id.topicId, partitions }],
      ...{ forgottenTopicsData: [], rackId: '' },
    }
    const answered = await this.#frames.ask(process, fetchApi, this.#versions.fetch, request as never, waitMs)
    const response = answered === lost ? undefined : answered.responses[0]?.partitions[0]
    if (!response) return lost
    const { errorCode, records, highWatermark: end, logStartOffset: start } = response
    this.#isKnown(errorCode)
    switch (errorCode) {
      case errorCodes.NONE:
        return { is: 'read', records: recordsOf(records ?? new Uint8Array()), start, end, next: undefined }
      case errorCodes.OFFSET_OUT_OF_RANGE:
        return { is: 'out-of-range', start: undefined, end: undefined }
      case errorCodes.UNKNOWN_TOPIC_ID:
        return { is: 'unknown-partition' }
      default:
        return { is: 'nothing' }
    }
  }

  async ends(process: SimProcess, target: Target): Promise<Ends | undefined> {
    const start = await this.#offsetOf(process, target, -2n)
    return start === undefined ? undefined : { start }
  }

  async lookUp(process: SimProcess, topic: string) {
    const found = await this.#metadata(process, topic)
    return found === undefined ? 'unknown' : { id: found.topicId, partitions: found.partitions.length }
  }

  async #offsetOf(process: SimProcess, { topic, id }: Target, timestamp: bigint): Promise<number | undefined> {
    const partitions = [{ partitionIndex: id.partition, timestamp }]
    const request = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions }] }
    const answered = await this.#frames.ask(process, listOffsetsApi, 7, request as never, waitMs)
    const response = answered === lost ? undefined : answered.topics[0]?.partitions[0]
    if (!response) return undefined
    this.#isKnown(response.errorCode)
    return response.errorCode === errorCodes.NONE ? response.offset : undefined
  }

  async #metadata(process: SimProcess, name: string) {
    const request = { topics: [{ name }], allowAutoTopicCreation: false }
    const answered = await this.#frames.ask(process, metadataApi, 12, request as never, waitMs)
    const topic = answered === lost ? undefined : answered.topics[0]
    if (!topic) return undefined
    this.#isKnown(topic.errorCode)
    return topic.errorCode === errorCodes.NONE ? topic : undefined
  }

  #told(errorCode: number, base: number): Told {
    this.#isKnown(errorCode)
    const outcome = errorName(errorCode) ?? String(errorCode)
    if (errorCode === errorCodes.NONE) return { outcome, answer: { is: 'acknowledged', base } }
    if (errorCode === errorCodes.DUPLICATE_SEQUENCE_NUMBER) {
      return { outcome, answer: { is: 'acknowledged', base: undefined } }
    }
    return { outcome, answer: { is: errorCode === errorCodes.REQUEST_TIMED_OUT ? 'unknown' : 'refused' } }
  }

  /** What no client can do anything about is a bug. */
  #isKnown(errorCode: number): void {
    if (errorCode === errorCodes.UNKNOWN_SERVER_ERROR) this.#world.history.violation('UNKNOWN_SERVER_ERROR')
  }
}
