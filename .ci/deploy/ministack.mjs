/**
 * Two ministacks to deploy to: one that lets everybody in, and one with TLS that enforces IAM, for callers and for the roles of
 * functions. Its functions run on this machine with its environment: what the tests' own may say to the SDK is kept from them.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { startMinistack } from '../stores/ministack.mjs'
import { folder } from '../stores/server.mjs'

/** Root of an account that is ministack's own: IAM holds for everybody else. */
const root = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_SESSION_TOKEN: '' }
const region = 'us-east-1'

/** Answers what `cdk` and the tests need to reach it, and `stop()`. */
export async function startOpen() {
  return started('deploy-open', {})
}

/** As `startOpen`, with IAM and TLS. All who speak to it need `NODE_EXTRA_CA_CERTS`, its functions too. */
export async function startGuarded() {
  // Before it starts nobody knows its certificate; its functions read the file when they start.
  const authorities = join(folder, 'deploy-guarded.pem')
  writeFileSync(authorities, `${rootCertificates.join('\n')}\n`)
  const trust = { NODE_EXTRA_CA_CERTS: authorities, AWS_CA_BUNDLE: authorities }
  const place = await started('deploy-guarded', { AUTH: 'true', USE_SSL: '1', ...trust })
  const own = readFileSync(join(place.temporary, 'ministack-tls', 'server.crt'), 'utf8')
  writeFileSync(authorities, `${rootCertificates.join('\n')}\n${own}`)
  return { ...place, env: { ...place.env, ...trust } }
}

async function started(name, variables) {
  const { url, temporary, stop } = await startMinistack(name, { ...variables, ...root, AWS_REGION: region })
  const env = { ...root, AWS_ENDPOINT_URL: url, AWS_REGION: region, AWS_DEFAULT_REGION: region }
  const stopAndRemove = async () => {
    await stop()
    // It leaves the code of every function behind.
    rmSync(temporary, { recursive: true, force: true })
  }
  return { endpoint: url, region, env, temporary, stop: stopAndRemove }
}
