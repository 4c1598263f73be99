/**
 * OffsetCommit (8). Positions of a group, to be kept. Versions 2 to 4 carry a retention time; 6 leader epochs, 7 static
 * members, 9 may come from KIP-848's members, whose epoch stands in the generation's field; 10 names topics by id.
 */
import { api, arrayOf, field, int16, int32, int64, nullable, string, struct, uuid } from '../schema.ts'

const offsetCommitRequestPartition = struct({
  partitionIndex: field('0+', int32),
  committedOffset: field('0+', int64),
  committedLeaderEpoch: field('6+', int32, { default: -1, ignorable: true }),
  committedMetadata: field('0+', nullable(string)),
})

const offsetCommitRequestTopic = struct({
  name: field('0-9', string, { ignorable: true }),
  topicId: field('10+', uuid, { ignorable: true }),
  partitions: field('0+', arrayOf(offsetCommitRequestPartition)),
})

const offsetCommitResponsePartition = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
})

const offsetCommitResponseTopic = struct({
  name: field('0-9', string, { ignorable: true }),
  topicId: field('10+', uuid, { ignorable: true }),
  partitions: field('0+', arrayOf(offsetCommitResponsePartition)),
})

export const offsetCommitApi = api({
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  request: {
    groupId: field('0+', string),
    generationIdOrMemberEpoch: field('1+', int32, { default: -1, ignorable: true }),
    memberId: field('1+', string, { ignorable: true }),
    groupInstanceId: field('7+', nullable(string), { default: null }),
    retentionTimeMs: field('2-4', int64, { default: -1n, ignorable: true }),
    topics: field('0+', arrayOf(offsetCommitRequestTopic)),
  },
  response: {
    throttleTimeMs: field('3+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(offsetCommitResponseTopic)),
  },
})
