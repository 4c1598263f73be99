/**
 * ListOffsets (2). The offset of a timestamp, or of a place that a negative timestamp stands for. -1 latest, -2
 * earliest, -3 of the greatest timestamp (version 7), -4 earliest local (8), -5 last tiered (9), -6 earliest pending
 * upload (11). Version 2 knows the isolation level, 4 leader epochs; 10 may take as long as a tier takes (KIP-1075).
 */
import { api, arrayOf, field, int8, int16, int32, int64, safeInt64, string, struct } from '../schema.ts'

const listOffsetsPartition = struct({
  partitionIndex: field('0+', int32),
  currentLeaderEpoch: field('4+', int32, { default: -1, ignorable: true }),
  timestamp: field('0+', int64),
})

const listOffsetsTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(listOffsetsPartition)),
})

const listOffsetsPartitionResponse = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  timestamp: field('1+', safeInt64, { default: -1 }),
  offset: field('1+', safeInt64, { default: -1 }),
  leaderEpoch: field('4+', int32, { default: -1 }),
})

const listOffsetsTopicResponse = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(listOffsetsPartitionResponse)),
})

export const listOffsetsApi = api({
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
  request: {
    replicaId: field('0+', int32),
    isolationLevel: field('2+', int8),
    topics: field('0+', arrayOf(listOffsetsTopic)),
    timeoutMs: field('10+', int32, { ignorable: true }),
  },
  response: {
    throttleTimeMs: field('2+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(listOffsetsTopicResponse)),
  },
})
