/**
 * DescribeCluster (60). The cluster's id, controller and brokers (KIP-700). Version 1 may ask for controllers
 * (KIP-919), 2 for fenced brokers (KIP-1073).
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const describeClusterBroker = struct({
  brokerId: field('0+', int32),
  host: field('0+', string),
  port: field('0+', int32),
  rack: field('0+', nullable(string), { default: null }),
  isFenced: field('2+', bool),
})

export const describeClusterApi = api({
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  request: {
    includeClusterAuthorizedOperations: field('0+', bool),
    endpointType: field('1+', int8, { default: 1 }),
    includeFencedBrokers: field('2+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    endpointType: field('1+', int8, { default: 1 }),
    clusterId: field('0+', string),
    controllerId: field('0+', int32, { default: -1 }),
    brokers: field('0+', arrayOf(describeClusterBroker)),
    clusterAuthorizedOperations: field('0+', int32, { default: -2147483648 }),
  },
})
