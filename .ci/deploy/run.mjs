/**
 * `npm run test:deploy`: deploys the stack with the CLI of AWS CDK and runs vitest's project `deploy` against what came of it.
 *
 * Without `GREGOR_TEST_ENDPOINT` that is ministack: `cdk/app.ts` for callers of any kind as an HTTP API (`open`), as a REST API
 * that asks for a key (`rest`) and as an HTTP API that asks for a token (`token`), and one that enforces IAM (`guarded`,
 * `test/deploy/app.ts`).
 * `GREGOR_TEST_ENDPOINT=http://127.0.0.1:4566` is an emulator that runs already, such as LocalStack: `open` and `rest`.
 * `GREGOR_TEST_ENDPOINT=aws` is the account that the AWS SDK finds, which must be bootstrapped and costs some cents:
 * `guarded`, destroyed at the end unless `GREGOR_TEST_KEEP=true`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { install } from '../stores/ministack.mjs'
import { folder, Unavailable } from '../stores/server.mjs'
import { bootstrap, deploy, deployCommand, destroy } from './cdk.mjs'
import { startIssuer } from './issuer.mjs'
import { startGuarded, startOpen } from './ministack.mjs'

const root = resolve(import.meta.dirname, '../..')
const wanted = process.env.GREGOR_TEST_ENDPOINT ?? ''
const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1'
const ending = []

const open = {
  name: 'open',
  app: 'cdk/app.ts',
  stackName: 'Gregor',
  context: { authorization: 'none', emulated: 'true' },
}
const rest = {
  ...open,
  name: 'rest',
  stackName: 'GregorRest',
  context: { authorization: 'api-key', api: 'rest', emulated: 'true' },
}
const token = ({ url: issuer, audience, key }) => ({
  ...open,
  name: 'token',
  stackName: 'GregorToken',
  context: { authorization: 'jwt', issuer, audience, emulated: 'true' },
  issuer: { url: issuer, audience, key },
})
const guarded = { name: 'guarded', app: 'test/deploy/app.ts', stackName: 'GregorTest', context: {} }

async function onMinistack() {
  await install()
  const issuer = await startIssuer()
  ending.push(issuer.stop)
  const places = []
  for (const [start, scenes] of [
    [startOpen, [open, rest, token(issuer)]],
    [startGuarded, [{ ...guarded, context: { emulated: 'true' } }]],
  ]) {
    const stack = await start()
    ending.push(stack.stop)
    const place = { ...stack, emulator: 'ministack' }
    await timed(`${scenes[0].name}: bootstrap`, () => bootstrap({ ...scenes[0], ...place }))
    for (const scene of scenes) places.push(await deployed({ ...scene, ...place }))
  }
  return places
}

async function onEmulator(endpoint) {
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const env = { ...keys, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_DEFAULT_REGION: region }
  const place = { endpoint, region, env, emulator: 'other' }
  await timed('bootstrap', () => bootstrap({ ...open, ...place }))
  const places = []
  for (const scene of [open, rest]) places.push(await deployed({ ...scene, ...place }))
  return places
}

async function onAws() {
  const context = { ...guarded.context, removal: 'destroy' }
  const place = { ...guarded, context, region, env: { AWS_REGION: region, AWS_DEFAULT_REGION: region } }
  if (process.env.GREGOR_TEST_KEEP !== 'true') ending.push(() => timed('destroy', () => destroy(place)))
  return [await deployed(place)]
}

async function deployed(place) {
  rmSync(join(folder, `deploy-${place.name}.json`), { force: true })
  const outputs = await timed(`${place.name}: deploy`, () => deploy(place))
  const { name, endpoint, emulator, env, stackName, issuer } = place
  const redeploy = deployCommand(place)
  return { name, region: place.region, endpoint, emulator, env, stackName, issuer, outputs, redeploy }
}

async function timed(what, work) {
  const startedMs = Date.now()
  const result = await work()
  console.log(`${what}: ${((Date.now() - startedMs) / 1_000).toFixed(1)} s`)
  return result
}

async function stopAll() {
  for (const end of ending.splice(0)) await end().catch((fault) => console.error(fault))
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopAll().then(() => process.exit(130)))

async function main() {
  mkdirSync(folder, { recursive: true })
  const places = await (wanted === '' ? onMinistack() : wanted === 'aws' ? onAws() : onEmulator(wanted))
  const file = join(folder, 'deployments.json')
  writeFileSync(file, JSON.stringify(places))
  const vitest = resolve(root, 'node_modules/vitest/vitest.mjs')
  // Node reads which certificates it trusts once, at its start.
  const trust = Object.assign({}, ...places.map(({ env }) => env))
  const env = {
    ...process.env,
    ...(trust.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: trust.NODE_EXTRA_CA_CERTS }),
    GREGOR_TEST_DEPLOYMENTS: file,
  }
  const args = [vitest, 'run', '--project', 'deploy', ...process.argv.slice(2)]
  const [code] = await once(spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }), 'exit')
  return code ?? 1
}

try {
  process.exitCode = await main()
} catch (fault) {
  const isReason = fault instanceof Unavailable && process.env.CI !== 'true'
  console.error(isReason ? `not tested: ${fault.message}` : (fault.stack ?? fault))
  process.exitCode = isReason ? 0 : 1
} finally {
  await stopAll()
}
