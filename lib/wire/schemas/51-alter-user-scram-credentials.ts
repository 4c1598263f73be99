/**
 * AlterUserScramCredentials (51). SCRAM credentials to set or remove (KIP-554). librdkafka sends a byte after the last
 * field.
 */
import { api, arrayOf, bytes, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const scramCredentialDeletion = struct({
  name: field('0+', string),
  mechanism: field('0+', int8),
})

const scramCredentialUpsertion = struct({
  name: field('0+', string),
  mechanism: field('0+', int8),
  iterations: field('0+', int32),
  salt: field('0+', bytes),
  saltedPassword: field('0+', bytes),
})

const alterUserScramCredentialsResult = struct({
  user: field('0+', string),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
})

export const alterUserScramCredentialsApi = api({
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: {
    deletions: field('0+', arrayOf(scramCredentialDeletion)),
    upsertions: field('0+', arrayOf(scramCredentialUpsertion)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    results: field('0+', arrayOf(alterUserScramCredentialsResult)),
  },
})
