/**
 * AlterPartitionReassignments (45), versions 0 and 1. Nothing moves here: bytes lie in an object store, any broker serves any
 * partition, and who leads one follows from leases. So a move to the replicas that a partition is reported with is done as
 * soon as it is asked for, any other is refused with the reason, and none is ever under way to be cancelled.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf } from '../../wire/schema.ts'
import { alterPartitionReassignmentsApi } from '../../wire/schemas/45-alter-partition-reassignments.ts'
import { type ApiError, adminErrorCode, answeredAnyway, apiError, noError, standardErrors } from '../api-error.ts'
import { handler, type RequestContext } from '../handler.ts'
import { assignmentProblem } from '../manual-assignment.ts'
import { partitionsOf } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'

type Request = RequestOf<typeof alterPartitionReassignmentsApi>
type AskedTopic = Request['topics'][number]
type AskedPartition = AskedTopic['partitions'][number]

export const alterPartitionReassignments = handler<typeof alterPartitionReassignmentsApi>({
  api: alterPartitionReassignmentsApi,
  minVersion: 0,
  maxVersion: 1,
  async handle(services, request, context) {
    const responses = await inParallel(request.topics, partitionsAtOnceMax, (asked) =>
      answeredAnyway(
        services,
        async () => {
          const topic = await services.topics.get(asked.name, { fresh: true })
          return responded(asked, await errorsOf(services, context, asked, topic, request.allowReplicationFactorChange))
        },
        (error) =>
          responded(
            asked,
            asked.partitions.map(() => error),
          ),
      ),
    )
    return { ...head(request, errorCodes.NONE), responses }
  },
  failed: (request, errorCode) => ({ ...head(request, adminErrorCode(errorCode)), responses: [] }),
})

const head = ({ allowReplicationFactorChange }: Request, errorCode: number) => ({
  throttleTimeMs: 0,
  allowReplicationFactorChange,
  errorCode,
  errorMessage: null,
})

const responded = ({ name, partitions }: AskedTopic, errors: readonly ApiError[]) => ({
  name,
  partitions: partitions.map(({ partitionIndex }, index) => ({ partitionIndex, ...(errors[index] ?? noError) })),
})

function errorsOf(
  services: BrokerServices,
  context: RequestContext,
  asked: AskedTopic,
  topic: Topic | undefined,
  mayChangeFactor: boolean,
): Promise<ApiError[]> {
  return inParallel(asked.partitions, partitionsAtOnceMax, async (target) => {
    if (topic === undefined) {
      return apiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${asked.name}.`)
    }
    const { partitionIndex: partition } = target
    if (partition < 0 || partition >= topic.partitions) {
      return apiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${asked.name}:${partition}.`)
    }
    return moveError(services, context, topic, target, mayChangeFactor)
  })
}

async function moveError(
  services: BrokerServices,
  context: RequestContext,
  topic: Topic,
  { partitionIndex, replicas }: AskedPartition,
  mayChangeFactor: boolean,
): Promise<ApiError> {
  if (replicas === null) return standardErrors.noReassignment
  const described = { topic, from: partitionIndex, to: partitionIndex + 1 }
  const [[partition] = []] = await partitionsOf(services, context, [described])
  const current = partition?.replicaNodes ?? []
  if (sameBrokers(current, replicas)) return noError
  const problem = assignmentProblem(services, replicas, undefined)
  if (problem !== undefined) return apiError('INVALID_REPLICA_ASSIGNMENT', problem)
  if (!mayChangeFactor && replicas.length !== topic.replicationFactor) {
    const message = `The replication factor is changed from ${topic.replicationFactor} to ${replicas.length}`
    return apiError('INVALID_REPLICATION_FACTOR', message)
  }
  const message = `Replicas cannot be chosen: data lies in object storage, and any broker serves any partition. This one is reported on ${current.join(', ')}.`
  return apiError('INVALID_REPLICA_ASSIGNMENT', message)
}

/** A partition of three replicas on one broker is reported there three times. */
const sameBrokers = (one: readonly number[], other: readonly number[]) =>
  other.length > 0 && one.every((id) => other.includes(id)) && other.every((id) => one.includes(id))
