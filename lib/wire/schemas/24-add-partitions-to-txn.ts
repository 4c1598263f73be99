/**
 * AddPartitionsToTxn (24). Partitions become part of a transaction. Versions 4 and 5, many transactions at once, are
 * spoken between brokers only and are not here.
 */
import { api, arrayOf, field, int16, int32, int64, string, struct } from '../schema.ts'

const addPartitionsToTxnTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const addPartitionsToTxnPartitionResult = struct({
  partitionIndex: field('0+', int32),
  partitionErrorCode: field('0+', int16),
})

const addPartitionsToTxnTopicResult = struct({
  name: field('0+', string),
  resultsByPartition: field('0+', arrayOf(addPartitionsToTxnPartitionResult)),
})

export const addPartitionsToTxnApi = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-3',
  flexible: '3+',
  request: {
    v3AndBelowTransactionalId: field('0-3', string),
    v3AndBelowProducerId: field('0-3', int64),
    v3AndBelowProducerEpoch: field('0-3', int16),
    v3AndBelowTopics: field('0-3', arrayOf(addPartitionsToTxnTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    resultsByTopicV3AndBelow: field('0-3', arrayOf(addPartitionsToTxnTopicResult)),
  },
})
