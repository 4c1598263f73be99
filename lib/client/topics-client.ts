/** Topics by the REST Proxy's v3 routes, and their offsets by its v2 ones. */
import { BoundedMap } from '../base/bounded-map.ts'
import { offset } from '../base/ids.ts'
import { clientTopicsRememberedMax } from '../base/limits.ts'
import type { PartitionOffsets, StartPosition, TopicConfigEntry, TopicDescription } from './client-types.ts'
import type { Transport } from './transport.ts'

interface TopicData {
  readonly topic_name: string
  readonly partitions_count: number
  readonly replication_factor: number
  readonly is_internal: boolean
}

/**
 * Topics, their configs and offsets. Throws `GregorError`, 40401 for an unknown topic, 40402 for an unknown partition.
 */
export class TopicsClient {
  readonly #transport: Transport
  readonly #partitionCounts = new BoundedMap<string, number>(clientTopicsRememberedMax)

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async list(): Promise<TopicDescription[]> {
    return (await this.#transport.list<TopicData>(await this.#path())).map(description)
  }

  /** `partitions` defaults to the cluster's default. Throws 40002 when there is such a topic. */
  async create(
    topic: string,
    options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
  ): Promise<TopicDescription> {
    const { body } = await this.#transport.request('POST', await this.#path(), {
      contentType: 'application/json',
      body: JSON.stringify({
        topic_name: topic,
        ...(options.partitions === undefined ? {} : { partitions_count: options.partitions }),
        configs: Object.entries(options.configs ?? {}).map(([name, value]) => ({ name, value })),
      }),
    })
    return description(body as TopicData)
  }

  /** Throws 40401 when there is no such topic. */
  async describe(topic: string): Promise<TopicDescription> {
    const { body } = await this.#transport.request('GET', await this.#path(topic))
    const found = description(body as TopicData)
    this.#partitionCounts.set(topic, found.partitionsCount)
    return found
  }

  async delete(topic: string): Promise<void> {
    this.#partitionCounts.delete(topic)
    await this.#transport.request('DELETE', await this.#path(topic))
  }

  /** Only up: a partition is never taken away. */
  async setPartitionCount(topic: string, partitions: number): Promise<TopicDescription> {
    this.#partitionCounts.delete(topic)
    const { body } = await this.#transport.request('PATCH', await this.#path(topic), {
      contentType: 'application/json',
      body: JSON.stringify({ partitions_count: partitions }),
    })
    return description(body as TopicData)
  }

  async configs(topic: string): Promise<TopicConfigEntry[]> {
    const { body } = await this.#transport.request('GET', `${await this.#path(topic)}/configs`)
    const entries = (body as { data: { name: string; value: string | null; is_default: boolean }[] }).data
    return entries.map((entry) => ({ name: entry.name, value: entry.value, isDefault: entry.is_default }))
  }

  /** All of the changes or none; null puts a config back to its default. */
  async alterConfigs(topic: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
    const data = Object.entries(changes).map(([name, value]) =>
      value === null ? { name, operation: 'DELETE' } : { name, value, operation: 'SET' },
    )
    await this.#transport.request('POST', `${await this.#path(topic)}/configs:alter`, {
      contentType: 'application/json',
      body: JSON.stringify({ data }),
    })
  }

  /** The legal offsets of one partition. */
  async offsets(topic: string, partition: number, signal?: AbortSignal): Promise<PartitionOffsets> {
    const path = `${partitionPath(topic, partition)}/offsets`
    const { body } = await this.#transport.request('GET', path, signal ? { signal } : {})
    const { beginning_offset, end_offset } = body as { beginning_offset: number; end_offset: number }
    return { partition, logStartOffset: beginning_offset, highWatermark: end_offset }
  }

  /** The offset that a position means now: for a timestamp the first record at or after it, or the end of the log. */
  async resolve(topic: string, partition: number, position: StartPosition, signal?: AbortSignal): Promise<number> {
    if (typeof position === 'number') return offset(position)
    const { logStartOffset, highWatermark } = await this.offsets(topic, partition, signal)
    if (position === 'earliest') return logStartOffset
    if (position === 'latest') return highWatermark
    const { body } = await this.#transport.request('GET', `${partitionPath(topic, partition)}/offsets`, {
      query: { timestamp: position.timestamp },
      ...(signal ? { signal } : {}),
    })
    const found = (body as { offset: number }).offset
    return found < 0 ? highWatermark : found
  }

  /** Deletes the records before an offset; -1: all. Answers the new start of the log. */
  async deleteRecords(topic: string, partition: number, before: number): Promise<number> {
    const { body } = await this.#transport.request('DELETE', `${partitionPath(topic, partition)}/records`, {
      query: { before },
    })
    return (body as { low_watermark: number }).low_watermark
  }

  /** The number of partitions as it was last seen; asks when it was never seen. */
  async partitionCount(topic: string): Promise<number> {
    return this.#partitionCounts.get(topic) ?? (await this.describe(topic)).partitionsCount
  }

  /** The topic may have changed: ask again next time. */
  forgetPartitionCount(topic: string): void {
    this.#partitionCounts.delete(topic)
  }

  async #path(topic?: string): Promise<string> {
    const topics = `/v3/clusters/${encodeURIComponent(await this.#transport.clusterId())}/topics`
    return topic === undefined ? topics : `${topics}/${encodeURIComponent(topic)}`
  }
}

export const partitionPath = (topic: string, partition: number) =>
  `/topics/${encodeURIComponent(topic)}/partitions/${partition}`

const description = (data: TopicData): TopicDescription => ({
  name: data.topic_name,
  partitionsCount: data.partitions_count,
  replicationFactor: data.replication_factor,
  isInternal: data.is_internal,
})
