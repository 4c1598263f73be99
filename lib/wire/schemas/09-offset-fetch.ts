/**
 * OffsetFetch (9). Kept positions of groups. Versions to 7 ask for one group, 8 and up for many at once (KIP-709). Null
 * topics, from 2 on, mean all; 7 may ask for stable offsets only (KIP-447); 9 carries KIP-848's member; 10 names topics
 * by id.
 */
import { api, arrayOf, bool, field, int16, int32, nullable, safeInt64, string, struct, uuid } from '../schema.ts'

const offsetFetchRequestTopic = struct({
  name: field('0-7', string),
  partitionIndexes: field('0-7', arrayOf(int32)),
})

const offsetFetchRequestTopics = struct({
  name: field('8-9', string, { ignorable: true }),
  topicId: field('10+', uuid, { ignorable: true }),
  partitionIndexes: field('8+', arrayOf(int32)),
})

const offsetFetchRequestGroup = struct({
  groupId: field('8+', string),
  memberId: field('9+', nullable(string), { default: null, ignorable: true }),
  memberEpoch: field('9+', int32, { default: -1, ignorable: true }),
  topics: field('8+', nullable(arrayOf(offsetFetchRequestTopics))),
})

const offsetFetchResponsePartition = struct({
  partitionIndex: field('0-7', int32),
  committedOffset: field('0-7', safeInt64),
  committedLeaderEpoch: field('5-7', int32, { default: -1, ignorable: true }),
  metadata: field('0-7', nullable(string)),
  errorCode: field('0-7', int16),
})

const offsetFetchResponseTopic = struct({
  name: field('0-7', string),
  partitions: field('0-7', arrayOf(offsetFetchResponsePartition)),
})

const offsetFetchResponsePartitions = struct({
  partitionIndex: field('8+', int32),
  committedOffset: field('8+', safeInt64),
  committedLeaderEpoch: field('8+', int32, { default: -1, ignorable: true }),
  metadata: field('8+', nullable(string)),
  errorCode: field('8+', int16),
})

const offsetFetchResponseTopics = struct({
  name: field('8-9', string, { ignorable: true }),
  topicId: field('10+', uuid, { ignorable: true }),
  partitions: field('8+', arrayOf(offsetFetchResponsePartitions)),
})

const offsetFetchResponseGroup = struct({
  groupId: field('8+', string),
  topics: field('8+', arrayOf(offsetFetchResponseTopics)),
  errorCode: field('8+', int16, { default: 0 }),
})

export const offsetFetchApi = api({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  request: {
    groupId: field('0-7', string),
    topics: field('0-7', nullable(arrayOf(offsetFetchRequestTopic), '2-7')),
    groups: field('8+', arrayOf(offsetFetchRequestGroup)),
    requireStable: field('7+', bool, { default: false }),
  },
  response: {
    throttleTimeMs: field('3+', int32, { ignorable: true }),
    topics: field('0-7', arrayOf(offsetFetchResponseTopic)),
    errorCode: field('2-7', int16, { default: 0, ignorable: true }),
    groups: field('8+', arrayOf(offsetFetchResponseGroup)),
  },
})
