/**
 * CreatePartitions (37). More partitions for a topic.
 */
import { api, arrayOf, bool, field, int16, int32, nullable, string, struct } from '../schema.ts'

const createPartitionsAssignment = struct({
  brokerIds: field('0+', arrayOf(int32)),
})

const createPartitionsTopic = struct({
  name: field('0+', string),
  count: field('0+', int32),
  assignments: field('0+', nullable(arrayOf(createPartitionsAssignment))),
})

const createPartitionsTopicResult = struct({
  name: field('0+', string),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
})

export const createPartitionsApi = api({
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: {
    topics: field('0+', arrayOf(createPartitionsTopic)),
    timeoutMs: field('0+', int32),
    validateOnly: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    results: field('0+', arrayOf(createPartitionsTopicResult)),
  },
})
