/**
 * ShareAcknowledge (79). Acknowledgements of a share group's records (KIP-932). Version 2 may renew acquisitions
 * (KIP-1222).
 */
import { api, arrayOf, bool, field, int8, int16, int32, int64, nullable, string, struct, uuid } from '../schema.ts'

const acknowledgementBatch = struct({
  firstOffset: field('0+', int64),
  lastOffset: field('0+', int64),
  acknowledgeTypes: field('0+', arrayOf(int8)),
})

const acknowledgePartition = struct({
  partitionIndex: field('0+', int32),
  acknowledgementBatches: field('0+', arrayOf(acknowledgementBatch)),
})

const acknowledgeTopic = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(acknowledgePartition)),
})

const leaderIdAndEpoch = struct({
  leaderId: field('0+', int32),
  leaderEpoch: field('0+', int32),
})

const partitionData = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
  currentLeader: field('0+', leaderIdAndEpoch),
})

const shareAcknowledgeTopicResponse = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(partitionData)),
})

const nodeEndpoint = struct({
  nodeId: field('0+', int32),
  host: field('0+', string),
  port: field('0+', int32),
  rack: field('0+', nullable(string), { default: null }),
})

export const shareAcknowledgeApi = api({
  key: 79,
  name: 'ShareAcknowledge',
  versions: '1-2',
  flexible: '0+',
  request: {
    groupId: field('0+', nullable(string), { default: null }),
    memberId: field('0+', nullable(string)),
    shareSessionEpoch: field('0+', int32),
    isRenewAck: field('2+', bool, { default: false }),
    topics: field('0+', arrayOf(acknowledgeTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    acquisitionLockTimeoutMs: field('2+', int32, { ignorable: true }),
    responses: field('0+', arrayOf(shareAcknowledgeTopicResponse)),
    nodeEndpoints: field('0+', arrayOf(nodeEndpoint)),
  },
})
