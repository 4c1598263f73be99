/**
 * ListGroups (16). The groups that a broker coordinates. Version 4 filters by state (KIP-518), 5 by type (KIP-848).
 */
import { api, arrayOf, field, int16, int32, string, struct } from '../schema.ts'

const listedGroup = struct({
  groupId: field('0+', string),
  protocolType: field('0+', string),
  groupState: field('4+', string, { ignorable: true }),
  groupType: field('5+', string, { ignorable: true }),
})

export const listGroupsApi = api({
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  request: {
    statesFilter: field('4+', arrayOf(string)),
    typesFilter: field('5+', arrayOf(string)),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
    groups: field('0+', arrayOf(listedGroup)),
  },
})
