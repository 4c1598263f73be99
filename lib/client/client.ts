/**
 * The TypeScript client: the cluster over HTTP, local or deployed. It holds no state but the partition counts that it has
 * seen, opens nothing, and needs no close.
 *
 * Retries: what may be tried again (429, 502, 503, 504, a retriable error code, a cut or refused connection) is tried again,
 * a bounded number of times, with full jitter. For a read or an administration request that is harmless. **A produce that is
 * tried again may store its records twice**, when the first try was stored and its answer was lost: delivery is at least
 * once, in order, and `retry: { attemptsMax: 1 }` makes it at most once. Only the idempotent producers of the Kafka
 * protocol are exactly once.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { clientAttemptsMaxDefault, clientBackoffMsDefault } from '../base/limits.ts'
import { systemClock, systemEntropy } from '../base/system.ts'
import type { Partitioner } from '../records/partitioner.ts'
import type {
  ConsumeOptions,
  ConsumerRecord,
  ProduceOptions,
  ProduceResult,
  ProducerRecord,
  ReadAnswer,
  ReadOnceOptions,
  ReadOptions,
} from './client-types.ts'
import { GroupsClient } from './groups-client.ts'
import { Producer } from './producer.ts'
import { Reader } from './reader.ts'
import type { RequestSigner } from './request-signer.ts'
import { TopicsClient } from './topics-client.ts'
import { Transport } from './transport.ts'

// The package's only entry: what the client takes, gives and throws can be named from here.
export type { Partitioner, PartitionerInput } from '../records/partitioner.ts'
export { type AwsSignatureOptions, awsSignature } from './aws-signature.ts'
export type * from './client-types.ts'
export { GregorError } from './gregor-error.ts'
export type { RequestSigner, UnsignedRequest } from './request-signer.ts'

/** Only the URL is needed. */
export interface GregorClientOptions {
  /** Such as `http://127.0.0.1:8082`, or an API's URL with its stage. */
  readonly url: string
  /** Sent with every request: authorization, an API key. */
  readonly headers?: Readonly<Record<string, string>>
  /** Signs each request, such as `awsSignature` for an API that asks for IAM. */
  readonly sign?: RequestSigner
  readonly fetch?: typeof fetch
  /** For records that name no partition. Default: murmur2 of the key as every Kafka client; sticky without a key. */
  readonly partitioner?: Partitioner
  readonly retry?: {
    /** 1 and up; default 5. */
    readonly attemptsMax?: number
    /** The first pause is at most this, each later one at most double; default 100. */
    readonly backoffMs?: number
  }
  readonly clock?: Clock
  readonly entropy?: Entropy
}

/**
 * One cluster. Every method throws `GregorError` for what was refused or got no answer, and the reason of an aborted
 * signal.
 */
export class GregorClient {
  readonly topics: TopicsClient
  readonly groups: GroupsClient
  readonly #transport: Transport
  readonly #producer: Producer
  readonly #reader: Reader

  constructor(options: GregorClientOptions) {
    const entropy = options.entropy ?? systemEntropy
    const clock = options.clock ?? systemClock
    this.#transport = new Transport({
      url: options.url,
      headers: options.headers ?? {},
      sign: options.sign,
      fetch: options.fetch ?? globalThis.fetch,
      attemptsMax: options.retry?.attemptsMax ?? clientAttemptsMaxDefault,
      backoffMs: options.retry?.backoffMs ?? clientBackoffMsDefault,
      clock,
      entropy,
    })
    this.topics = new TopicsClient(this.#transport)
    this.groups = new GroupsClient(this.#transport, this.topics)
    this.#producer = new Producer(this.#transport, this.topics, entropy, options.partitioner)
    this.#reader = new Reader(this.#transport, this.topics)
  }

  /** The cluster's id. */
  clusterId(signal?: AbortSignal): Promise<string> {
    return this.#transport.clusterId(signal)
  }

  /** Resolves when the cluster and its stores answer; throws a `GregorError` when they do not. */
  async health(signal?: AbortSignal): Promise<void> {
    await this.#transport.request('GET', '/healthz', signal ? { signal } : {})
  }

  /**
   * Stores records, those of one partition in their order, and answers in the order of the records. Splits what is too
   * large for one request. At least once: see above.
   */
  produce(topic: string, records: readonly ProducerRecord[], options: ProduceOptions = {}): Promise<ProduceResult[]> {
    return this.#producer.produce(topic, records, options)
  }

  /** One answer of one partition. Throws a `GregorError` 40003 when the offset lies outside the log. */
  readOnce(topic: string, partition: number, options: ReadOnceOptions): Promise<ReadAnswer> {
    return this.#reader.readOnce(topic, partition, options)
  }

  /** The records of one partition in order. Ends at the end of the log, or never with `follow`. */
  read(topic: string, partition: number, options: ReadOptions = {}): AsyncGenerator<ConsumerRecord, void, undefined> {
    return this.#reader.read(topic, partition, options)
  }

  /** The records of many partitions, each in its order, as they come. */
  consume(topic: string, options: ConsumeOptions = {}): AsyncGenerator<ConsumerRecord, void, undefined> {
    return this.#reader.consume(topic, options)
  }
}
