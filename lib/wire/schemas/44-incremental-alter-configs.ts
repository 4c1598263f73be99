/**
 * IncrementalAlterConfigs (44). Changes to configs one by one: set (0), delete (1), append (2), subtract (3) (KIP-339).
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const alterableConfig = struct({
  name: field('0+', string),
  configOperation: field('0+', int8),
  value: field('0+', nullable(string)),
})

const alterConfigsResource = struct({
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  configs: field('0+', arrayOf(alterableConfig)),
})

const alterConfigsResourceResponse = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
})

export const incrementalAlterConfigsApi = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
  request: {
    resources: field('0+', arrayOf(alterConfigsResource)),
    validateOnly: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    responses: field('0+', arrayOf(alterConfigsResourceResponse)),
  },
})
