/**
 * AlterShareGroupOffsets (91). Where a share group begins to read, set (KIP-932).
 */
import { api, arrayOf, field, int16, int32, int64, nullable, string, struct, uuid } from '../schema.ts'

const alterShareGroupOffsetsRequestPartition = struct({
  partitionIndex: field('0+', int32),
  startOffset: field('0+', int64),
})

const alterShareGroupOffsetsRequestTopic = struct({
  topicName: field('0+', string),
  partitions: field('0+', arrayOf(alterShareGroupOffsetsRequestPartition)),
})

const alterShareGroupOffsetsResponsePartition = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
})

const alterShareGroupOffsetsResponseTopic = struct({
  topicName: field('0+', string),
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(alterShareGroupOffsetsResponsePartition)),
})

export const alterShareGroupOffsetsApi = api({
  key: 91,
  name: 'AlterShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: {
    groupId: field('0+', string),
    topics: field('0+', arrayOf(alterShareGroupOffsetsRequestTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    responses: field('0+', arrayOf(alterShareGroupOffsetsResponseTopic)),
  },
})
