/**
 * AlterConfigs (33). Configs, all of a resource at once: what is not named goes back to its default.
 * IncrementalAlterConfigs replaces it.
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const alterableConfig = struct({
  name: field('0+', string),
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

export const alterConfigsApi = api({
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  request: {
    resources: field('0+', arrayOf(alterConfigsResource)),
    validateOnly: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    responses: field('0+', arrayOf(alterConfigsResourceResponse)),
  },
})
