/**
 * OffsetFetch (9), versions 1 to 10: what groups have committed, for the partitions named or for all. Many groups at once
 * from 8 on, members of a consumer group by their epoch from 9 on, topics by id from 10 on. Transactions are not served, so
 * every offset is stable (`requireStable`).
 */
import { inParallel } from '../../base/in-parallel.ts'
import { groupsPerRequestAtOnceMax } from '../../base/limits.ts'
import type { TopicRef } from '../../cluster/topic-item.ts'
import type { FetchedOffset } from '../../groups/offsets.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { offsetFetchApi } from '../../wire/schemas/09-offset-fetch.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { BrokerServices } from '../services.ts'
import { findTopics, unknownTopicError } from '../topic-lookup.ts'

type OffsetFetchRequest = RequestOf<typeof offsetFetchApi>
type OffsetFetchResponse = ResponseInput<typeof offsetFetchApi>
type AnsweredGroup = OffsetFetchResponse['groups'] extends readonly (infer G)[] | undefined ? G : never
type AskedGroup = OffsetFetchRequest['groups'][number]
type AskedTopic = NonNullable<AskedGroup['topics']>[number]

const manyGroupsVersionMin = 8
const topicIdVersionMin = 10
const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'
const namedBy = (version: number) => (version >= topicIdVersionMin ? 'id' : 'name')

export const offsetFetch = handler<typeof offsetFetchApi>({
  api: offsetFetchApi,
  minVersion: 1,
  maxVersion: 10,
  async handle(services, request, context) {
    const groups = await inParallel(groupsOf(request, context), groupsPerRequestAtOnceMax, (asked) =>
      answerGroup(services, asked, context),
    )
    return answer(groups, context)
  },
  failed: (request, errorCode, context) => {
    const groups = groupsOf(request, context).map((asked) => refused(asked, groupFaultOf(errorCode)))
    return answer(groups, context)
  },
})

/** The groups asked for, in the form of the newer versions. */
function groupsOf(request: OffsetFetchRequest, { version }: RequestContext): readonly AskedGroup[] {
  if (version >= manyGroupsVersionMin) return request.groups
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: noTopicId })) ?? null
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }]
}

async function answerGroup(services: BrokerServices, asked: AskedGroup, context: RequestContext) {
  const { groupId, memberId, memberEpoch, topics } = asked
  const committer = { memberId: memberId ?? '', instanceId: null, generation: memberEpoch }
  const judged = await services.groups.judge(groupId, committer, { purpose: 'fetch', version: context.version })
  if (judged !== 'legal' && judged.problem === 'unknown-group') return nothing(asked)
  if (judged !== 'legal') return refused(asked, groupErrorOf(judged.problem))
  if (topics === null) return { groupId, topics: byTopic(await services.offsets.fetch(groupId)), errorCode: 0 }
  const found = await findTopics(services.topics, topics, namedBy(context.version), (topic) => topic)
  const wanted = topics.flatMap(({ partitionIndexes }, index) => {
    const topic = found[index]
    const partitions = partitionIndexes.filter((partition) => partition >= 0 && partition < (topic?.partitions ?? 0))
    return topic === undefined ? [] : [{ topic, partitions }]
  })
  const fetched = await services.offsets.fetch(groupId, wanted)
  const committed = new Map(fetched.map((each) => [`${each.topic.id}#${each.partition}`, each]))
  return {
    groupId,
    topics: topics.map((topic, index) => {
      const errorCode = found[index] === undefined && namedBy(context.version) === 'id' ? unknownTopicError('id') : 0
      return {
        name: topic.name,
        topicId: topic.topicId,
        partitions: topic.partitionIndexes.map((partition) => ({
          ...partitionOf(partition, committed.get(`${found[index]?.id}#${partition}`)),
          errorCode,
        })),
      }
    }),
    errorCode: errorCodes.NONE,
  }
}

const partitionOf = (partitionIndex: number, fetched?: FetchedOffset) => ({
  partitionIndex,
  committedOffset: fetched?.committed?.offset ?? -1,
  committedLeaderEpoch: fetched?.committed?.leaderEpoch ?? -1,
  metadata: fetched?.committed?.metadata ?? '',
  errorCode: errorCodes.NONE,
})

function byTopic(fetched: readonly FetchedOffset[]) {
  const topics = new Map<string, { topic: TopicRef; partitions: ReturnType<typeof partitionOf>[] }>()
  for (const each of fetched) {
    const { topic, partition } = each
    const there = topics.get(topic.id) ?? { topic, partitions: [] }
    there.partitions.push(partitionOf(partition, each))
    topics.set(topic.id, there)
  }
  return [...topics.values()].map(({ topic, partitions }) => ({ name: topic.name, topicId: topic.id, partitions }))
}

const emptyTopic = ({ name, topicId, partitionIndexes }: AskedTopic, errorCode: number) => ({
  name,
  topicId,
  partitions: partitionIndexes.map((partition) => ({ ...partitionOf(partition), errorCode })),
})

/** A group that is being deleted has committed nothing. */
const nothing = ({ groupId, topics }: AskedGroup): AnsweredGroup => ({
  groupId,
  topics: (topics ?? []).map((topic) => emptyTopic(topic, errorCodes.NONE)),
  errorCode: errorCodes.NONE,
})

const refused = ({ groupId, topics }: AskedGroup, errorCode: number): AnsweredGroup => ({
  groupId,
  topics: (topics ?? []).map((topic) => emptyTopic(topic, errorCode)),
  errorCode,
})

/** Version 1 has no place for a group's error but its partitions; from 8 on the partitions of a refused group are left out. */
function answer(groups: readonly AnsweredGroup[], { version }: RequestContext): OffsetFetchResponse {
  if (version >= manyGroupsVersionMin) {
    return { groups: groups.map((group) => (group.errorCode === errorCodes.NONE ? group : { ...group, topics: [] })) }
  }
  const [group] = groups
  const topics = group?.topics.map(({ name = '', partitions }) => ({ name, partitions })) ?? []
  return { topics, errorCode: group?.errorCode ?? errorCodes.NONE, groups: [] }
}
