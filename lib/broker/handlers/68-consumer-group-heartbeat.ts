/**
 * ConsumerGroupHeartbeat (68), versions 0 and 1: all that a member of a KIP-848 group does. It is never made to wait, and
 * one that changes nothing is no write. Version 1 brings regular expressions, and members choose their own ids.
 */
import { topicId } from '../../base/ids.ts'
import type { ConsumerHeartbeatReply } from '../../groups/consumer/consumer-events.ts'
import { heartbeatProblem } from '../../groups/consumer/heartbeat-request.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { consumerGroupHeartbeatApi } from '../../wire/schemas/68-consumer-group-heartbeat.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'
import { clientOf, randomUuidText } from '../member-identity.ts'
import type { BrokerServices } from '../services.ts'

type HeartbeatRequest = RequestOf<typeof consumerGroupHeartbeatApi>
type HeartbeatResponse = ResponseInput<typeof consumerGroupHeartbeatApi>

export const consumerGroupHeartbeat = handler<typeof consumerGroupHeartbeatApi>({
  api: consumerGroupHeartbeatApi,
  minVersion: 0,
  maxVersion: 1,
  async handle(services, request, context) {
    const { groups, settings } = services
    if (!settings.groupCoordinatorRebalanceProtocols.includes('consumer')) return failed(errorCodes.UNSUPPORTED_VERSION)
    const { version } = context
    const event = eventOf(services, request, context)
    const { assignors } = groups.coordinator.settings(request.groupId).consumer
    const problem = heartbeatProblem({ ...event, groupId: request.groupId, version }, assignors)
    const reply = problem ?? (await groups.request(request.groupId, event, context))
    if (reply === 'out-of-time') return failed(errorCodes.COORDINATOR_NOT_AVAILABLE)
    if (reply.kind === 'refused') return failed(groupErrorOf(reply.problem), reply.message)
    return reply.kind === 'consumer-heartbeat' ? answer(reply) : failed(errorCodes.UNKNOWN_SERVER_ERROR)
  },
  failed: (_request, errorCode) => failed(groupFaultOf(errorCode)),
})

function eventOf({ entropy }: BrokerServices, request: HeartbeatRequest, context: RequestContext) {
  const { memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor } = request
  const { subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request
  return {
    kind: 'consumer-heartbeat',
    freshMemberId: randomUuidText(entropy),
    ...clientOf(context),
    ...{ memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor },
    ...{ subscribedTopicNames, subscribedTopicRegex },
    topicPartitions:
      topicPartitions?.map((each) => ({ topicId: topicId(each.topicId), partitions: each.partitions })) ?? null,
  } as const
}

const answer = (reply: ConsumerHeartbeatReply): HeartbeatResponse => {
  const { memberId, memberEpoch, heartbeatIntervalMs, isTold } = reply
  const topicPartitions = reply.assignment.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
  return {
    throttleTimeMs: 0,
    errorCode: errorCodes.NONE,
    ...{ memberId, memberEpoch, heartbeatIntervalMs },
    assignment: isTold ? { topicPartitions } : null,
  }
}

const failed = (errorCode: number, message?: string): HeartbeatResponse => ({
  throttleTimeMs: 0,
  errorCode,
  errorMessage: message ?? null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
})
