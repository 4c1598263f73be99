/** A heartbeat of a member of the consumer protocol that says nothing but that it is there; its test says the rest. */
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'

export const silentHeartbeat = {
  kind: 'consumer-heartbeat',
  freshMemberId: 'none',
  memberEpoch: 0,
  instanceId: null,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  rackId: null,
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: null,
} as const satisfies Omit<ConsumerHeartbeat, 'memberId'>
