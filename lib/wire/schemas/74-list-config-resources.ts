/**
 * ListConfigResources (74). Names of resources that have configs (KIP-1142). Version 0 knew client metrics only.
 */
import { api, arrayOf, field, int8, int16, int32, string, struct } from '../schema.ts'

const configResource = struct({
  resourceName: field('0+', string),
  resourceType: field('1+', int8, { default: 16, ignorable: true }),
})

export const listConfigResourcesApi = api({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  request: {
    resourceTypes: field('1+', arrayOf(int8)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    configResources: field('0+', arrayOf(configResource)),
  },
})
