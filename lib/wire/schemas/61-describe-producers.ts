/**
 * DescribeProducers (61). Idempotent producers that a partition remembers (KIP-664).
 */
import { api, arrayOf, field, int16, int32, nullable, safeInt64, string, struct } from '../schema.ts'

const topicRequest = struct({
  name: field('0+', string),
  partitionIndexes: field('0+', arrayOf(int32)),
})

const producerState = struct({
  producerId: field('0+', safeInt64),
  producerEpoch: field('0+', int32),
  lastSequence: field('0+', int32, { default: -1 }),
  lastTimestamp: field('0+', safeInt64, { default: -1 }),
  coordinatorEpoch: field('0+', int32),
  currentTxnStartOffset: field('0+', safeInt64, { default: -1 }),
})

const partitionResponse = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
  activeProducers: field('0+', arrayOf(producerState)),
})

const topicResponse = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(partitionResponse)),
})

export const describeProducersApi = api({
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: {
    topics: field('0+', arrayOf(topicRequest)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    topics: field('0+', arrayOf(topicResponse)),
  },
})
