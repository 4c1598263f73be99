/**
 * DescribeDelegationToken (41). Delegation tokens of owners (KIP-48). Version 3 answers with who asked for each
 * (KIP-373).
 */
import { api, arrayOf, bytes, field, int16, int32, nullable, safeInt64, string, struct } from '../schema.ts'

const describeDelegationTokenOwner = struct({
  principalType: field('0+', string),
  principalName: field('0+', string),
})

const describedDelegationTokenRenewer = struct({
  principalType: field('0+', string),
  principalName: field('0+', string),
})

const describedDelegationToken = struct({
  principalType: field('0+', string),
  principalName: field('0+', string),
  tokenRequesterPrincipalType: field('3+', string),
  tokenRequesterPrincipalName: field('3+', string),
  issueTimestamp: field('0+', safeInt64),
  expiryTimestamp: field('0+', safeInt64),
  maxTimestamp: field('0+', safeInt64),
  tokenId: field('0+', string),
  hmac: field('0+', bytes),
  renewers: field('0+', arrayOf(describedDelegationTokenRenewer)),
})

export const describeDelegationTokenApi = api({
  key: 41,
  name: 'DescribeDelegationToken',
  versions: '1-3',
  flexible: '2+',
  request: {
    owners: field('0+', nullable(arrayOf(describeDelegationTokenOwner))),
  },
  response: {
    errorCode: field('0+', int16),
    tokens: field('0+', arrayOf(describedDelegationToken)),
    throttleTimeMs: field('0+', int32),
  },
})
