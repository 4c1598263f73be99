/**
 * Metadata (3), versions 0 to 13. Live brokers, the controller (the lowest of them: any broker administers), and topics by
 * name, by id (from version 12) or all, with their partitions' leaders. A leader that is dead is replaced before it is named.
 *
 * A topic that is not there is created where the client and `auto.create.topics.enable` allow it. Unlike Kafka's, the new
 * topic is answered at once with its partitions: creating it is one write, there is nothing to wait for.
 */
import { topicId } from '../../base/ids.ts'
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import { isInternalTopic, topicNameProblem } from '../../cluster/topic-names.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../store/errors.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import { type RequestOf, type ResponseInput, zeroUuid } from '../../wire/schema.ts'
import { metadataApi } from '../../wire/schemas/03-metadata.ts'
import { clusterOperations, topicOperations } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'
import { reachableBrokers } from '../leadership.ts'
import { allTopics, partitionsOf } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'

type MetadataRequest = RequestOf<typeof metadataApi>
type MetadataResponse = ResponseInput<typeof metadataApi>
type AskedTopic = NonNullable<MetadataRequest['topics']>[number]
type TopicResponse = MetadataResponse['topics'][number]

/** A topic, or the error that is answered in its place. */
type Found = Topic | TopicResponse

export const metadata = handler<typeof metadataApi>({
  api: metadataApi,
  minVersion: 0,
  maxVersion: 13,
  async handle(services, request, context) {
    const { topics } = request
    if (topics !== null && !asksLegally(topics, context.version)) {
      return failed(request, errorCodes.INVALID_REQUEST, context)
    }
    const cluster = clusterPart(services, request, context)
    if (topics === null || (context.version === 0 && topics.length === 0)) {
      return { ...cluster, topics: await described(services, request, context, await allTopics(services)) }
    }
    try {
      const find = (asked: AskedTopic) => found(services, asked, request.allowAutoTopicCreation)
      const all = await inParallel(topics, partitionsAtOnceMax, find)
      return { ...cluster, topics: await described(services, request, context, all) }
    } catch (fault) {
      if (!(fault instanceof StoreUnavailable || fault instanceof OutcomeUnknown)) throw fault
      // Brokers are known from memory, whatever the store does. All topics cannot be answered so: none are all to a client.
      services.report(fault)
      return { ...cluster, topics: topics.map((asked) => refusal(asked, errorCodes.LEADER_NOT_AVAILABLE)) }
    }
  },
  failed: (request, errorCode, context) =>
    failed(
      request,
      errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.LEADER_NOT_AVAILABLE,
      context,
    ),
})

const isTopic = (found: Found): found is Topic => !('errorCode' in found)

/** By id from version 12 on; names may not be null before. */
function asksLegally(topics: readonly AskedTopic[], version: number): boolean {
  return version >= 12
    ? topics.every(({ name, topicId: id }) => name !== null || id !== zeroUuid)
    : topics.every(({ name, topicId: id }) => name !== null && id === zeroUuid)
}

async function found(services: BrokerServices, asked: AskedTopic, mayCreate: boolean): Promise<Found> {
  const { topics, settings } = services
  const { name } = asked
  if (name === null || asked.topicId !== zeroUuid) {
    return (await topics.byId(topicId(asked.topicId))) ?? refusal({ ...asked, name: null }, errorCodes.UNKNOWN_TOPIC_ID)
  }
  if (topicNameProblem(name) !== undefined) return refusal(asked, errorCodes.INVALID_TOPIC_EXCEPTION)
  const topic = await topics.get(name)
  if (topic !== undefined) return topic
  if (!mayCreate || !settings.autoCreateTopicsEnable || isInternalTopic(name)) {
    return refusal(asked, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  }
  return created(services, asked, name)
}

async function created({ topics, settings }: BrokerServices, asked: AskedTopic, name: string): Promise<Found> {
  const { numPartitions: partitions, defaultReplicationFactor: replicationFactor } = settings
  const answer = await topics.create({ name, partitions, replicationFactor })
  switch (answer.outcome) {
    case 'created':
    case 'exists':
      return answer.topic
    case 'invalid-name':
      return refusal(asked, errorCodes.INVALID_TOPIC_EXCEPTION)
    case 'invalid-partitions':
      return refusal(asked, errorCodes.INVALID_PARTITIONS)
    case 'invalid-replication-factor':
      return refusal(asked, errorCodes.INVALID_REPLICATION_FACTOR)
    case 'invalid-config':
      return refusal(asked, errorCodes.INVALID_CONFIG)
  }
}

function clusterPart(
  services: BrokerServices,
  { includeClusterAuthorizedOperations: isAsked }: MetadataRequest,
  context: RequestContext,
): Omit<MetadataResponse, 'topics'> {
  const brokers = reachableBrokers(services, context)
  const hasOperations = context.version >= 8 && context.version <= 10
  return {
    brokers: brokers.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: services.clusterId,
    controllerId: brokers[0]?.id ?? -1,
    ...(isAsked && hasOperations ? { clusterAuthorizedOperations: clusterOperations } : {}),
  }
}

async function described(
  services: BrokerServices,
  { includeTopicAuthorizedOperations: isAsked }: MetadataRequest,
  context: RequestContext,
  topics: readonly Found[],
): Promise<TopicResponse[]> {
  const partitions = await partitionsOf(
    services,
    context,
    topics.filter(isTopic).map((topic) => ({ topic })),
  )
  const operations = isAsked && context.version >= 8 ? { topicAuthorizedOperations: topicOperations } : {}
  let next = 0
  return topics.map((each) => {
    if (!isTopic(each)) return each
    const { name, id } = each
    return { errorCode: errorCodes.NONE, name, topicId: id, partitions: partitions[next++] ?? [], ...operations }
  })
}

const refusal = ({ name, topicId: id }: AskedTopic, errorCode: number): TopicResponse => ({
  errorCode,
  name,
  topicId: id,
  isInternal: name !== null && isInternalTopic(name),
  partitions: [],
})

/** The whole request failed: no brokers, which clients pass over and ask again. Where null is unknown '' is no name. */
function failed(request: MetadataRequest, errorCode: number, { version }: RequestContext): MetadataResponse {
  const topics = (request.topics ?? []).map((asked) => {
    const { name } = asked
    return refusal({ ...asked, name: version >= 12 ? name : (name ?? '') }, errorCode)
  })
  return { brokers: [], topics, errorCode }
}
