/**
 * DescribeTransactions (65). State of transactions by id (KIP-664).
 */
import { api, arrayOf, field, int16, int32, safeInt64, string, struct } from '../schema.ts'

const topicData = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const transactionState = struct({
  errorCode: field('0+', int16),
  transactionalId: field('0+', string),
  transactionState: field('0+', string),
  transactionTimeoutMs: field('0+', int32),
  transactionStartTimeMs: field('0+', safeInt64),
  producerId: field('0+', safeInt64),
  producerEpoch: field('0+', int16),
  topics: field('0+', arrayOf(topicData)),
})

export const describeTransactionsApi = api({
  key: 65,
  name: 'DescribeTransactions',
  versions: '0',
  flexible: '0+',
  request: {
    transactionalIds: field('0+', arrayOf(string)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    transactionStates: field('0+', arrayOf(transactionState)),
  },
})
