/**
 * ShareGroupHeartbeat (76). A member of a share group joins, lives, and is told its partitions (KIP-932). Version 0 was
 * an early access of Kafka 4.0.
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const topicPartitions = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(int32)),
})

const assignment = struct({
  topicPartitions: field('0+', arrayOf(topicPartitions)),
})

export const shareGroupHeartbeatApi = api({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: '1',
  flexible: '0+',
  request: {
    groupId: field('0+', string),
    memberId: field('0+', string),
    memberEpoch: field('0+', int32),
    rackId: field('0+', nullable(string), { default: null }),
    subscribedTopicNames: field('0+', nullable(arrayOf(string)), { default: null }),
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
