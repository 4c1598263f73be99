/**
 * InitProducerId (22). An id and an epoch for an idempotent or transactional producer. Version 3 sends the old ones,
 * for an epoch after them (KIP-360). Kafka's version 6 (two-phase commit, KIP-939) is unstable and not here.
 */
import { api, field, int16, int32, int64, nullable, safeInt64, string } from '../schema.ts'

export const initProducerIdApi = api({
  key: 22,
  name: 'InitProducerId',
  versions: '0-5',
  flexible: '2+',
  request: {
    transactionalId: field('0+', nullable(string)),
    transactionTimeoutMs: field('0+', int32),
    producerId: field('3+', int64, { default: -1n }),
    producerEpoch: field('3+', int16, { default: -1 }),
  },
  response: {
    throttleTimeMs: field('0+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
    producerId: field('0+', safeInt64, { default: -1 }),
    producerEpoch: field('0+', int16),
  },
})
