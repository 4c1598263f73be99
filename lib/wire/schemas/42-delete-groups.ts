/**
 * DeleteGroups (42). Groups without members go away.
 */
import { api, arrayOf, field, int16, int32, string, struct } from '../schema.ts'

const deletableGroupResult = struct({
  groupId: field('0+', string),
  errorCode: field('0+', int16),
})

export const deleteGroupsApi = api({
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  request: {
    groupsNames: field('0+', arrayOf(string)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    results: field('0+', arrayOf(deletableGroupResult)),
  },
})
