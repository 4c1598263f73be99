/**
 * OffsetCommit (8), versions 2 to 10. A member commits in its generation or epoch; anybody, without one, while the group is
 * empty. What the coordinator refuses holds for all that it is asked, which is what there is: a partition that is not there is
 * unknown whatever the group says. What else is wrong with a partition is said of it alone.
 * The retention that versions 2 to 4 ask for is not kept, as in Kafka since 2.1 (KIP-211). Topics by id from 10 on.
 */
import { offset, type TopicId } from '../../base/ids.ts'
import { offsetsPerRequestMax } from '../../base/limits.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import type { CommitAnswer } from '../../groups/offsets.ts'
import type { OffsetCommit } from '../../groups/offsets-commit.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { offsetCommitApi } from '../../wire/schemas/08-offset-commit.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { BrokerServices } from '../services.ts'
import { findTopics, unknownTopicError } from '../topic-lookup.ts'

type OffsetCommitRequest = RequestOf<typeof offsetCommitApi>
type OffsetCommitResponse = ResponseInput<typeof offsetCommitApi>
type AskedPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

const topicIdVersionMin = 10
const namedBy = (version: number) => (version >= topicIdVersionMin ? 'id' : 'name')

export const offsetCommit = handler<typeof offsetCommitApi>({
  api: offsetCommitApi,
  minVersion: 2,
  maxVersion: 10,
  async handle(services, request, context) {
    const { groupId, memberId, groupInstanceId: instanceId, generationIdOrMemberEpoch: generation } = request
    const topics = await findTopics(services.topics, request.topics, namedBy(context.version), (asked) => asked)
    const judged = judge(services, request, context, topics)
    const committer = { memberId, instanceId, generation }
    const errors = new Map<string, number>()
    for (let at = 0; at === 0 || at < judged.commits.length; at += offsetsPerRequestMax) {
      const commits = judged.commits.slice(at, at + offsetsPerRequestMax)
      const answered = await services.groups.commit(groupId, committer, commits, context)
      if ('problem' in answered) {
        const refused = groupErrorOf(answered.problem)
        return answer(request, (topic, partition) => judged.unknown.get(`${topic}#${partition}`) ?? refused)
      }
      for (const [key, error] of errorsOf(answered)) errors.set(key, error)
    }
    return answer(request, (topic, partition) => {
      const found = topics[topic]
      const key = `${topic}#${partition}`
      const own = judged.unknown.get(key) ?? judged.errors.get(key)
      return (
        own ?? (found === undefined ? errorCodes.NONE : (errors.get(`${found.id}#${partition}`) ?? errorCodes.NONE))
      )
    })
  },
  failed: (request, errorCode) => answer(request, () => groupFaultOf(errorCode)),
})

/** What can be committed, and what is wrong with the rest: by the topic's place in the request and the partition. */
function judge(
  { settings }: BrokerServices,
  request: OffsetCommitRequest,
  { version }: RequestContext,
  topics: readonly (Topic | undefined)[],
) {
  const commits: OffsetCommit[] = []
  const unknown = new Map<string, number>()
  const errors = new Map<string, number>()
  for (const [index, { partitions }] of request.topics.entries()) {
    const topic = topics[index]
    for (const asked of partitions) {
      const { partitionIndex: partition } = asked
      const key = `${index}#${partition}`
      if (topic === undefined) unknown.set(key, unknownTopicError(namedBy(version)))
      else if (partition < 0 || partition >= topic.partitions) unknown.set(key, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
      else {
        const problem = problemOf(asked, settings.offsetMetadataMaxBytes)
        if (problem === undefined) commits.push(commitOf(topic, asked))
        else errors.set(key, problem)
      }
    }
  }
  return { commits, unknown, errors }
}

function problemOf(asked: AskedPartition, metadataBytesMax: number): number | undefined {
  if (Buffer.byteLength(asked.committedMetadata ?? '') > metadataBytesMax) return errorCodes.OFFSET_METADATA_TOO_LARGE
  // No client sends one: an offset that no record can have. Kafka would keep it and answer it as "none committed".
  const isOffset = asked.committedOffset >= 0n && asked.committedOffset <= BigInt(Number.MAX_SAFE_INTEGER)
  return isOffset ? undefined : errorCodes.INVALID_REQUEST
}

const commitOf = (topic: Topic, asked: AskedPartition): OffsetCommit => ({
  topic: { id: topic.id as TopicId, name: topic.name },
  partition: asked.partitionIndex,
  offset: offset(asked.committedOffset),
  leaderEpoch: asked.committedLeaderEpoch,
  metadata: asked.committedMetadata ?? '',
})

/** By topic id and partition. */
function errorsOf(answered: CommitAnswer): Map<string, number> {
  if (answered.outcome !== 'done') return new Map()
  const codes = {
    committed: errorCodes.NONE,
    'metadata-too-large': errorCodes.OFFSET_METADATA_TOO_LARGE,
    'stale-generation': errorCodes.ILLEGAL_GENERATION,
  }
  return new Map(
    answered.partitions.map(({ topic, partition, outcome }) => [`${topic.id}#${partition}`, codes[outcome]]),
  )
}

function answer(
  { topics }: OffsetCommitRequest,
  errorOf: (topic: number, partition: number) => number,
): OffsetCommitResponse {
  return {
    topics: topics.map(({ name, topicId, partitions }, index) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: errorOf(index, partitionIndex),
      })),
    })),
  }
}
