/**
 * EndTxn (26). A transaction commits or aborts. Version 5 answers with a new epoch for each transaction (KIP-890).
 */
import { api, bool, field, int16, int32, int64, safeInt64, string } from '../schema.ts'

export const endTxnApi = api({
  key: 26,
  name: 'EndTxn',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactionalId: field('0+', string),
    producerId: field('0+', int64),
    producerEpoch: field('0+', int16),
    committed: field('0+', bool),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    producerId: field('5+', safeInt64, { default: -1, ignorable: true }),
    producerEpoch: field('5+', int16, { default: -1, ignorable: true }),
  },
})
