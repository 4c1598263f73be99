/**
 * DescribeTopicPartitions (75), version 0 (KIP-966). As Metadata, in pages: at most `response_partition_limit` partitions,
 * and a cursor that says where the next page begins. Every replica is eligible, so the lists of eligible leaders are empty.
 *
 * Topics come in the order in which they are listed here, in which '.' counts as '_'; Kafka's order is that of the
 * characters. A client only hands the cursor back.
 */
import { describedPartitionsMax } from '../../base/limits.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import { collisionName, isInternalTopic, topicNameProblem } from '../../cluster/topic-names.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import { type RequestOf, type ResponseInput, zeroUuid } from '../../wire/schema.ts'
import { describeTopicPartitionsApi } from '../../wire/schemas/75-describe-topic-partitions.ts'
import { topicOperations } from '../authorized-operations.ts'
import { handler } from '../handler.ts'
import { type DescribedTopic, partitionsOf } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'
import { findTopics } from '../topic-lookup.ts'

type DescribeRequest = RequestOf<typeof describeTopicPartitionsApi>
type DescribeResponse = ResponseInput<typeof describeTopicPartitionsApi>
type TopicResponse = DescribeResponse['topics'][number]
type Cursor = NonNullable<DescribeRequest['cursor']>

/** A name and the topic that has it, if one has. */
interface Named {
  readonly name: string
  readonly topic: Topic | undefined
}

interface Page {
  readonly described: readonly (DescribedTopic | { readonly unknown: string })[]
  readonly nextCursor: Cursor | null
}

export const describeTopicPartitions = handler<typeof describeTopicPartitionsApi>({
  api: describeTopicPartitionsApi,
  minVersion: 0,
  maxVersion: 0,
  async handle(services, request, context) {
    if (!isLegal(request)) return failed(request, errorCodes.INVALID_REQUEST)
    const { cursor } = request
    const limit = Math.max(Math.min(request.responsePartitionLimit, describedPartitionsMax), 1)
    const names = request.topics.length === 0 ? listed(services, cursor) : named(services, request)
    const { described, nextCursor } = await pageOf(names, cursor, limit)
    const partitions = await partitionsOf(
      services,
      context,
      described.filter((each) => 'topic' in each),
    )
    let next = 0
    const topics = described.map((each): TopicResponse => {
      if ('unknown' in each) return unknownTopic(each.unknown)
      const described = (partitions[next++] ?? []).map((partition) => ({
        ...partition,
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
      }))
      const { name, id } = each.topic
      return {
        ...{ errorCode: errorCodes.NONE, name, topicId: id, partitions: described },
        topicAuthorizedOperations: topicOperations,
      }
    })
    return { topics, nextCursor }
  },
  failed: (request, errorCode) =>
    failed(request, errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.LEADER_NOT_AVAILABLE),
})

/** `DescribeTopicPartitionsRequestHandler`: a cursor is one of the named topics and a place in it. */
function isLegal({ topics, cursor }: DescribeRequest): boolean {
  if (cursor === null) return true
  return cursor.partitionIndex >= 0 && (topics.length === 0 || topics.some(({ name }) => name === cursor.topicName))
}

const inOrder = (one: string, other: string): number => {
  const [left, right] = [collisionName(one), collisionName(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The topics that are named, each once, from the cursor's on. */
async function* named({ topics }: BrokerServices, request: DescribeRequest): AsyncGenerator<Named> {
  const { cursor } = request
  const names = [...new Set(request.topics.map(({ name }) => name))]
    .sort(inOrder)
    .filter((name) => cursor === null || inOrder(name, cursor.topicName) >= 0)
  const found = await findTopics(topics, names, 'name', (name) => ({ name, topicId: '' }))
  for (const [index, name] of names.entries()) yield { name, topic: found[index] }
}

/** All topics from the cursor's on; one that was deleted meanwhile is passed over. */
async function* listed({ topics }: BrokerServices, cursor: Cursor | null): AsyncGenerator<Named> {
  const begun = cursor === null ? undefined : await topics.get(cursor.topicName)
  if (begun !== undefined) yield { name: begun.name, topic: begun }
  for (let after = cursor?.topicName; ; ) {
    const page = await topics.list(after === undefined ? {} : { after })
    for (const topic of page.topics) yield { name: topic.name, topic }
    if (page.next === undefined) return
    after = page.next
  }
}

async function pageOf(names: AsyncGenerator<Named>, cursor: Cursor | null, limit: number): Promise<Page> {
  const described: Page['described'][number][] = []
  let left = limit
  for await (const { name, topic } of names) {
    if (left === 0) return { described, nextCursor: { topicName: name, partitionIndex: 0 } }
    if (topic === undefined) {
      described.push({ unknown: name })
      continue
    }
    const from = name === cursor?.topicName ? Math.min(cursor.partitionIndex, topic.partitions) : 0
    const to = Math.min(topic.partitions, from + left)
    described.push({ topic, from, to })
    left -= to - from
    if (to < topic.partitions) return { described, nextCursor: { topicName: name, partitionIndex: to } }
  }
  return { described, nextCursor: null }
}

const unknownTopic = (name: string): TopicResponse => ({
  errorCode:
    topicNameProblem(name) === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.INVALID_TOPIC_EXCEPTION,
  ...{ name, topicId: zeroUuid, isInternal: isInternalTopic(name), partitions: [] },
})

const failed = ({ topics }: DescribeRequest, errorCode: number): DescribeResponse => ({
  topics: topics.map(({ name }) => ({ ...unknownTopic(name), errorCode })),
})
