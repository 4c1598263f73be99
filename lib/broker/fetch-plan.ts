/**
 * What a fetch asks for, judged before anything is read: for each partition a read, or the error that answers it. Rules and
 * their order are those of Kafka's `ReplicaManager.readFromLog` and `Partition.fetchRecords`.
 */
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import type { Topic } from '../cluster/topic-item.ts'
import type { LeaderCheck } from '../log/leader-types.ts'
import { errorCodes } from '../wire/error-codes.ts'
import type { RequestOf } from '../wire/schema.ts'
import type { fetchApi } from '../wire/schemas/01-fetch.ts'
import type { RequestContext } from './handler.ts'
import { checkLeader, currentLeaderOf, leaderErrorOf } from './leadership.ts'
import type { BrokerServices } from './services.ts'
import { findTopics, type NamedBy, unknownTopicError } from './topic-lookup.ts'

export type FetchRequest = RequestOf<typeof fetchApi>
type FetchPartition = FetchRequest['topics'][number]['partitions'][number]

export interface PlannedRead {
  readonly id: PartitionId
  readonly from: Offset
  readonly bytesMax: number
}

interface FetchRefusal {
  readonly errorCode: number
  readonly currentLeader?: ReturnType<typeof currentLeaderOf>
  /** The last fetched epoch is not in this log, or ended before the asked offset (KIP-595). */
  readonly divergingEpoch?: { readonly epoch: number; readonly endOffset: number }
}

export type PlannedPartition = PlannedRead | FetchRefusal

/** The first version whose fetches may carry zstd (KIP-110), and the first that names topics by id. */
const zstdVersionMin = 10
const topicIdVersionMin = 13

export const namedBy = (version: number): NamedBy => (version >= topicIdVersionMin ? 'id' : 'name')

/** One entry a partition, in the order of the request. Throws the store's faults of looking up topics. */
export async function planFetch(
  services: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
): Promise<PlannedPartition[]> {
  const by = namedBy(context.version)
  const looked = findTopics(services.topics, request.topics, by, ({ topic, topicId }) => ({ name: topic, topicId }))
  const topics = looked instanceof Promise ? await looked : looked
  const planned: (PlannedPartition | Promise<PlannedPartition>)[] = []
  let waits = false
  for (const [index, { partitions }] of request.topics.entries()) {
    const topic = topics[index]
    for (const asked of partitions) {
      const plan = topic === undefined ? unknown(by) : planPartition(services, topic, asked, context)
      if (plan instanceof Promise) waits = true
      planned.push(plan)
    }
  }
  return waits ? Promise.all(planned) : (planned as PlannedPartition[])
}

const unknown = (by: NamedBy): FetchRefusal => ({ errorCode: unknownTopicError(by) })

function planPartition(
  services: BrokerServices,
  topic: Topic,
  asked: FetchPartition,
  context: RequestContext,
): PlannedPartition | Promise<PlannedPartition> {
  const { partition, currentLeaderEpoch } = asked
  if (partition < 0 || partition >= topic.partitions) return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
  if (context.version < zstdVersionMin && topic.config.compressionType === 'zstd') {
    return { errorCode: errorCodes.UNSUPPORTED_COMPRESSION_TYPE }
  }
  const id = { topicId: topic.id, partition }
  const check = checkLeader(services, context, id, currentLeaderEpoch)
  if (check instanceof Promise || asked.lastFetchedEpoch >= 0) return planAfter(services, check, id, asked, context)
  return judged(services, check, id, asked, context)
}

async function planAfter(
  services: BrokerServices,
  check: LeaderCheck | Promise<LeaderCheck>,
  id: PartitionId,
  asked: FetchPartition,
  context: RequestContext,
): Promise<PlannedPartition> {
  const plan = judged(services, await check, id, asked, context)
  if ('errorCode' in plan || asked.lastFetchedEpoch < 0) return plan
  const end = await services.leaders.epochEnd(id, asked.lastFetchedEpoch)
  switch (end.outcome) {
    case 'unknown-epoch':
      return { errorCode: errorCodes.OFFSET_OUT_OF_RANGE }
    case 'unknown-partition':
      return unknown(namedBy(context.version))
    case 'unavailable':
      services.report(end.cause)
      return { errorCode: errorCodes.KAFKA_STORAGE_ERROR }
    case 'found': {
      if (end.leaderEpoch >= asked.lastFetchedEpoch && end.endOffset >= plan.from) return plan
      const divergingEpoch = { epoch: end.leaderEpoch, endOffset: end.endOffset }
      return { errorCode: errorCodes.NONE, divergingEpoch }
    }
  }
}

function judged(
  services: BrokerServices,
  check: LeaderCheck,
  id: PartitionId,
  { fetchOffset, partitionMaxBytes }: FetchPartition,
  { version }: RequestContext,
): PlannedPartition {
  if (check.outcome !== 'leader') {
    if (check.outcome === 'unavailable') services.report(check.cause)
    if (check.outcome === 'unknown-partition') return unknown(namedBy(version))
    return { errorCode: leaderErrorOf(check), currentLeader: currentLeaderOf(check) }
  }
  if (fetchOffset < 0n || fetchOffset > BigInt(Number.MAX_SAFE_INTEGER)) {
    return { errorCode: errorCodes.OFFSET_OUT_OF_RANGE }
  }
  return { id, from: offset(fetchOffset), bytesMax: Math.max(partitionMaxBytes, 0) }
}
