/**
 * SyncGroup (14). The leader's assignments, and to each member its own. Version 3 has static members; 5 names the
 * protocol, which the coordinator checks (KIP-559).
 */
import { api, arrayOf, bytes, field, int16, int32, nullable, string, struct } from '../schema.ts'

const syncGroupRequestAssignment = struct({
  memberId: field('0+', string),
  assignment: field('0+', bytes),
})

export const syncGroupApi = api({
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: field('0+', string),
    generationId: field('0+', int32),
    memberId: field('0+', string),
    groupInstanceId: field('3+', nullable(string), { default: null }),
    protocolType: field('5+', nullable(string), { default: null, ignorable: true }),
    protocolName: field('5+', nullable(string), { default: null, ignorable: true }),
    assignments: field('0+', arrayOf(syncGroupRequestAssignment)),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
    protocolType: field('5+', nullable(string), { default: null, ignorable: true }),
    protocolName: field('5+', nullable(string), { default: null, ignorable: true }),
    assignment: field('0+', bytes),
  },
})
