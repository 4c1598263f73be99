/**
 * CreateTopics (19), versions 2 to 7. Each topic is one write, so it is there when it is answered. Refusals, their order and
 * their sentences are those of Kafka's `ReplicationControlManager`. Unlike Kafka, a replication factor up to 3 needs no
 * brokers, since an object lies in three zones; and of replicas chosen by hand only their number is kept.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax, replicationFactorMax } from '../../base/limits.ts'
import { describeTopic } from '../../cluster/config-description.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { createTopicsApi } from '../../wire/schemas/19-create-topics.ts'
import { type ApiError, adminErrorCode, answeredAnyway, apiError, onceOnly } from '../api-error.ts'
import { configSources } from '../config-wire.ts'
import { handler } from '../handler.ts'
import { assignmentProblem } from '../manual-assignment.ts'
import type { BrokerServices } from '../services.ts'
import { topicError } from '../topic-errors.ts'

type CreateTopicsRequest = RequestOf<typeof createTopicsApi>
type TopicResult = ResponseInput<typeof createTopicsApi>['topics'][number]
type AskedTopic = CreateTopicsRequest['topics'][number]

export const createTopics = handler<typeof createTopicsApi>({
  api: createTopicsApi,
  minVersion: 2,
  maxVersion: 7,
  async handle(services, request) {
    const { once, repeated } = onceOnly(request.topics, ({ name }) => name)
    const results = await inParallel(once, partitionsAtOnceMax, (asked) =>
      answeredAnyway(
        services,
        () => createTopic(services, asked, request.validateOnly),
        (error) => ({ name: asked.name, ...error }),
      ),
    )
    const twice = [...repeated].map((name) => ({ name, ...apiError('INVALID_REQUEST', 'Duplicate topic name.') }))
    return { topics: [...results, ...twice] }
  },
  failed: ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => ({ name, errorCode: adminErrorCode(errorCode) })),
  }),
})

/** How many partitions and replicas, after the broker's defaults. */
interface Size {
  readonly partitions: number
  readonly replicationFactor: number
}

async function createTopic(services: BrokerServices, asked: AskedTopic, validateOnly: boolean): Promise<TopicResult> {
  const { name } = asked
  const refused = (error: ApiError): TopicResult => ({ name, ...error })
  if (name === '__cluster_metadata') {
    return refused(apiError('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`))
  }
  const size = nullConfigs(asked) ?? sizeOf(services, asked)
  if ('errorCode' in size) return refused(await existsFirst(services, name, size))
  const configs = Object.fromEntries(asked.configs.map((config) => [config.name, config.value ?? '']))
  const answer = await services.topics.create({ name, ...size, configs, validateOnly })
  if (answer.outcome === 'created') return described(services, answer.topic)
  const error = answer.outcome === 'exists' ? alreadyExists(name) : topicError(answer)
  return refused(answer.outcome === 'invalid-config' ? await existsFirst(services, name, error) : error)
}

const alreadyExists = (name: string) => apiError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)

/** In Kafka that a topic is there comes before all that is wrong with the request, its name excepted. */
async function existsFirst({ topics }: BrokerServices, name: string, error: ApiError): Promise<ApiError> {
  return (await topics.get(name, { fresh: true })) === undefined ? error : alreadyExists(name)
}

function nullConfigs({ configs }: AskedTopic): ApiError | undefined {
  const names = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (names.length === 0) return undefined
  return apiError('INVALID_CONFIG', `Null value not supported for topic configs: ${names.join(',')}`)
}

function sizeOf(services: BrokerServices, asked: AskedTopic): Size | ApiError {
  const { numPartitions, replicationFactor, assignments } = asked
  if (assignments.length > 0) return assignedSize(services, asked)
  if (replicationFactor < -1 || replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
    return apiError('INVALID_REPLICATION_FACTOR', message)
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return apiError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  }
  const { settings } = services
  const factor = replicationFactor === -1 ? settings.defaultReplicationFactor : replicationFactor
  if (factor > replicationFactorMax) return tooManyReplicas(factor)
  return { partitions: numPartitions === -1 ? settings.numPartitions : numPartitions, replicationFactor: factor }
}

const tooManyReplicas = (factor: number) =>
  apiError(
    'INVALID_REPLICATION_FACTOR',
    `Unable to replicate the partition ${factor} time(s): at most ${replicationFactorMax} are possible, the zones that an object lies in.`,
  )

function assignedSize(services: BrokerServices, asked: AskedTopic): Size | ApiError {
  const { numPartitions, replicationFactor, assignments } = asked
  if (replicationFactor !== -1) {
    const message = 'A manual partition assignment was specified, but replication factor was not set to -1.'
    return apiError('INVALID_REQUEST', message)
  }
  if (numPartitions !== -1) {
    return apiError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    )
  }
  const partitions = new Set<number>()
  let size: number | undefined
  for (const { partitionIndex, brokerIds } of assignments) {
    if (partitions.has(partitionIndex)) {
      const message = `Found multiple manual partition assignments for partition ${partitionIndex}`
      return apiError('INVALID_REPLICA_ASSIGNMENT', message)
    }
    partitions.add(partitionIndex)
    const problem = assignmentProblem(services, brokerIds, size)
    if (problem !== undefined) return apiError('INVALID_REPLICA_ASSIGNMENT', problem)
    size = brokerIds.length
  }
  for (let partition = 0; partition < partitions.size; partition++) {
    if (!partitions.has(partition)) {
      return apiError('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence')
    }
  }
  const factor = size ?? 1
  return factor > replicationFactorMax
    ? tooManyReplicas(factor)
    : { partitions: partitions.size, replicationFactor: factor }
}

function described({ brokerSettings }: BrokerServices, topic: Topic): TopicResult {
  return {
    name: topic.name,
    topicId: topic.id,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    numPartitions: topic.partitions,
    replicationFactor: topic.replicationFactor,
    configs: describeTopic(topic.configs, brokerSettings.layers).map(({ name, value, readOnly, source }) => ({
      name,
      value,
      readOnly,
      configSource: configSources[source],
      isSensitive: false,
    })),
  }
}
