/**
 * JoinGroup (11). A member joins a group of the classic protocol and waits for its generation. Version 1 has a
 * rebalance time-out of its own; from 4 on a new member is told its id first (KIP-394); 5 has static members; 7 answers
 * with the protocol's type; 8 gives a reason (KIP-800); 9 may skip the assignment (KIP-814).
 */
import { api, arrayOf, bool, bytes, field, int16, int32, nullable, string, struct } from '../schema.ts'

const joinGroupRequestProtocol = struct({
  name: field('0+', string),
  metadata: field('0+', bytes),
})

const joinGroupResponseMember = struct({
  memberId: field('0+', string),
  groupInstanceId: field('5+', nullable(string), { default: null, ignorable: true }),
  metadata: field('0+', bytes),
})

export const joinGroupApi = api({
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: {
    groupId: field('0+', string),
    sessionTimeoutMs: field('0+', int32),
    rebalanceTimeoutMs: field('1+', int32, { default: -1, ignorable: true }),
    memberId: field('0+', string),
    groupInstanceId: field('5+', nullable(string), { default: null }),
    protocolType: field('0+', string),
    protocols: field('0+', arrayOf(joinGroupRequestProtocol)),
    reason: field('8+', nullable(string), { default: null, ignorable: true }),
  },
  response: {
    throttleTimeMs: field('2+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
    generationId: field('0+', int32, { default: -1 }),
    protocolType: field('7+', nullable(string), { default: null, ignorable: true }),
    protocolName: field('0+', nullable(string, '7+')),
    leader: field('0+', string),
    skipAssignment: field('9+', bool, { default: false }),
    memberId: field('0+', string),
    members: field('0+', arrayOf(joinGroupResponseMember)),
  },
})
