/**
 * OffsetForLeaderEpoch (23). Where an epoch ended, so that a consumer notices truncation (KIP-320). Version 3 names who
 * asks; -2 is a consumer that may see all.
 */
import { api, arrayOf, field, int16, int32, safeInt64, string, struct } from '../schema.ts'

const offsetForLeaderPartition = struct({
  partition: field('0+', int32),
  currentLeaderEpoch: field('2+', int32, { default: -1, ignorable: true }),
  leaderEpoch: field('0+', int32),
})

const offsetForLeaderTopic = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(offsetForLeaderPartition)),
})

const epochEndOffset = struct({
  errorCode: field('0+', int16),
  partition: field('0+', int32),
  leaderEpoch: field('1+', int32, { default: -1, ignorable: true }),
  endOffset: field('0+', safeInt64, { default: -1 }),
})

const offsetForLeaderTopicResult = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(epochEndOffset)),
})

export const offsetForLeaderEpochApi = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '2-4',
  flexible: '4+',
  request: {
    replicaId: field('3+', int32, { default: -2, ignorable: true }),
    topics: field('0+', arrayOf(offsetForLeaderTopic)),
  },
  response: {
    throttleTimeMs: field('2+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(offsetForLeaderTopicResult)),
  },
})
