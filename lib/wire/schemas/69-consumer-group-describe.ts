/**
 * ConsumerGroupDescribe (69). KIP-848 groups with members, subscriptions and assignments. Version 1 answers with each
 * member's type.
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

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
  instanceId: field('0+', nullable(string), { default: null }),
  rackId: field('0+', nullable(string), { default: null }),
  memberEpoch: field('0+', int32),
  clientId: field('0+', string),
  clientHost: field('0+', string),
  subscribedTopicNames: field('0+', arrayOf(string)),
  subscribedTopicRegex: field('0+', nullable(string), { default: null }),
  assignment: field('0+', assignment),
  targetAssignment: field('0+', assignment),
  memberType: field('1+', int8, { default: -1, ignorable: true }),
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

export const consumerGroupDescribeApi = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: '0-1',
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
