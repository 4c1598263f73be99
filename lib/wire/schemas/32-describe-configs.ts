/**
 * DescribeConfigs (32). Configs of topics, brokers, groups, with where their values come from. Version 1 names sources
 * and synonyms, 3 types and documentation (KIP-569).
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const describeConfigsResource = struct({
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  configurationKeys: field('0+', nullable(arrayOf(string))),
})

const describeConfigsSynonym = struct({
  name: field('1+', string),
  value: field('1+', nullable(string)),
  source: field('1+', int8),
})

const describeConfigsResourceResult = struct({
  name: field('0+', string),
  value: field('0+', nullable(string)),
  readOnly: field('0+', bool),
  configSource: field('1+', int8, { default: -1, ignorable: true }),
  isSensitive: field('0+', bool),
  synonyms: field('1+', arrayOf(describeConfigsSynonym), { ignorable: true }),
  configType: field('3+', int8, { default: 0, ignorable: true }),
  documentation: field('3+', nullable(string), { ignorable: true }),
})

const describeConfigsResult = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  resourceType: field('0+', int8),
  resourceName: field('0+', string),
  configs: field('0+', arrayOf(describeConfigsResourceResult)),
})

export const describeConfigsApi = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  request: {
    resources: field('0+', arrayOf(describeConfigsResource)),
    includeSynonyms: field('1+', bool, { default: false }),
    includeDocumentation: field('3+', bool, { default: false }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    results: field('0+', arrayOf(describeConfigsResult)),
  },
})
