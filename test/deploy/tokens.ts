/** Tokens (JWT, RFC 7519) of the issuer that runs beside the emulator, sound or with one thing wrong. */
import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto'

/** As `.ci/deploy/issuer.mjs` has it. */
export interface Issuer {
  readonly url: string
  readonly audience: string
  /** The private key. */
  readonly key: JsonWebKey & { readonly kid: string }
}

export interface TokenParts {
  readonly header?: object
  readonly claims?: object
  /** Instead of the issuer's. */
  readonly key?: KeyObject
}

/** An hour's token, but for what is given. */
export function tokenOf({ url, audience, key: jwk }: Issuer, { header, claims, key }: TokenParts = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const times = { iat: nowSeconds - 10, exp: nowSeconds + 3_600 }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = [
    part({ alg: 'RS256', typ: 'JWT', kid: jwk.kid, ...header }),
    part({ iss: url, aud: audience, sub: 'caller', ...times, ...claims }),
  ].join('.')
  const signature = sign('sha256', Buffer.from(signed), key ?? createPrivateKey({ key: jwk, format: 'jwk' }))
  return `${signed}.${signature.toString('base64url')}`
}
