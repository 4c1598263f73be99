/**
 * AlterPartitionReassignments (45). Partitions move to other replicas (KIP-455); null replicas cancel a move. Version 1
 * may forbid that the count of replicas changes (KIP-860).
 */
import { api, arrayOf, bool, field, int16, int32, nullable, string, struct } from '../schema.ts'

const reassignablePartition = struct({
  partitionIndex: field('0+', int32),
  replicas: field('0+', nullable(arrayOf(int32)), { default: null }),
})

const reassignableTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(reassignablePartition)),
})

const reassignablePartitionResponse = struct({
  partitionIndex: field('0+', int32),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
})

const reassignableTopicResponse = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(reassignablePartitionResponse)),
})

export const alterPartitionReassignmentsApi = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  request: {
    timeoutMs: field('0+', int32, { default: 60000 }),
    allowReplicationFactorChange: field('1+', bool, { default: true }),
    topics: field('0+', arrayOf(reassignableTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    allowReplicationFactorChange: field('1+', bool, { default: true, ignorable: true }),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    responses: field('0+', arrayOf(reassignableTopicResponse)),
  },
})
