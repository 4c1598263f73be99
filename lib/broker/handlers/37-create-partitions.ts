/**
 * CreatePartitions (37), versions 0 to 3. A topic's partitions are a number in its item: raising it is one write. Refusals
 * are those of Kafka's `ReplicationControlManager`. Replicas chosen by hand are checked and not kept: who leads a partition
 * follows from leases.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import type { RequestOf } from '../../wire/schema.ts'
import { createPartitionsApi } from '../../wire/schemas/37-create-partitions.ts'
import {
  type ApiError,
  adminErrorCode,
  answeredAnyway,
  apiError,
  noError,
  onceOnly,
  standardErrors,
} from '../api-error.ts'
import { handler } from '../handler.ts'
import { assignmentProblem } from '../manual-assignment.ts'
import type { BrokerServices } from '../services.ts'
import { topicError } from '../topic-errors.ts'

type AskedTopic = RequestOf<typeof createPartitionsApi>['topics'][number]

export const createPartitions = handler<typeof createPartitionsApi>({
  api: createPartitionsApi,
  minVersion: 0,
  maxVersion: 3,
  async handle(services, { topics, validateOnly }) {
    const { once, repeated } = onceOnly(topics, ({ name }) => name)
    const results = await inParallel(once, partitionsAtOnceMax, async (asked) => ({
      name: asked.name,
      ...(await answeredAnyway(
        services,
        () => addPartitions(services, asked, validateOnly),
        (error) => error,
      )),
    }))
    const twice = [...repeated].map((name) => ({ name, ...apiError('INVALID_REQUEST', 'Duplicate topic name.') }))
    return { throttleTimeMs: 0, results: [...twice, ...results] }
  },
  failed: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    results: topics.map(({ name }) => ({ name, errorCode: adminErrorCode(errorCode) })),
  }),
})

async function addPartitions(services: BrokerServices, asked: AskedTopic, validateOnly: boolean): Promise<ApiError> {
  const { name, count, assignments } = asked
  const topic = await services.topics.get(name, { fresh: true })
  if (topic === undefined) return standardErrors.unknownTopic
  const { partitions, replicationFactor } = topic
  if (count === partitions) return apiError('INVALID_PARTITIONS', `Topic already has ${partitions} partition(s).`)
  if (count < partitions) {
    const message = `The topic ${name} currently has ${partitions} partition(s); ${count} would not be an increase.`
    return apiError('INVALID_PARTITIONS', message)
  }
  if (assignments !== null) {
    const additional = count - partitions
    if (assignments.length !== additional) {
      const message = `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`
      return apiError('INVALID_REPLICA_ASSIGNMENT', message)
    }
    for (const { brokerIds } of assignments) {
      const problem = assignmentProblem(services, brokerIds, replicationFactor)
      if (problem !== undefined) return apiError('INVALID_REPLICA_ASSIGNMENT', problem)
    }
  }
  const answer = await services.topics.addPartitions(name, count, { validateOnly })
  return answer.outcome === 'altered' ? noError : topicError(answer)
}
