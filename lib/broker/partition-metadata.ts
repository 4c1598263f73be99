/** Partitions as Metadata and DescribeTopicPartitions describe them: who leads, and who could. */
import type { PartitionId } from '../base/ids.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { errorCodes } from '../wire/error-codes.ts'
import type { RequestContext } from './handler.ts'
import { leadersFor, reachableBrokers } from './leadership.ts'
import { replicasOf } from './replicas.ts'
import type { BrokerServices } from './services.ts'

export interface PartitionMetadata {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** A topic and those of its partitions that are asked for: all of them where no range is given. */
export interface DescribedTopic {
  readonly topic: Topic
  readonly from?: number
  /** Excluded. */
  readonly to?: number
}

const none: readonly number[] = []

/** For each topic its partitions, ascending. Throws the store's faults. */
export async function partitionsOf(
  services: BrokerServices,
  context: RequestContext,
  described: readonly DescribedTopic[],
): Promise<PartitionMetadata[][]> {
  const ids: PartitionId[] = []
  for (const { topic, from = 0, to = topic.partitions } of described) {
    for (let partition = from; partition < to; partition++) ids.push({ topicId: topic.id, partition })
  }
  const leaders = await leadersFor(services, context, ids)
  const live = reachableBrokers(services, context)
  let next = 0
  return described.map(({ topic, from = 0, to = topic.partitions }) => {
    const partitions: PartitionMetadata[] = []
    for (let partitionIndex = from; partitionIndex < to; partitionIndex++) {
      const found = leaders[next++]
      // Who was elected is alive; should it have died since, its clients ask again.
      const leader = found !== undefined && live.some(({ id }) => id === found.leader) ? found.leader : undefined
      const replicaNodes = leader === undefined ? none : replicasOf(leader, topic.replicationFactor, live)
      partitions.push({
        errorCode: leader === undefined ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
        partitionIndex,
        leaderId: leader ?? -1,
        leaderEpoch: found?.leaderEpoch ?? -1,
        replicaNodes,
        isrNodes: replicaNodes,
        offlineReplicas: none,
      })
    }
    return partitions
  })
}

/** Every topic, in the order of the listing. Throws the store's faults. */
export async function allTopics({ topics }: BrokerServices): Promise<Topic[]> {
  const all: Topic[] = []
  for (let after: string | undefined; ; ) {
    const page = await topics.list(after === undefined ? {} : { after })
    all.push(...page.topics)
    if (page.next === undefined) return all
    after = page.next
  }
}
