/**
 * ShareGroupDescribe (77). Share groups with members and assignments (KIP-932). Version 0 was an early access of Kafka
 * 4.0.
 */
import { api, arrayOf, bool, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const topicPartitions = struct({
  topicId: field('0+', uuid),
  topicName: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const assignment = struct({
  topicPartitions: field('0+', arrayOf(topicPartitions)),
})

const member = struct({
  memberId: field('0+', string),
  rackId: field('0+', nullable(string), { default: null }),
  memberEpoch: field('0+', int32),
  clientId: field('0+', string),
  clientHost: field('0+', string),
  subscribedTopicNames: field('0+', arrayOf(string)),
  assignment: field('0+', assignment),
})

const describedGroup = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
  groupId: field('0+', string),
  groupState: field('0+', string),
  groupEpoch: field('0+', int32),
  assignmentEpoch: field('0+', int32),
  assignorName: field('0+', string),
  members: field('0+', arrayOf(member)),
  authorizedOperations: field('0+', int32, { default: -2147483648 }),
})

export const shareGroupDescribeApi = api({
  key: 77,
  name: 'ShareGroupDescribe',
  versions: '1',
  flexible: '0+',
  request: {
    groupIds: field('0+', arrayOf(string)),
    includeAuthorizedOperations: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    groups: field('0+', arrayOf(describedGroup)),
  },
})
