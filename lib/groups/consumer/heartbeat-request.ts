/** What a ConsumerGroupHeartbeat must be, whatever the group is: Kafka's INVALID_REQUEST and UNSUPPORTED_ASSIGNOR. */
import { subscribedTopicsMax } from '../../base/limits.ts'
import type { Refused } from '../group-replies.ts'
import type { ConsumerHeartbeat } from './consumer-events.ts'
import { leftEpoch, leftStaticEpoch } from './consumer-state.ts'

/** Of the request: from 1 on members bring their own ids (KIP-1082). */
export interface HeartbeatRequest
  extends Omit<ConsumerHeartbeat, 'kind' | 'freshMemberId' | 'clientId' | 'clientHost'> {
  readonly groupId: string
  readonly version: number
}

export function heartbeatProblem(request: HeartbeatRequest, assignors: readonly string[]): Refused | undefined {
  const problem = malformed(request)
  if (problem !== undefined) return { kind: 'refused', problem: 'invalid-request', message: problem }
  const { serverAssignor } = request
  if (serverAssignor === null || assignors.includes(serverAssignor)) return undefined
  const message = `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`
  return { kind: 'refused', problem: 'unsupported-assignor', message }
}

function malformed(request: HeartbeatRequest): string | undefined {
  const { version, memberEpoch, subscribedTopicNames } = request
  const isKnown = version >= 1 || memberEpoch > 0 || memberEpoch === leftEpoch
  if (isKnown && request.memberId === '') return "MemberId can't be empty."
  if (request.groupId === '') return "GroupId can't be empty."
  if (request.instanceId === '') return "InstanceId can't be empty."
  if (request.rackId === '') return "RackId can't be empty."
  if (memberEpoch === 0) return malformedJoin(request)
  if (memberEpoch === leftStaticEpoch && request.instanceId === null) return "InstanceId can't be null."
  if (memberEpoch < leftStaticEpoch) return 'MemberEpoch is invalid.'
  return tooMany(subscribedTopicNames)
}

function malformedJoin(request: HeartbeatRequest): string | undefined {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } = request
  if (rebalanceTimeoutMs === -1) return 'RebalanceTimeoutMs must be provided in first request.'
  if (topicPartitions === null || topicPartitions.length > 0) return 'TopicPartitions must be empty when (re-)joining.'
  if (subscribedTopicNames === null && subscribedTopicRegex === null) {
    return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.'
  }
  return tooMany(subscribedTopicNames)
}

const tooMany = (names: readonly string[] | null): string | undefined =>
  names !== null && names.length > subscribedTopicsMax
    ? `SubscribedTopicNames has more than ${subscribedTopicsMax} names.`
    : undefined
