/**
 * DescribeUserScramCredentials (50). Which SCRAM mechanisms users have, never their secrets (KIP-554).
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const userName = struct({
  name: field('0+', string),
})

const credentialInfo = struct({
  mechanism: field('0+', int8),
  iterations: field('0+', int32),
})

const describeUserScramCredentialsResult = struct({
  user: field('0+', string),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
  credentialInfos: field('0+', arrayOf(credentialInfo)),
})

export const describeUserScramCredentialsApi = api({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: {
    users: field('0+', nullable(arrayOf(userName))),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    results: field('0+', arrayOf(describeUserScramCredentialsResult)),
  },
})
