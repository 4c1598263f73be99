/**
 * DeleteRecords (21). A partition's records before an offset go away; -1 stands for the high watermark.
 */
import { api, arrayOf, field, int16, int32, int64, safeInt64, string, struct } from '../schema.ts'

const deleteRecordsPartition = struct({
  partitionIndex: field('0+', int32),
  offset: field('0+', int64),
})

const deleteRecordsTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(deleteRecordsPartition)),
})

const deleteRecordsPartitionResult = struct({
  partitionIndex: field('0+', int32),
  lowWatermark: field('0+', safeInt64),
  errorCode: field('0+', int16),
})

const deleteRecordsTopicResult = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(deleteRecordsPartitionResult)),
})

export const deleteRecordsApi = api({
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  request: {
    topics: field('0+', arrayOf(deleteRecordsTopic)),
    timeoutMs: field('0+', int32),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    topics: field('0+', arrayOf(deleteRecordsTopicResult)),
  },
})
