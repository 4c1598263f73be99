/**
 * Who issues tokens to the tests: a server on this machine with a key pair of its own, found as OpenID Connect has it
 * (`/.well-known/openid-configuration`). API Gateway of AWS would want it by https and from the internet.
 */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

export const audience = 'gregor-test'

/** Answers `url`, `audience`, the private key as a JWK with its `kid`, and `stop()`. */
export async function startIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = 'test-key'
  const server = createServer((request, response) => {
    const known = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] },
    }
    const body = known[request.url]
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const key = { ...privateKey.export({ format: 'jwk' }), kid }
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, audience, key, stop }
}
