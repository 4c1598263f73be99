/**
 * What several administrative APIs do: for every partition that a request names, look up the topic, check that this broker
 * leads, and ask the log; a bounded number at once, answers in the order of the request.
 */
import type { PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { errorCodes } from '../wire/error-codes.ts'
import type { RequestContext } from './handler.ts'
import { checkLeader, leaderErrorOf } from './leadership.ts'
import type { BrokerServices } from './services.ts'
import { findTopics } from './topic-lookup.ts'

export interface NamedPartition {
  readonly topic: string
  readonly partition: number
  /** What the client believes; -1 where it does not say. */
  readonly currentLeaderEpoch?: number
}

/** What every answer about a partition begins with. */
export interface PartitionAnswer {
  readonly errorCode: number
}

/**
 * An answer for each of `asked`, in their order: `ask`'s where this broker leads the partition, else an error code. Throws
 * the store's faults of looking up topics.
 */
export async function forEachPartition<Asked extends NamedPartition, Answer extends PartitionAnswer>(
  services: BrokerServices,
  context: RequestContext,
  asked: readonly Asked[],
  ask: (id: PartitionId, asked: Asked, topic: Topic) => Promise<Answer>,
): Promise<(Answer | PartitionAnswer)[]> {
  const names = [...new Set(asked.map(({ topic }) => topic))]
  const topics = await findTopics(services.topics, names, 'name', (name) => ({ name, topicId: '' }))
  const byName = new Map(names.map((name, index) => [name, topics[index]]))
  return inParallel(asked, partitionsAtOnceMax, async (each) => {
    const { partition, currentLeaderEpoch = -1 } = each
    const topic = byName.get(each.topic)
    if (topic === undefined || partition < 0 || partition >= topic.partitions) {
      return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
    }
    const id = { topicId: topic.id, partition }
    const check = await checkLeader(services, context, id, currentLeaderEpoch)
    if (check.outcome === 'leader') return ask(id, each, topic)
    if (check.outcome === 'unavailable') services.report(check.cause)
    return { errorCode: leaderErrorOf(check) }
  })
}

/** The error of what the log could not answer. */
export function logErrorOf(
  services: BrokerServices,
  result: { readonly outcome: 'unknown-partition' } | { readonly outcome: 'unavailable'; readonly cause: unknown },
): number {
  if (result.outcome === 'unknown-partition') return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  services.report(result.cause)
  return errorCodes.KAFKA_STORAGE_ERROR
}

/** What a fault of looking up topics is told as by APIs about partitions: clients try again. */
export const retriableError = (errorCode: number): number =>
  errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.KAFKA_STORAGE_ERROR
