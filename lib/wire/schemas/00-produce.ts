/**
 * Produce (0). Records to append, one batch a partition, and the offsets that they got. Versions 3 to 8 differ in what
 * may be in a batch (zstd from 7) and in how much the answer says; 9 is flexible; 10 names new leaders (KIP-951); 12
 * adds partitions to the transaction itself (KIP-890); 13 names topics by id (KIP-516).
 */
import { api, arrayOf, field, int16, int32, nullable, records, safeInt64, string, struct, uuid } from '../schema.ts'

const partitionProduceData = struct({
  index: field('0+', int32),
  records: field('0+', nullable(records)),
})

const topicProduceData = struct({
  name: field('0-12', string, { ignorable: true }),
  topicId: field('13+', uuid, { ignorable: true }),
  partitionData: field('0+', arrayOf(partitionProduceData)),
})

const batchIndexAndErrorMessage = struct({
  batchIndex: field('8+', int32),
  batchIndexErrorMessage: field('8+', nullable(string), { default: null }),
})

const leaderIdAndEpoch = struct({
  leaderId: field('10+', int32, { default: -1 }),
  leaderEpoch: field('10+', int32, { default: -1 }),
})

const partitionProduceResponse = struct({
  index: field('0+', int32),
  errorCode: field('0+', int16),
  baseOffset: field('0+', safeInt64),
  logAppendTimeMs: field('2+', safeInt64, { default: -1, ignorable: true }),
  logStartOffset: field('5+', safeInt64, { default: -1, ignorable: true }),
  recordErrors: field('8+', arrayOf(batchIndexAndErrorMessage), { ignorable: true }),
  errorMessage: field('8+', nullable(string), { default: null, ignorable: true }),
  currentLeader: field('10+', leaderIdAndEpoch, { tag: 0 }),
})

const topicProduceResponse = struct({
  name: field('0-12', string, { ignorable: true }),
  topicId: field('13+', uuid, { ignorable: true }),
  partitionResponses: field('0+', arrayOf(partitionProduceResponse)),
})

const nodeEndpoint = struct({
  nodeId: field('10+', int32),
  host: field('10+', string),
  port: field('10+', int32),
  rack: field('10+', nullable(string), { default: null }),
})

export const produceApi = api({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  request: {
    transactionalId: field('3+', nullable(string), { default: null }),
    acks: field('0+', int16),
    timeoutMs: field('0+', int32),
    topicData: field('0+', arrayOf(topicProduceData)),
  },
  response: {
    responses: field('0+', arrayOf(topicProduceResponse)),
    throttleTimeMs: field('1+', int32, { default: 0, ignorable: true }),
    nodeEndpoints: field('10+', arrayOf(nodeEndpoint), { tag: 0 }),
  },
})
