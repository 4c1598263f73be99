/**
 * Metadata (3). Brokers, the controller, and topics with their partitions and leaders. Version 0 asks for all topics
 * with an empty list, later ones with null. 4 may forbid creation; 5 names offline replicas, 7 leader epochs; 8 to 10
 * ask for authorized operations of the cluster; 10 answers with topic ids, 12 asks by them; 13 has an error of its own.
 */
import { api, arrayOf, bool, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const metadataRequestTopic = struct({
  topicId: field('10+', uuid, { ignorable: true }),
  name: field('0+', nullable(string, '10+')),
})

const metadataResponseBroker = struct({
  nodeId: field('0+', int32),
  host: field('0+', string),
  port: field('0+', int32),
  rack: field('1+', nullable(string), { default: null, ignorable: true }),
})

const metadataResponsePartition = struct({
  errorCode: field('0+', int16),
  partitionIndex: field('0+', int32),
  leaderId: field('0+', int32),
  leaderEpoch: field('7+', int32, { default: -1, ignorable: true }),
  replicaNodes: field('0+', arrayOf(int32)),
  isrNodes: field('0+', arrayOf(int32)),
  offlineReplicas: field('5+', arrayOf(int32), { ignorable: true }),
})

const metadataResponseTopic = struct({
  errorCode: field('0+', int16),
  name: field('0+', nullable(string, '12+')),
  topicId: field('10+', uuid, { ignorable: true }),
  isInternal: field('1+', bool, { default: false, ignorable: true }),
  partitions: field('0+', arrayOf(metadataResponsePartition)),
  topicAuthorizedOperations: field('8+', int32, { default: -2147483648 }),
})

export const metadataApi = api({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: {
    topics: field('0+', nullable(arrayOf(metadataRequestTopic), '1+')),
    allowAutoTopicCreation: field('4+', bool, { default: true }),
    includeClusterAuthorizedOperations: field('8-10', bool),
    includeTopicAuthorizedOperations: field('8+', bool),
  },
  response: {
    throttleTimeMs: field('3+', int32, { ignorable: true }),
    brokers: field('0+', arrayOf(metadataResponseBroker)),
    clusterId: field('2+', nullable(string), { default: null, ignorable: true }),
    controllerId: field('1+', int32, { default: -1, ignorable: true }),
    topics: field('0+', arrayOf(metadataResponseTopic)),
    clusterAuthorizedOperations: field('8-10', int32, { default: -2147483648 }),
    errorCode: field('13+', int16, { ignorable: true }),
  },
})
