/** The whole: the template as it was last looked at, AWS's own rules, and what the command line says. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import type { GregorProps } from '../../cdk/gregor-props.ts'
import { GregorStack } from '../../cdk/gregor-stack.ts'
import { readSettings } from '../../cdk/settings.ts'
import { newApp, templateOf } from './synthesized.ts'

/** Bundles change with every line of ours; what is deployed around them should not. */
const withoutHashes = (template: unknown) =>
  JSON.parse(JSON.stringify(template).replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')) as unknown

const kinds: readonly [string, GregorProps][] = [
  ['an HTTP API', {}],
  ['a REST API', { api: 'rest', tracing: true }],
]

const checked: readonly [string, GregorProps][] = [
  ...kinds,
  ['API keys and a prefix', { api: 'rest', authorization: { type: 'api-key' }, bucketPrefix: 'a/b/' }],
  ['tokens', { authorization: { type: 'jwt', issuer: 'https://issuer.test', audience: ['gregor'] } }],
  [
    'all that can be turned off',
    { authorization: { type: 'none' }, accessLogs: false, alarms: false, dashboard: false },
  ],
  ['what goes with its stack', { removalPolicy: RemovalPolicy.DESTROY }],
]

const settings = (context: Record<string, unknown>) => readSettings((name) => context[name])

export function stackCases(): void {
  test.each(kinds)('the stack with %s is what it was', async (kind, gregor) => {
    const text = JSON.stringify(withoutHashes(templateOf(gregor).toJSON()), null, 2)
    await expect(`${text}\n`).toMatchFileSnapshot(`templates/${kind.replaceAll(' ', '-').toLowerCase()}.json`)
  })

  test.each(checked)('AWS Solutions’ rules find nothing in %s that is not acknowledged', (_, gregor) => {
    const app = newApp()
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    new GregorStack(app, 'Gregor', { gregor })
    app.synth()
  })

  test('the rules do find what is not acknowledged', () => {
    const app = newApp()
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    const { gregor } = new GregorStack(app, 'Gregor')
    gregor.bucket.grantReadWrite(gregor.functions.fetch)
    expect(() => app.synth()).toThrow('IAM5[Action::s3:')
  })

  test('the outputs say what to call, with what callers are asked for', () => {
    expect(Object.keys(templateOf().findOutputs('*')).sort()).toEqual(['BucketName', 'FirstCall', 'TableName', 'Url'])
    for (const [, gregor] of checked) {
      const call = JSON.stringify(templateOf(gregor).findOutputs('FirstCall'))
      const asked = { iam: '--sigv4', jwt: '--token TOKEN', 'api-key': '--api-key KEY', none: 'topic list' }
      expect(call).toContain(asked[gregor.authorization?.type ?? 'iam'])
    }
  })

  test('the command line chooses, and what it cannot choose is refused', () => {
    expect(settings({})).toEqual({ stackName: 'Gregor' })
    expect(settings({ stack: 'Mine', api: 'rest', authorization: 'api-key', removal: 'destroy' })).toEqual({
      stackName: 'Mine',
      api: 'rest',
      authorization: { type: 'api-key' },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    expect(settings({ authorization: 'jwt', issuer: 'https://a.test', audience: 'a,b' })).toMatchObject({
      authorization: { type: 'jwt', issuer: 'https://a.test', audience: ['a', 'b'] },
    })
    expect(settings({ emulated: 'true' })).toMatchObject({ environment: { S3_FORCE_PATH_STYLE: 'true' } })
    expect(() => settings({ api: 'soap' })).toThrow('http, rest')
    expect(() => settings({ authorization: 'jwt' })).toThrow('issuer')
    expect(() => settings({ stack: '' })).toThrow('not empty')
  })
}
