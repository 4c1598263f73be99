/**
 * DescribeClientQuotas (48). Client quotas that match a filter (KIP-546).
 */
import { api, arrayOf, bool, field, float64, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const componentData = struct({
  entityType: field('0+', string),
  matchType: field('0+', int8),
  match: field('0+', nullable(string)),
})

const entityData = struct({
  entityType: field('0+', string),
  entityName: field('0+', nullable(string)),
})

const valueData = struct({
  key: field('0+', string),
  value: field('0+', float64),
})

const entryData = struct({
  entity: field('0+', arrayOf(entityData)),
  values: field('0+', arrayOf(valueData)),
})

export const describeClientQuotasApi = api({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: '0-1',
  flexible: '1+',
  request: {
    components: field('0+', arrayOf(componentData)),
    strict: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    entries: field('0+', nullable(arrayOf(entryData))),
  },
})
