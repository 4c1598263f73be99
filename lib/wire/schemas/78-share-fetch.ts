/**
 * ShareFetch (78). Records of a share group, and acknowledgements on the way (KIP-932). Version 2 may renew
 * acquisitions and choose how they are made (KIP-1206, KIP-1222).
 */
import {
  api,
  arrayOf,
  bool,
  field,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  safeInt64,
  string,
  struct,
  uuid,
} from '../schema.ts'

const acknowledgementBatch = struct({
  firstOffset: field('0+', int64),
  lastOffset: field('0+', int64),
  acknowledgeTypes: field('0+', arrayOf(int8)),
})

const fetchPartition = struct({
  partitionIndex: field('0+', int32),
  acknowledgementBatches: field('0+', arrayOf(acknowledgementBatch)),
})

const fetchTopic = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(fetchPartition)),
})

const forgottenTopic = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(int32)),
})

const leaderIdAndEpoch = struct({
  leaderId: field('0+', int32),
  leaderEpoch: field('0+', int32),
})

const acquiredRecords = struct({
  firstOffset: field('0+', safeInt64),
  lastOffset: field('0+', safeInt64),
  deliveryCount: field('0+', int16),
})

const partitionData = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
  acknowledgeErrorCode: field('0+', int16),
  acknowledgeErrorMessage: field('0+', nullable(string), { default: null }),
  currentLeader: field('0+', leaderIdAndEpoch),
  records: field('0+', nullable(records, '0')),
  acquiredRecords: field('0+', arrayOf(acquiredRecords)),
})

const shareFetchableTopicResponse = struct({
  topicId: field('0+', uuid),
  partitions: field('0+', arrayOf(partitionData)),
})

const nodeEndpoint = struct({
  nodeId: field('0+', int32),
  host: field('0+', string),
  port: field('0+', int32),
  rack: field('0+', nullable(string), { default: null }),
})

export const shareFetchApi = api({
  key: 78,
  name: 'ShareFetch',
  versions: '1-2',
  flexible: '0+',
  request: {
    groupId: field('0+', nullable(string), { default: null }),
    memberId: field('0+', nullable(string)),
    shareSessionEpoch: field('0+', int32),
    maxWaitMs: field('0+', int32),
    minBytes: field('0+', int32),
    maxBytes: field('0+', int32, { default: 0x7fffffff }),
    maxRecords: field('1+', int32),
    batchSize: field('1+', int32),
    shareAcquireMode: field('2+', int8, { default: 0, ignorable: true }),
    isRenewAck: field('2+', bool, { default: false }),
    topics: field('0+', arrayOf(fetchTopic)),
    forgottenTopicsData: field('0+', arrayOf(forgottenTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    acquisitionLockTimeoutMs: field('1+', int32),
    responses: field('0+', arrayOf(shareFetchableTopicResponse)),
    nodeEndpoints: field('0+', arrayOf(nodeEndpoint)),
  },
})
