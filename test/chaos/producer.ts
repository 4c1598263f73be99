/**
 * A producer with several batches in flight, as Kafka's clients have them. The idempotent one sends what is undecided again,
 * in order, until it is decided. The plain one does so under new values: each of its tries is judged on its own.
 */
import { buildBatch } from '../../lib/records/build.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { ClusterClient, pause } from '../failover/cluster-client.ts'
import { NoAnswer } from '../failover/wire-connection.ts'
import type { Chance } from './chance.ts'
import type { History, Sent } from './history.ts'

const batchesInFlightMax = 3
const recordsPerBatchMax = 4
const requestTimeoutMs = 3_000
const retryMs = 50
const produceVersion = 8
/** Most records are small and lie in the index; some are large enough for an object, or a file, of their own. */
const paddingBytes = [0, 0, 0, 0, 0, 0, 100, 100, 2_000, 24_000]

/** Nothing was appended, and the same broker a little later, or another one, will. */
export const refusals: ReadonlySet<number> = new Set([
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.UNKNOWN_LEADER_EPOCH,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
])

export interface ProducerParts {
  readonly name: string
  readonly bootstrap: readonly string[]
  readonly topic: string
  readonly partition: number
  readonly chance: Chance
  readonly history: History
  readonly pauseMsMax: number
}

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

interface Batch {
  readonly sent: Sent
  readonly bytes: Buffer
}

type Answer = { readonly errorCode: number | 'no answer'; readonly baseOffset: number }

export class ChaosProducer {
  /** How many batches were acknowledged so far. */
  acknowledged = 0
  readonly idempotent: boolean
  readonly name: string
  readonly #parts: ProducerParts
  readonly #client: ClusterClient
  readonly #identity: Identity | undefined
  #undecided: Batch[] = []
  #sequence = 0
  #made = 0
  #stopped = false

  private constructor(parts: ProducerParts, client: ClusterClient, identity: Identity | undefined) {
    this.#parts = parts
    this.#client = client
    this.#identity = identity
    this.idempotent = identity !== undefined
    this.name = parts.name
  }

  static async open(parts: ProducerParts, kind: 'idempotent' | 'plain'): Promise<ChaosProducer> {
    const client = new ClusterClient(parts.bootstrap)
    const identity = kind === 'idempotent' ? await client.producerId() : undefined
    return new ChaosProducer(parts, client, identity && { ...identity })
  }

  /** No new batches; `run` ends when what is under way is decided. */
  stop(): void {
    this.#stopped = true
  }

  /** Gives up what is undecided. */
  close(): void {
    this.#stopped = true
    this.#undecided = []
    this.#client.close()
  }

  get isDecided(): boolean {
    return this.#undecided.length === 0
  }

  async run(): Promise<void> {
    const { chance, topic, pauseMsMax } = this.#parts
    await this.#client.refresh(topic)
    for (;;) {
      if (this.#undecided.length === 0) {
        if (this.#stopped) return
        const count = chance.between(1, batchesInFlightMax + 1)
        this.#undecided = Array.from({ length: count }, () => this.#next())
      }
      await this.#round()
      if (this.#undecided.length > 0) {
        await pause(retryMs)
        await this.#client.refresh(topic)
      } else await pause(chance.between(0, pauseMsMax))
    }
  }

  #next(): Batch {
    const { name, partition, chance, history } = this.#parts
    const n = this.#made++
    const values = Array.from(
      { length: chance.between(1, recordsPerBatchMax + 1) },
      (_, index) => `${name}/${n}/${index}`,
    )
    const baseSequence = this.#sequence
    this.#sequence += values.length
    const padding = Buffer.alloc(chance.pick(paddingBytes), n)
    const records = values.map((value) => ({ key: padding, value: Buffer.from(value) }))
    const sequence = this.#identity && { ...this.#identity, baseSequence }
    const bytes = Buffer.from(buildBatch({ now: Date.now(), records, ...sequence }))
    return { sent: history.send({ producer: name, partition, idempotent: this.idempotent, values }), bytes }
  }

  /** Sends all that is undecided, in order and at once, and keeps what still is. */
  async #round(): Promise<void> {
    const round = this.#undecided
    const answers = await Promise.all(round.map(({ bytes }) => this.#send(bytes)))
    if (this.#undecided !== round) return
    this.#undecided = []
    for (const [index, batch] of round.entries()) {
      const answer = answers[index] ?? { errorCode: 'no answer', baseOffset: -1 }
      if (this.#isDecided(batch, answer)) continue
      this.#undecided.push(this.idempotent ? batch : this.#next())
    }
  }

  #isDecided({ sent }: Batch, { errorCode, baseOffset }: Answer): boolean {
    const { history } = this.#parts
    if (errorCode === errorCodes.NONE || errorCode === errorCodes.DUPLICATE_SEQUENCE_NUMBER) {
      history.acknowledge(sent, baseOffset >= 0 ? baseOffset : undefined)
      this.acknowledged++
      return true
    }
    if (errorCode === 'no answer' || errorCode === errorCodes.REQUEST_TIMED_OUT) history.unansweredTries++
    else if (refusals.has(errorCode)) {
      history.refusedTries++
      // An earlier try of an idempotent batch may have landed.
      if (!this.idempotent) history.refuse(sent)
    } else if (errorCode !== errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER || this.#undecided.length === 0)
      history.wrong(`${sent.values[0]} was answered ${errorCode}, with nothing undecided before it`)
    return false
  }

  async #send(records: Buffer): Promise<Answer> {
    const { topic, partition } = this.#parts
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const request = { transactionalId: null, acks: -1, timeoutMs: requestTimeoutMs, topicData }
    try {
      const node = this.#client.leader(partition)?.node ?? -1
      const answer = await this.#client.ask(node, produceApi, produceVersion, request, requestTimeoutMs)
      const found = answer.responses[0]?.partitionResponses[0]
      return { errorCode: found?.errorCode ?? -1, baseOffset: Number(found?.baseOffset ?? -1) }
    } catch (fault) {
      if (!(fault instanceof NoAnswer)) throw fault
      return { errorCode: 'no answer', baseOffset: -1 }
    }
  }
}
