/**
 * DescribeGroups (15). Classic groups with their members and assignments. Version 3 may ask for authorized operations,
 * 4 names static members, 6 answers GROUP_ID_NOT_FOUND (KIP-1043).
 */
import { api, arrayOf, bool, bytes, field, int16, int32, nullable, string, struct } from '../schema.ts'

const describedGroupMember = struct({
  memberId: field('0+', string),
  groupInstanceId: field('4+', nullable(string), { default: null, ignorable: true }),
  clientId: field('0+', string),
  clientHost: field('0+', string),
  memberMetadata: field('0+', bytes),
  memberAssignment: field('0+', bytes),
})

const describedGroup = struct({
  errorCode: field('0+', int16),
  errorMessage: field('6+', nullable(string), { default: null }),
  groupId: field('0+', string),
  groupState: field('0+', string),
  protocolType: field('0+', string),
  protocolData: field('0+', string),
  members: field('0+', arrayOf(describedGroupMember)),
  authorizedOperations: field('3+', int32, { default: -2147483648 }),
})

export const describeGroupsApi = api({
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  request: {
    groups: field('0+', arrayOf(string)),
    includeAuthorizedOperations: field('3+', bool),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    groups: field('0+', arrayOf(describedGroup)),
  },
})
