/** What any Kafka client does to find its way: metadata from whoever answers, a connection a broker, leaders looked up anew. */
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { createTopicsApi } from '../../lib/wire/schemas/19-create-topics.ts'
import { initProducerIdApi } from '../../lib/wire/schemas/22-init-producer-id.ts'
import { NoAnswer, WireConnection } from './wire-connection.ts'

export interface Leader {
  readonly node: number
  readonly epoch: number
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

const metadataTimeoutMs = 1_000

export class ClusterClient {
  readonly #bootstrap: readonly string[]
  readonly #connections = new Map<string, WireConnection>()
  readonly #addresses = new Map<number, string>()
  #leaders: readonly Leader[] = []
  #refreshing: Promise<void> | undefined

  constructor(bootstrap: readonly string[]) {
    this.#bootstrap = bootstrap
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }
    const request = { topics: [topic], timeoutMs: 30_000, validateOnly: false }
    const answer = await this.#connection(this.#bootstrap[0] ?? '').ask(createTopicsApi, 5, request, 30_000)
    const code = answer.topics[0]?.errorCode
    if (code !== 0) throw new Error(`topic ${name} could not be made: ${code}`)
  }

  async producerId(): Promise<{ producerId: number; producerEpoch: number }> {
    const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 }
    return this.#connection(this.#bootstrap[0] ?? '').ask(initProducerIdApi, 4, request, 30_000)
  }

  leader(partition: number): Leader | undefined {
    return this.#leaders[partition]
  }

  /** By number; rejects with `NoAnswer` also where the broker is not known. */
  async ask<A extends Api>(node: number, api: A, version: number, request: RequestInput<A>, timeoutMs: number) {
    const address = this.#addresses.get(node)
    if (address === undefined) throw new NoAnswer(`broker ${node} is not known`)
    return this.#connection(address).ask(api, version, request, timeoutMs) as Promise<ResponseOf<A>>
  }

  /** Asks whoever answers. Those who want it at the same time share it. */
  async refresh(topic: string): Promise<void> {
    this.#refreshing ??= this.#refresh(topic).finally(() => {
      this.#refreshing = undefined
    })
    await this.#refreshing
  }

  async #refresh(topic: string): Promise<void> {
    for (const address of new Set([...this.#addresses.values(), ...this.#bootstrap])) {
      try {
        const request = { topics: [{ name: topic, topicId: '' }], allowAutoTopicCreation: false }
        const asked = { ...request, includeTopicAuthorizedOperations: false }
        const answer = await this.#connection(address).ask(metadataApi, 8, asked as never, metadataTimeoutMs)
        this.#addresses.clear()
        for (const { nodeId, host, port } of answer.brokers) this.#addresses.set(nodeId, `${host}:${port}`)
        const partitions = answer.topics[0]?.partitions ?? []
        const leaders: Leader[] = []
        for (const { partitionIndex, leaderId, leaderEpoch } of partitions)
          leaders[partitionIndex] = { node: leaderId, epoch: leaderEpoch }
        this.#leaders = leaders
        return
      } catch (fault) {
        if (!(fault instanceof NoAnswer)) throw fault
      }
    }
  }

  #connection(address: string): WireConnection {
    const known = this.#connections.get(address)
    if (known?.isOpen) return known
    const [host = '', port = ''] = address.split(':')
    const made = new WireConnection(host, Number(port))
    this.#connections.set(address, made)
    return made
  }
}
