/**
 * LeaveGroup (13). Members leave a classic group. Versions to 2 name one member, 3 and up many (KIP-345); 5 gives
 * reasons (KIP-800).
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct } from '../schema.ts'

const memberIdentity = struct({
  memberId: field('3+', string),
  groupInstanceId: field('3+', nullable(string), { default: null }),
  reason: field('5+', nullable(string), { default: null, ignorable: true }),
})

const memberResponse = struct({
  memberId: field('3+', string),
  groupInstanceId: field('3+', nullable(string)),
  errorCode: field('3+', int16),
})

export const leaveGroupApi = api({
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: field('0+', string),
    memberId: field('0-2', string),
    members: field('3+', arrayOf(memberIdentity)),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
    members: field('3+', arrayOf(memberResponse)),
  },
})
