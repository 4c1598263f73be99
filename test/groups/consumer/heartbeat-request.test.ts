import { expect, test } from 'vitest'
import { type HeartbeatRequest, heartbeatProblem } from '../../../lib/groups/consumer/heartbeat-request.ts'

const join: HeartbeatRequest = {
  version: 1,
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 30_000,
  subscribedTopicNames: ['a'],
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
}
const later: HeartbeatRequest = {
  ...join,
  memberEpoch: 1,
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  topicPartitions: null,
}
const problemOf = (request: HeartbeatRequest) => heartbeatProblem(request, ['uniform', 'range'])?.problem

test('what clients send is legal', () => {
  const regex = { ...join, subscribedTopicNames: null, subscribedTopicRegex: '' }
  const legal = [join, later, regex, { ...join, version: 0, memberId: '' }, { ...join, serverAssignor: 'range' }]
  for (const request of legal) expect(problemOf(request)).toBeUndefined()
  expect(problemOf({ ...later, memberEpoch: -1 })).toBeUndefined()
  expect(problemOf({ ...later, memberEpoch: -2, instanceId: 'i' })).toBeUndefined()
})

test.each([
  ['no member id', { ...join, memberId: '' }],
  ['no member id in version 0, though it has joined', { ...later, version: 0, memberId: '' }],
  ['no member id to leave with', { ...later, version: 0, memberEpoch: -1, memberId: '' }],
  ['no group', { ...join, groupId: '' }],
  ['an empty instance id', { ...join, instanceId: '' }],
  ['an empty rack', { ...join, rackId: '' }],
  ['no time-out in a join', { ...join, rebalanceTimeoutMs: -1 }],
  ['partitions in a join', { ...join, topicPartitions: [{ topicId: 'a' as never, partitions: [0] }] }],
  ['no word of partitions in a join', { ...join, topicPartitions: null }],
  ['no subscription in a join', { ...join, subscribedTopicNames: null }],
  ['no instance that leaves for a while', { ...later, memberEpoch: -2 }],
  ['an epoch that means nothing', { ...later, memberEpoch: -3 }],
  ['more names than topics can be', { ...join, subscribedTopicNames: Array.from({ length: 10_001 }, String) }],
])('%s is an invalid request', (_, request) => {
  expect(problemOf(request)).toBe('invalid-request')
})

test('an assignor that the server has not is refused by its name', () => {
  expect(problemOf({ ...join, serverAssignor: 'mine' })).toBe('unsupported-assignor')
})
