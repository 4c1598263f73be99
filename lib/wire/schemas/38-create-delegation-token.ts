/**
 * CreateDelegationToken (38). A token with which others may act for its owner (KIP-48). Version 3 names an owner other
 * than who asks (KIP-373).
 */
import { api, arrayOf, bytes, field, int16, int32, int64, nullable, safeInt64, string, struct } from '../schema.ts'

const creatableRenewers = struct({
  principalType: field('0+', string),
  principalName: field('0+', string),
})

export const createDelegationTokenApi = api({
  key: 38,
  name: 'CreateDelegationToken',
  versions: '1-3',
  flexible: '2+',
  request: {
    ownerPrincipalType: field('3+', nullable(string)),
    ownerPrincipalName: field('3+', nullable(string)),
    renewers: field('0+', arrayOf(creatableRenewers)),
    maxLifetimeMs: field('0+', int64),
  },
  response: {
    errorCode: field('0+', int16),
    principalType: field('0+', string),
    principalName: field('0+', string),
    tokenRequesterPrincipalType: field('3+', string),
    tokenRequesterPrincipalName: field('3+', string),
    issueTimestampMs: field('0+', safeInt64),
    expiryTimestampMs: field('0+', safeInt64),
    maxTimestampMs: field('0+', safeInt64),
    tokenId: field('0+', string),
    hmac: field('0+', bytes),
    throttleTimeMs: field('0+', int32),
  },
})
