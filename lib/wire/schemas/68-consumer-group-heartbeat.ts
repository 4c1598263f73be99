/**
 * ConsumerGroupHeartbeat (68). A member of a KIP-848 group joins, lives, and is told its partitions. Version 1
 * subscribes by a regular expression and brings its own member id (KIP-1082).
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const topicPartitions = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(int32)),
})

const assignment = struct({
  topicPartitions: field('0+', arrayOf(topicPartitions)),
})

export const consumerGroupHeartbeatApi = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: '0-1',
  flexible: '0+',
  request: {
    groupId: field('0+', string),
    memberId: field('0+', string),
    memberEpoch: field('0+', int32),
    instanceId: field('0+', nullable(string), { default: null }),
    rackId: field('0+', nullable(string), { default: null }),
    rebalanceTimeoutMs: field('0+', int32, { default: -1 }),
    subscribedTopicNames: field('0+', nullable(arrayOf(string)), { default: null }),
    subscribedTopicRegex: field('1+', nullable(string), { default: null }),
    serverAssignor: field('0+', nullable(string), { default: null }),
    topicPartitions: field('0+', nullable(arrayOf(topicPartitions)), { default: null }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    memberId: field('0+', nullable(string), { default: null }),
    memberEpoch: field('0+', int32),
    heartbeatIntervalMs: field('0+', int32),
    assignment: field('0+', nullable(assignment), { default: null }),
  },
})
