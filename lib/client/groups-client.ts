/** Consumer groups: their offsets by our routes, their description and lag by the REST Proxy's v3 ones. */
import type { CommittedOffset, GroupDescription, GroupLag, GroupMember, ResetTarget } from './client-types.ts'
import type { TopicsClient } from './topics-client.ts'
import type { Transport } from './transport.ts'

/** Consumer groups and what they have committed. Throws `GregorError`, 40405 for an unknown group. */
export class GroupsClient {
  readonly #transport: Transport
  readonly #topics: TopicsClient

  constructor(transport: Transport, topics: TopicsClient) {
    this.#transport = transport
    this.#topics = topics
  }

  async list(): Promise<GroupDescription[]> {
    const groups = await this.#transport.list<{ consumer_group_id: string; state: string }>(await this.#path())
    return groups.map((group) => ({ group: group.consumer_group_id, state: group.state }))
  }

  /** Who is in a group, and its committed offsets beside the ends of its partitions. Throws 40405 for an unknown group. */
  async describe(
    group: string,
  ): Promise<GroupDescription & { readonly members: readonly GroupMember[]; readonly lags: readonly GroupLag[] }> {
    const path = await this.#path(group)
    const { body } = await this.#transport.request('GET', path)
    const lags = (await this.#transport.request('GET', `${path}/lags`)).body as {
      data: {
        topic_name: string
        partition_id: number
        current_offset: number
        log_end_offset: number
        lag: number
      }[]
    }
    const consumers = (await this.#transport.request('GET', `${path}/consumers`)).body as {
      data: { consumer_id: string; instance_id: string | null; client_id: string }[]
    }
    return {
      group,
      state: (body as { state: string }).state,
      members: consumers.data.map((member) => ({
        memberId: member.consumer_id,
        instanceId: member.instance_id,
        clientId: member.client_id,
      })),
      lags: lags.data.map((lag) => ({
        topic: lag.topic_name,
        partition: lag.partition_id,
        currentOffset: lag.current_offset,
        logEndOffset: lag.log_end_offset,
        lag: lag.lag,
      })),
    }
  }

  /** An offset is the one to read next, as in Kafka: the last one processed, plus 1. */
  async commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    await this.#transport.request('POST', offsetsPath(group), {
      contentType: 'application/json',
      body: JSON.stringify({ offsets }),
    })
  }

  /** All committed offsets of a group, or those of one topic; empty for a group that has none. */
  async committed(group: string, topic?: string): Promise<CommittedOffset[]> {
    const { body } = await this.#transport.request('GET', offsetsPath(group), { query: { topic } })
    return (body as { offsets: CommittedOffset[] }).offsets
  }

  /** Forgets a group and its offsets. */
  async delete(group: string): Promise<void> {
    await this.#transport.request('DELETE', `/groups/${encodeURIComponent(group)}`)
  }

  /** Where a reset would put the group, partition by partition; commits it unless `dryRun`. */
  async reset(
    group: string,
    topic: string,
    target: ResetTarget,
    options: { readonly partitions?: readonly number[]; readonly dryRun?: boolean } = {},
  ): Promise<CommittedOffset[]> {
    const partitions = options.partitions ?? [...Array(await this.#topics.partitionCount(topic)).keys()]
    const committed = new Map((await this.committed(group, topic)).map((entry) => [entry.partition, entry.offset]))
    const offsets: CommittedOffset[] = []
    for (const partition of partitions) {
      offsets.push({ topic, partition, offset: await this.#target(topic, partition, target, committed.get(partition)) })
    }
    if (!options.dryRun && offsets.length > 0) await this.commit(group, offsets)
    return offsets
  }

  /** As `kafka-consumer-groups.sh` does: what lies outside the log is moved to its nearer end. */
  async #target(topic: string, partition: number, target: ResetTarget, current: number | undefined): Promise<number> {
    const { logStartOffset, highWatermark } = await this.#topics.offsets(topic, partition)
    const wanted =
      typeof target === 'object' && 'shift' in target
        ? (current ?? logStartOffset) + target.shift
        : await this.#topics.resolve(topic, partition, target)
    return Math.min(Math.max(wanted, logStartOffset), highWatermark)
  }

  async #path(group?: string): Promise<string> {
    const groups = `/v3/clusters/${encodeURIComponent(await this.#transport.clusterId())}/consumer-groups`
    return group === undefined ? groups : `${groups}/${encodeURIComponent(group)}`
  }
}

const offsetsPath = (group: string) => `/groups/${encodeURIComponent(group)}/offsets`
