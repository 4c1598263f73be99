/**
 * AlterClientQuotas (49). Client quotas to set or remove (KIP-546).
 */
import { api, arrayOf, bool, field, float64, int16, int32, nullable, string, struct } from '../schema.ts'

const entityData = struct({
  entityType: field('0+', string),
  entityName: field('0+', nullable(string)),
})

const opData = struct({
  key: field('0+', string),
  value: field('0+', float64),
  remove: field('0+', bool),
})

const entryData = struct({
  entity: field('0+', arrayOf(entityData)),
  ops: field('0+', arrayOf(opData)),
})

const responseEntryData = struct({
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  entity: field('0+', arrayOf(entityData)),
})

export const alterClientQuotasApi = api({
  key: 49,
  name: 'AlterClientQuotas',
  versions: '0-1',
  flexible: '1+',
  request: {
    entries: field('0+', arrayOf(entryData)),
    validateOnly: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    entries: field('0+', arrayOf(responseEntryData)),
  },
})
