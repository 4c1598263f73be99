/**
 * CreateAcls (30). New access control lists. Version 3 knows users as resources.
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const aclCreation = struct({
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  resourcePatternType: field('1+', int8, { default: 3 }),
  principal: field('0+', string),
  host: field('0+', string),
  operation: field('0+', int8),
  permissionType: field('0+', int8),
})

const aclCreationResult = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
})

export const createAclsApi = api({
  key: 30,
  name: 'CreateAcls',
  versions: '1-3',
  flexible: '2+',
  request: {
    creations: field('0+', arrayOf(aclCreation)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    results: field('0+', arrayOf(aclCreationResult)),
  },
})
