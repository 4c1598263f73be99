/**
 * SaslHandshake (17). The mechanism with which a client wants to prove who it is. After version 0 the tokens follow
 * without headers, each after its length; after 1 they are SaslAuthenticate requests.
 */
import { api, arrayOf, field, int16, string } from '../schema.ts'

export const saslHandshakeApi = api({
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  flexible: 'none',
  request: {
    mechanism: field('0+', string),
  },
  response: {
    errorCode: field('0+', int16),
    mechanisms: field('0+', arrayOf(string)),
  },
})
