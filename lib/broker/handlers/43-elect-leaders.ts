/**
 * ElectLeaders (43), versions 0 to 2. A partition has a leader whenever anybody asks for it: one whose lease has lapsed is
 * replaced at once, which this does too. No broker is preferred, since none has the bytes nearer than another; so in the end
 * no election is needed, as in Kafka where the preferred replica leads.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { electLeadersApi } from '../../wire/schemas/43-elect-leaders.ts'
import { type ApiError, adminErrorCode, answeredAnyway, apiError, standardErrors } from '../api-error.ts'
import { handler, type RequestContext } from '../handler.ts'
import { allTopics } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'

type ElectLeadersRequest = RequestOf<typeof electLeadersApi>
type TopicResult = ResponseInput<typeof electLeadersApi>['replicaElectionResults'][number]
type AskedTopic = NonNullable<ElectLeadersRequest['topicPartitions']>[number]

const electionTypes: ReadonlySet<number> = new Set([0, 1])

export const electLeaders = handler<typeof electLeadersApi>({
  api: electLeadersApi,
  minVersion: 0,
  maxVersion: 2,
  async handle(services, request, context) {
    if (!electionTypes.has(request.electionType)) return failed(request, errorCodes.INVALID_REQUEST, context)
    const asked = request.topicPartitions
    if (asked === null) {
      // As in Kafka, those whose leader stays are not named where all were asked for.
      await electAll(services)
      return { throttleTimeMs: 0, errorCode: errorCodes.NONE, replicaElectionResults: [] }
    }
    const replicaElectionResults = await inParallel(asked, partitionsAtOnceMax, (topic) =>
      answeredAnyway(
        services,
        () => elect(services, topic),
        (error) => results(topic, () => error),
      ),
    )
    return { throttleTimeMs: 0, errorCode: errorCodes.NONE, replicaElectionResults }
  },
  failed: (request, errorCode, context) => failed(request, adminErrorCode(errorCode), context),
})

async function elect({ topics, leaders }: BrokerServices, asked: AskedTopic): Promise<TopicResult> {
  const topic = await topics.get(asked.topic, { fresh: true })
  const there = asked.partitions.filter((partition) => partition >= 0 && partition < (topic?.partitions ?? 0))
  if (topic !== undefined) await leaders.of(there.map((partition) => ({ topicId: topic.id, partition })))
  const known = new Set(there)
  return results(asked, (partition) => {
    if (topic === undefined) return apiError('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${asked.topic}`)
    if (known.has(partition)) return standardErrors.electionNotNeeded
    return apiError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${asked.topic}-${partition}`)
  })
}

async function electAll(services: BrokerServices): Promise<void> {
  for (const { id: topicId, partitions } of await allTopics(services)) {
    await services.leaders.of(Array.from({ length: partitions }, (_, partition) => ({ topicId, partition })))
  }
}

const results = (asked: AskedTopic, of: (partition: number) => ApiError): TopicResult => ({
  topic: asked.topic,
  partitionResult: asked.partitions.map((partitionId) => ({ partitionId, ...of(partitionId) })),
})

function failed(
  request: ElectLeadersRequest,
  errorCode: number,
  { version }: RequestContext,
): ResponseInput<typeof electLeadersApi> {
  const replicaElectionResults = (request.topicPartitions ?? []).map((topic) =>
    results(topic, () => ({ errorCode, errorMessage: null })),
  )
  // Version 0 has partitions' errors only.
  return { throttleTimeMs: 0, errorCode: version === 0 ? errorCodes.NONE : errorCode, replicaElectionResults }
}
