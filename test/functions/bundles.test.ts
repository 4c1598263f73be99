/** Each function, bundled for real: small, whole, free of native code, and in no need of what is not its affair. */
import { builtinModules } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bundle, bundleFolder, bundle as bundleIn, type FunctionName, functionNames } from './bundle.ts'

let bundle: (name: FunctionName, options?: { tracing: boolean }) => Promise<Bundle>
let remove: () => Promise<void>
beforeAll(async () => {
  const made = await bundleFolder()
  remove = made.remove
  bundle = (name, options) => bundleIn(name, made.folder, options)
})
afterAll(() => remove())

/** Of which 120 KB are X-Ray's SDK, which is read from the disk and loaded only where it is turned on. */
const bytesMax = 1.25 * 1024 * 1024
const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))

test.each(functionNames)('%s is at most 1.25 MB, and all of it is JavaScript', async (name) => {
  const { bytes, inputs, imports } = await bundle(name)
  expect(bytes).toBeLessThanOrEqual(bytesMax)
  expect(inputs.length).toBeGreaterThan(100)
  expect(
    inputs.filter((input) =>
      /\.node$|native|@node-rs|@napi|sqlite|pino|prom-client|lib\/(gateway|local|cli)\//.test(input),
    ),
  ).toEqual([])
  // What it imports when it runs is Node's own. (The SDK asks for its CRT only if that was installed.)
  expect(imports.filter((path) => !builtins.has(path) && !path.startsWith('@aws-sdk/'))).toEqual([])
  expect(imports).not.toContain('node:sqlite')
})

test('no function carries a way to credentials but the environment', async () => {
  const { inputs } = await bundle('produce')
  expect(inputs.filter((input) => /credential-provider-(ini|sso|process|node)/.test(input))).toEqual([])
  expect(inputs).toContain('functions/environment-credentials.ts')
})

test('only a function that is traced carries the SDK of X-Ray', async () => {
  const carried = (inputs: readonly string[]) => inputs.filter((input) => /xray|x-ray/.test(input)).length
  expect(carried((await bundle('produce')).inputs)).toBe(0)
  expect(carried((await bundle('produce', { tracing: true })).inputs)).toBeGreaterThan(10)
})

test('no function carries the routes of another', async () => {
  const routesIn = async (name: (typeof functionNames)[number]) =>
    (await bundle(name)).inputs
      .filter((input) => /lib\/http\/.*-routes\.ts$/.test(input))
      .map((input) => input.split('/')[2])
  expect(await routesIn('produce')).toEqual(expect.arrayContaining(['health-routes.ts', 'produce-routes.ts']))
  expect(await routesIn('produce')).toHaveLength(2)
  expect(await routesIn('fetch')).toHaveLength(2)
  expect(await routesIn('kafka')).toEqual(expect.arrayContaining(['health-routes.ts', 'kafka-routes.ts']))
  expect(await routesIn('kafka')).toHaveLength(2)
  expect(await routesIn('janitor')).toEqual([])
})

test('a bundle loads, answers an event and throws nothing when no store answers', async () => {
  const { file } = await bundle('produce')
  // Nothing listens on port 9 of this machine: "discard" is long out of use.
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    S3_FORCE_PATH_STYLE: 'true',
    TABLE_NAME: 'table',
    BUCKET_NAME: 'bucket',
  }
  Object.assign(process.env, environment)
  const { handler } = await import(file)
  const answer = await handler({
    version: '2.0',
    rawPath: '/topics/..',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method: 'GET' }, stage: '$default' },
  })
  expect(answer).toMatchObject({ statusCode: 404, isBase64Encoded: false })
  for (const name of Object.keys(environment)) delete process.env[name]
})
