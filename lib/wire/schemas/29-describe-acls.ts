/**
 * DescribeAcls (29). Access control lists that match a filter. Version 3 knows users as resources.
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const aclDescription = struct({
  principal: field('0+', string),
  host: field('0+', string),
  operation: field('0+', int8),
  permissionType: field('0+', int8),
})

const describeAclsResource = struct({
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  patternType: field('1+', int8, { default: 3 }),
  acls: field('0+', arrayOf(aclDescription)),
})

export const describeAclsApi = api({
  key: 29,
  name: 'DescribeAcls',
  versions: '1-3',
  flexible: '2+',
  request: {
    resourceTypeFilter: field('0+', int8),
    resourceNameFilter: field('0+', nullable(string)),
    patternTypeFilter: field('1+', int8, { default: 3 }),
    principalFilter: field('0+', nullable(string)),
    hostFilter: field('0+', nullable(string)),
    operation: field('0+', int8),
    permissionType: field('0+', int8),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    resources: field('0+', arrayOf(describeAclsResource)),
  },
})
