/**
 * DescribeTopicPartitions (75). Topics with their partitions, in pages that a cursor continues (KIP-966).
 */
import { api, arrayOf, bool, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const topicRequest = struct({
  name: field('0+', string),
})

const cursor = struct({
  topicName: field('0+', string),
  partitionIndex: field('0+', int32),
})

const describeTopicPartitionsResponsePartition = struct({
  errorCode: field('0+', int16),
  partitionIndex: field('0+', int32),
  leaderId: field('0+', int32),
  leaderEpoch: field('0+', int32, { default: -1, ignorable: true }),
  replicaNodes: field('0+', arrayOf(int32)),
  isrNodes: field('0+', arrayOf(int32)),
  eligibleLeaderReplicas: field('0+', nullable(arrayOf(int32)), { default: null }),
  lastKnownElr: field('0+', nullable(arrayOf(int32)), { default: null }),
  offlineReplicas: field('0+', arrayOf(int32), { ignorable: true }),
})

const describeTopicPartitionsResponseTopic = struct({
  errorCode: field('0+', int16),
  name: field('0+', nullable(string)),
  topicId: field('0+', uuid, { ignorable: true }),
  isInternal: field('0+', bool, { default: false, ignorable: true }),
  partitions: field('0+', arrayOf(describeTopicPartitionsResponsePartition)),
  topicAuthorizedOperations: field('0+', int32, { default: -2147483648 }),
})

export const describeTopicPartitionsApi = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: {
    topics: field('0+', arrayOf(topicRequest)),
    responsePartitionLimit: field('0+', int32, { default: 2000 }),
    cursor: field('0+', nullable(cursor), { default: null }),
  },
  response: {
    throttleTimeMs: field('0+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(describeTopicPartitionsResponseTopic)),
    nextCursor: field('0+', nullable(cursor), { default: null }),
  },
})
