/**
 * ListTransactions (66). Transactions that match filters (KIP-664). Version 1 filters by age (KIP-994), 2 by a pattern
 * (KIP-1152).
 */
import { api, arrayOf, field, int16, int32, int64, nullable, safeInt64, string, struct } from '../schema.ts'

const transactionState = struct({
  transactionalId: field('0+', string),
  producerId: field('0+', safeInt64),
  transactionState: field('0+', string),
})

export const listTransactionsApi = api({
  key: 66,
  name: 'ListTransactions',
  versions: '0-2',
  flexible: '0+',
  request: {
    stateFilters: field('0+', arrayOf(string)),
    producerIdFilters: field('0+', arrayOf(int64)),
    durationFilter: field('1+', int64, { default: -1n }),
    transactionalIdPattern: field('2+', nullable(string), { default: null }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    unknownStateFilters: field('0+', arrayOf(string)),
    transactionStates: field('0+', arrayOf(transactionState)),
  },
})
