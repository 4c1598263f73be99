/**
 * DescribeShareGroupOffsets (90). Where share groups begin to read (KIP-932). Version 1 answers with the lag
 * (KIP-1226).
 */
import { api, arrayOf, field, int16, int32, nullable, safeInt64, string, struct, uuid } from '../schema.ts'

const describeShareGroupOffsetsRequestTopic = struct({
  topicName: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const describeShareGroupOffsetsRequestGroup = struct({
  groupId: field('0+', string),
  topics: field('0+', nullable(arrayOf(describeShareGroupOffsetsRequestTopic))),
})

const describeShareGroupOffsetsResponsePartition = struct({
  partitionIndex: field('0+', int32),
  startOffset: field('0+', safeInt64),
  leaderEpoch: field('0+', int32),
  lag: field('1+', safeInt64, { default: -1, ignorable: true }),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
})

const describeShareGroupOffsetsResponseTopic = struct({
  topicName: field('0+', string),
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(describeShareGroupOffsetsResponsePartition)),
})

const describeShareGroupOffsetsResponseGroup = struct({
  groupId: field('0+', string),
  topics: field('0+', arrayOf(describeShareGroupOffsetsResponseTopic)),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
})

export const describeShareGroupOffsetsApi = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: '0-1',
  flexible: '0+',
  request: {
    groups: field('0+', arrayOf(describeShareGroupOffsetsRequestGroup)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    groups: field('0+', arrayOf(describeShareGroupOffsetsResponseGroup)),
  },
})
