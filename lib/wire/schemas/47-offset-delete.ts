/**
 * OffsetDelete (47). Positions of a group in topics that it does not read go away (KIP-496). It never became flexible.
 */
import { api, arrayOf, field, int16, int32, string, struct } from '../schema.ts'

const offsetDeleteRequestPartition = struct({
  partitionIndex: field('0+', int32),
})

const offsetDeleteRequestTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(offsetDeleteRequestPartition)),
})

const offsetDeleteResponsePartition = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
})

const offsetDeleteResponseTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(offsetDeleteResponsePartition)),
})

export const offsetDeleteApi = api({
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  flexible: 'none',
  request: {
    groupId: field('0+', string),
    topics: field('0+', arrayOf(offsetDeleteRequestTopic)),
  },
  response: {
    errorCode: field('0+', int16),
    throttleTimeMs: field('0+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(offsetDeleteResponseTopic)),
  },
})
