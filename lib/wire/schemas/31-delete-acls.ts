/**
 * DeleteAcls (31). Access control lists that match a filter go away. Version 3 knows users as resources.
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const deleteAclsFilter = struct({
  resourceTypeFilter: field('0+', int8),
  resourceNameFilter: field('0+', nullable(string)),
  patternTypeFilter: field('1+', int8, { default: 3 }),
  principalFilter: field('0+', nullable(string)),
  hostFilter: field('0+', nullable(string)),
  operation: field('0+', int8),
  permissionType: field('0+', int8),
})

const deleteAclsMatchingAcl = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  patternType: field('1+', int8, { default: 3 }),
  principal: field('0+', string),
  host: field('0+', string),
  operation: field('0+', int8),
  permissionType: field('0+', int8),
})

const deleteAclsFilterResult = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  matchingAcls: field('0+', arrayOf(deleteAclsMatchingAcl)),
})

export const deleteAclsApi = api({
  key: 31,
  name: 'DeleteAcls',
  versions: '1-3',
  flexible: '2+',
  request: {
    filters: field('0+', arrayOf(deleteAclsFilter)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    filterResults: field('0+', arrayOf(deleteAclsFilterResult)),
  },
})
