/**
 * ElectLeaders (43). Leaders are elected, preferred (0) or unclean (1) ones. Version 1 brings the type (KIP-460).
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const topicPartitions = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const partitionResult = struct({
  partitionId: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
})

const replicaElectionResult = struct({
  topic: field('0+', string),
  partitionResult: field('0+', arrayOf(partitionResult)),
})

export const electLeadersApi = api({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  request: {
    electionType: field('1+', int8),
    topicPartitions: field('0+', nullable(arrayOf(topicPartitions))),
    timeoutMs: field('0+', int32, { default: 60000 }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('1+', int16),
    replicaElectionResults: field('0+', arrayOf(replicaElectionResult)),
  },
})
