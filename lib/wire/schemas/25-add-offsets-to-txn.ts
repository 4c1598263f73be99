/**
 * AddOffsetsToTxn (25). A group's offsets become part of a transaction.
 */
import { api, field, int16, int32, int64, string } from '../schema.ts'

export const addOffsetsToTxnApi = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: '0-4',
  flexible: '3+',
  request: {
    transactionalId: field('0+', string),
    producerId: field('0+', int64),
    producerEpoch: field('0+', int16),
    groupId: field('0+', string),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
  },
})
