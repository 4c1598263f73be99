/**
 * DescribeQuorum (55). The quorum of controllers and how far each has come (KIP-595). Version 1 has times (KIP-836), 2
 * names nodes and directories (KIP-853).
 */
import { api, arrayOf, field, int16, int32, nullable, safeInt64, string, struct, uint16, uuid } from '../schema.ts'

const partitionData = struct({
  partitionIndex: field('0+', int32),
})

const topicData = struct({
  topicName: field('0+', string),
  partitions: field('0+', arrayOf(partitionData)),
})

const replicaState = struct({
  replicaId: field('0+', int32),
  replicaDirectoryId: field('2+', uuid),
  logEndOffset: field('0+', safeInt64),
  lastFetchTimestamp: field('1+', safeInt64, { default: -1, ignorable: true }),
  lastCaughtUpTimestamp: field('1+', safeInt64, { default: -1, ignorable: true }),
})

const responsePartitionData = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('2+', nullable(string), { ignorable: true }),
  leaderId: field('0+', int32),
  leaderEpoch: field('0+', int32),
  highWatermark: field('0+', safeInt64),
  currentVoters: field('0+', arrayOf(replicaState)),
  observers: field('0+', arrayOf(replicaState)),
})

const responseTopicData = struct({
  topicName: field('0+', string),
  partitions: field('0+', arrayOf(responsePartitionData)),
})

const listener = struct({
  name: field('2+', string),
  host: field('2+', string),
  port: field('2+', uint16),
})

const node = struct({
  nodeId: field('2+', int32),
  listeners: field('2+', arrayOf(listener)),
})

export const describeQuorumApi = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  request: {
    topics: field('0+', arrayOf(topicData)),
  },
  response: {
    errorCode: field('0+', int16),
    errorMessage: field('2+', nullable(string), { ignorable: true }),
    topics: field('0+', arrayOf(responseTopicData)),
    nodes: field('2+', arrayOf(node)),
  },
})
