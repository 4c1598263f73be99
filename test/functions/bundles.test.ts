/** Each function, bundled for real: small, whole, free of native code, and in no need of what is not its affair. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { filesBeside } from '../../cdk/bundling.ts'
import { type FunctionName, functionNames } from '../../cdk/gregor-props.ts'
import { permissions } from '../../cdk/permissions.ts'
import { type Bundle, bundleFolder, bundle as bundleIn, bundleSource } from './bundle.ts'
import { withoutStores } from './instance.ts'

let bundle: (name: FunctionName, options?: { tracing: boolean }) => Promise<Bundle>
let remove: () => Promise<void>
beforeAll(async () => {
  const made = await bundleFolder()
  remove = made.remove
  bundle = (name, options) => bundleIn(name, made.folder, options)
})
afterAll(() => remove())

/** Each KB is read in every cold start. */
const bytesMax = 800 * 1024
const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))

test.each(functionNames)('%s is at most 800 KB, and all of it is JavaScript', async (name) => {
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

test('patterns of topics are matched by what lies beside a bundle, which is read when the first one comes', async () => {
  for (const name of functionNames) {
    const { inputs, imports } = await bundle(name)
    // Who may meet a pattern has it, and nobody has it inside.
    expect([name, filesBeside(name).map((beside) => beside.name)]).toEqual([
      name,
      inputs.includes('functions/late-re2.ts') ? ['re2js.cjs'] : [],
    ])
    expect([...inputs, ...imports].filter((path) => /node_modules\/re2js/.test(path))).toEqual([])
  }
  const made = await bundleFolder()
  onTestFinished(made.remove)
  const { file } = await bundleSource('lib/groups/consumer/topic-regex.ts', join(made.folder, 'regex.cjs'))
  const { topicRegexProblem, matchesTopic }: typeof import('../../lib/groups/consumer/topic-regex.ts') = await import(
    file
  )
  expect(() => topicRegexProblem('orders-.*')).toThrow('re2js.cjs')
  for (const { from, name } of filesBeside('kafka')) await copyFile(from, join(made.folder, name))
  expect(topicRegexProblem('orders-.*')).toBeUndefined()
  expect(topicRegexProblem('(')).toMatch('not a valid regular expression')
  expect([matchesTopic('orders-.*', 'orders-1'), matchesTopic('orders-.*', 'clicks')]).toEqual([true, false])
})

test('no function carries what only event streams need', async () => {
  const { inputs } = await bundle('kafka')
  expect(inputs.filter((input) => /event-?stream/i.test(input))).toEqual(['functions/no-event-streams.ts'])
})

test('a function that may touch no object carries nothing of S3', async () => {
  for (const name of functionNames) {
    const { inputs } = await bundle(name)
    const carries = inputs.some((input) => /client-s3|adapters\/s3/.test(input))
    expect([name, carries]).toEqual([name, Object.keys(permissions[name].objects).length > 0])
  }
})

test('a first call loads neither the classes of fetch nor streams of the web, nor looks for files of settings', async () => {
  const { file } = await bundle('produce')
  const program = `
    const { handler } = require(process.argv[1])
    handler({ version: '2.0', rawPath: '/topics/orders', rawQueryString: '', headers: { 'content-type': 'application/json' },
      body: '{"records":[]}', requestContext: { http: { method: 'POST' }, stage: '$default' } })
      .then(({ statusCode }) => process.send({ statusCode, loaded: process.moduleLoadList }, () => process.exit()))`
  const args = ['-e', program, file]
  const env = { ...withoutStores, AWS_ENDPOINT_URL: 'https://127.0.0.1:9' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const [said] = await once(child, 'message')
  expect(said.statusCode).toBe(422)
  expect(said.loaded).toContain('NativeModule https')
  expect(said.loaded.filter((module: string) => /undici|webstreams|fs\/promises/.test(module))).toEqual([])
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
  Object.assign(process.env, withoutStores)
  const { handler } = await import(file)
  const answer = await handler({
    version: '2.0',
    rawPath: '/topics/..',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method: 'GET' }, stage: '$default' },
  })
  expect(answer).toMatchObject({ statusCode: 404, isBase64Encoded: false })
  for (const name of Object.keys(withoutStores)) delete process.env[name]
})
