/**
 * SaslAuthenticate (36). A SASL token and its answer. Version 1 says how long a session lives (KIP-368).
 */
import { api, bytes, field, int16, nullable, safeInt64, string } from '../schema.ts'

export const saslAuthenticateApi = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: '0-2',
  flexible: '2+',
  request: {
    authBytes: field('0+', bytes),
  },
  response: {
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    authBytes: field('0+', bytes),
    sessionLifetimeMs: field('1+', safeInt64, { default: 0, ignorable: true }),
  },
})
