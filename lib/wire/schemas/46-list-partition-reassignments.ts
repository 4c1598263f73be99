/**
 * ListPartitionReassignments (46). Moves of partitions under way (KIP-455).
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct } from '../schema.ts'

const listPartitionReassignmentsTopics = struct({
  name: field('0+', string),
  partitionIndexes: field('0+', arrayOf(int32)),
})

const ongoingPartitionReassignment = struct({
  partitionIndex: field('0+', int32),
  replicas: field('0+', arrayOf(int32)),
  addingReplicas: field('0+', arrayOf(int32)),
  removingReplicas: field('0+', arrayOf(int32)),
})

const ongoingTopicReassignment = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(ongoingPartitionReassignment)),
})

export const listPartitionReassignmentsApi = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: {
    timeoutMs: field('0+', int32, { default: 60000 }),
    topics: field('0+', nullable(arrayOf(listPartitionReassignmentsTopics)), { default: null }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    topics: field('0+', arrayOf(ongoingTopicReassignment)),
  },
})
