/**
 * TxnOffsetCommit (28). Positions of a group, kept when the transaction commits. Version 3 has the group's generation
 * and members, so that a member that was left behind is fenced (KIP-447).
 */
import { api, arrayOf, field, int16, int32, int64, nullable, string, struct } from '../schema.ts'

const txnOffsetCommitRequestPartition = struct({
  partitionIndex: field('0+', int32),
  committedOffset: field('0+', int64),
  committedLeaderEpoch: field('2+', int32, { default: -1, ignorable: true }),
  committedMetadata: field('0+', nullable(string)),
})

const txnOffsetCommitRequestTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(txnOffsetCommitRequestPartition)),
})

const txnOffsetCommitResponsePartition = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
})

const txnOffsetCommitResponseTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(txnOffsetCommitResponsePartition)),
})

export const txnOffsetCommitApi = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactionalId: field('0+', string),
    groupId: field('0+', string),
    producerId: field('0+', int64),
    producerEpoch: field('0+', int16),
    generationId: field('3+', int32, { default: -1 }),
    memberId: field('3+', string, { default: '' }),
    groupInstanceId: field('3+', nullable(string), { default: null }),
    topics: field('0+', arrayOf(txnOffsetCommitRequestTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    topics: field('0+', arrayOf(txnOffsetCommitResponseTopic)),
  },
})
