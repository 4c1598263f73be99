import { expect, test } from 'vitest'
import { type ErrorName, errorCodes, errorName, isRetriable } from '../../lib/wire/error-codes.ts'

test('codes run from -1 to 133 without a gap, and have one name each', () => {
  const codes = Object.values(errorCodes)
  expect(codes).toEqual(Array.from({ length: 135 }, (_, index) => index - 1))
  for (const code of codes) expect(errorCodes[errorName(code) ?? 'NONE']).toBe(code)
  expect(errorName(134)).toBeUndefined()
})

test('clients try again what Kafka calls retriable', () => {
  const again: ErrorName[] = ['NOT_LEADER_OR_FOLLOWER', 'REQUEST_TIMED_OUT', 'KAFKA_STORAGE_ERROR', 'UNKNOWN_TOPIC_ID']
  const never: ErrorName[] = [
    'NONE',
    'PRODUCER_FENCED',
    'REBALANCE_IN_PROGRESS',
    'MESSAGE_TOO_LARGE',
    'UNKNOWN_MEMBER_ID',
  ]
  expect(again.filter((name) => !isRetriable(errorCodes[name]))).toEqual([])
  expect(never.filter((name) => isRetriable(errorCodes[name]))).toEqual([])
})
