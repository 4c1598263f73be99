/**
 * CreateTopics (19). New topics. Version 4 leaves counts to the broker's defaults (-1, KIP-464), 5 answers with the
 * configs (KIP-525), 7 with topic ids. Java's tools die on null configs: an empty list is the answer where there are
 * none.
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const creatableReplicaAssignment = struct({
  partitionIndex: field('0+', int32),
  brokerIds: field('0+', arrayOf(int32)),
})

const creatableTopicConfig = struct({
  name: field('0+', string),
  value: field('0+', nullable(string)),
})

const creatableTopic = struct({
  name: field('0+', string),
  numPartitions: field('0+', int32),
  replicationFactor: field('0+', int16),
  assignments: field('0+', arrayOf(creatableReplicaAssignment)),
  configs: field('0+', arrayOf(creatableTopicConfig)),
})

const creatableTopicConfigs = struct({
  name: field('5+', string),
  value: field('5+', nullable(string)),
  readOnly: field('5+', bool),
  configSource: field('5+', int8, { default: -1, ignorable: true }),
  isSensitive: field('5+', bool),
})

const creatableTopicResult = struct({
  name: field('0+', string),
  topicId: field('7+', uuid, { ignorable: true }),
  errorCode: field('0+', int16),
  errorMessage: field('1+', nullable(string), { ignorable: true }),
  topicConfigErrorCode: field('5+', int16, { ignorable: true, tag: 0 }),
  numPartitions: field('5+', int32, { default: -1, ignorable: true }),
  replicationFactor: field('5+', int16, { default: -1, ignorable: true }),
  configs: field('5+', nullable(arrayOf(creatableTopicConfigs)), { ignorable: true }),
})

export const createTopicsApi = api({
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  request: {
    topics: field('0+', arrayOf(creatableTopic)),
    timeoutMs: field('0+', int32, { default: 60000 }),
    validateOnly: field('1+', bool, { default: false }),
  },
  response: {
    throttleTimeMs: field('2+', int32, { ignorable: true }),
    topics: field('0+', arrayOf(creatableTopicResult)),
  },
})
