/**
 * Fetch (1). Batches from an offset on, of many partitions at once, with a wait for enough of them. Version 7 brings
 * sessions (KIP-227), 9 leader epochs (KIP-320), 10 zstd, 12 divergence and current leaders, 13 topic ids (KIP-516), 15
 * the replica state (KIP-903), 16 endpoints of new leaders (KIP-951), 18 a follower's high watermark (KIP-1166).
 */
import {
  api,
  arrayOf,
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

const replicaState = struct({
  replicaId: field('15+', int32, { default: -1 }),
  replicaEpoch: field('15+', int64, { default: -1n }),
})

const fetchPartition = struct({
  partition: field('0+', int32),
  currentLeaderEpoch: field('9+', int32, { default: -1, ignorable: true }),
  fetchOffset: field('0+', int64),
  lastFetchedEpoch: field('12+', int32, { default: -1 }),
  logStartOffset: field('5+', int64, { default: -1n, ignorable: true }),
  partitionMaxBytes: field('0+', int32),
  replicaDirectoryId: field('17+', uuid, { ignorable: true, tag: 0 }),
  highWatermark: field('18+', int64, { default: 9223372036854775807n, ignorable: true, tag: 1 }),
})

const fetchTopic = struct({
  topic: field('0-12', string, { ignorable: true }),
  topicId: field('13+', uuid, { ignorable: true }),
  partitions: field('0+', arrayOf(fetchPartition)),
})

const forgottenTopic = struct({
  topic: field('7-12', string, { ignorable: true }),
  topicId: field('13+', uuid, { ignorable: true }),
  partitions: field('7+', arrayOf(int32)),
})

const epochEndOffset = struct({
  epoch: field('12+', int32, { default: -1 }),
  endOffset: field('12+', safeInt64, { default: -1 }),
})

const leaderIdAndEpoch = struct({
  leaderId: field('12+', int32, { default: -1 }),
  leaderEpoch: field('12+', int32, { default: -1 }),
})

const snapshotId = struct({
  endOffset: field('0+', safeInt64, { default: -1 }),
  epoch: field('0+', int32, { default: -1 }),
})

const abortedTransaction = struct({
  producerId: field('4+', safeInt64),
  firstOffset: field('4+', safeInt64),
})

const partitionData = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  highWatermark: field('0+', safeInt64),
  lastStableOffset: field('4+', safeInt64, { default: -1, ignorable: true }),
  logStartOffset: field('5+', safeInt64, { default: -1, ignorable: true }),
  divergingEpoch: field('12+', epochEndOffset, { tag: 0 }),
  currentLeader: field('12+', leaderIdAndEpoch, { tag: 1 }),
  snapshotId: field('12+', snapshotId, { tag: 2 }),
  abortedTransactions: field('4+', nullable(arrayOf(abortedTransaction)), { ignorable: true }),
  preferredReadReplica: field('11+', int32, { default: -1 }),
  records: field('0+', nullable(records)),
})

const fetchableTopicResponse = struct({
  topic: field('0-12', string, { ignorable: true }),
  topicId: field('13+', uuid, { ignorable: true }),
  partitions: field('0+', arrayOf(partitionData)),
})

const nodeEndpoint = struct({
  nodeId: field('16+', int32),
  host: field('16+', string),
  port: field('16+', int32),
  rack: field('16+', nullable(string), { default: null }),
})

export const fetchApi = api({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  request: {
    clusterId: field('12+', nullable(string), { default: null, ignorable: true, tag: 0 }),
    replicaId: field('0-14', int32, { default: -1 }),
    replicaState: field('15+', replicaState, { tag: 1 }),
    maxWaitMs: field('0+', int32),
    minBytes: field('0+', int32),
    maxBytes: field('3+', int32, { default: 0x7fffffff, ignorable: true }),
    isolationLevel: field('4+', int8, { default: 0, ignorable: true }),
    sessionId: field('7+', int32, { default: 0, ignorable: true }),
    sessionEpoch: field('7+', int32, { default: -1, ignorable: true }),
    topics: field('0+', arrayOf(fetchTopic)),
    forgottenTopicsData: field('7+', arrayOf(forgottenTopic)),
    rackId: field('11+', string, { default: '', ignorable: true }),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('7+', int16, { ignorable: true }),
    sessionId: field('7+', int32, { default: 0 }),
    responses: field('0+', arrayOf(fetchableTopicResponse)),
    nodeEndpoints: field('16+', arrayOf(nodeEndpoint), { tag: 0 }),
  },
})
