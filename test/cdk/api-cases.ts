/** The APIs: routes, who is let in, and what a grant opens. */
import { Match, type Template } from 'aws-cdk-lib/assertions'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { User } from 'aws-cdk-lib/aws-iam'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { expect, test } from 'vitest'
import { apiRoutes } from '../../cdk/routes.ts'
import { openapiDocument } from '../../lib/http/openapi.ts'
import { functionFor as functionByRule } from '../functions/routes.ts'
import { functionFor } from './routed.ts'
import { gregorIn, statementsOf, templateOf } from './synthesized.ts'

const jwt = { type: 'jwt', issuer: 'https://issuer.test', audience: ['gregor'], scopes: ['kafka'] } as const

/** Of the one user's policy, what can be called: `GET /topics/orders`. */
const callsOf = (template: Template): string[] =>
  statementsOf(template, 'Caller').flatMap(({ Action, Resource }) => {
    expect(Action).toEqual(['execute-api:Invoke'])
    // arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH, whose last part is plain text.
    return [Resource].flat().map((arn) => {
      const parts = (arn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]
      const [, stage, method, ...path] = String(parts.at(-1)).split('/')
      expect(stage).toBe('$default')
      return `${method} /${path.join('/')}`
    })
  })

export function apiCases(): void {
  test('every operation of the API has a route to the function that serves it', () => {
    const { paths } = openapiDocument('https://api.test') as { paths: Record<string, Record<string, unknown>> }
    let seen = 0
    for (const [template, operations] of Object.entries(paths)) {
      const path = template.replaceAll(/\{\w+\}/g, '7')
      // Only a process that stays has them.
      if (path === '/metrics') continue
      for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
        const served = path === '/healthz' ? 'fetch' : functionByRule(method, path)
        expect(`${method} ${path}: ${functionFor(method, path)}`).toBe(`${method} ${path}: ${served}`)
        seen += 1
      }
    }
    expect(seen).toBeGreaterThan(30)
  })

  test('an HTTP API has all routes, and asks for IAM signatures', () => {
    const template = templateOf()
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties)
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(
      apiRoutes.map(({ method, path }) => `${method} ${path}`).sort(),
    )
    expect(new Set(routes.map(({ AuthorizationType }) => AuthorizationType))).toEqual(new Set(['AWS_IAM']))
    template.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      PayloadFormatVersion: '2.0',
      IntegrationType: 'AWS_PROXY',
    })
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.stringLikeRegexp('"requestId"') },
    })
  })

  test('a token’s issuer, audience and scopes are asked for', () => {
    const template = templateOf({ authorization: jwt })
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://issuer.test', Audience: ['gregor'] },
    })
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', {
      AuthorizationType: 'JWT',
      AuthorizationScopes: ['kafka'],
    })
  })

  test('whoever wants nobody asked says so', () => {
    templateOf({ authorization: { type: 'none' } }).allResourcesProperties('AWS::ApiGatewayV2::Route', {
      AuthorizationType: 'NONE',
    })
  })

  test('a REST API has the same routes, and takes frames of Kafka’s as they are', () => {
    const template = templateOf({ api: 'rest', throttle: { rateLimit: 100, burstLimit: 20 } })
    template.resourceCountIs('AWS::ApiGateway::Method', apiRoutes.length)
    template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' })
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      BinaryMediaTypes: ['application/octet-stream'],
      EndpointConfiguration: { Types: ['REGIONAL'] },
    })
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 20 })],
    })
    template.hasOutput('Url', {})
  })

  test('API keys come with a usage plan, and with an output that shows the key', () => {
    const template = templateOf({ api: 'rest', authorization: { type: 'api-key' } })
    template.allResourcesProperties('AWS::ApiGateway::Method', { ApiKeyRequired: true, AuthorizationType: 'NONE' })
    template.resourceCountIs('AWS::ApiGateway::UsagePlan', 1)
    template.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1)
    template.hasOutput('ApiKeyCommand', {})
  })

  test('what a kind of API cannot ask for is refused with what can be done', () => {
    expect(() => templateOf({ authorization: { type: 'api-key' } })).toThrow("Set api: 'rest'")
    expect(() => templateOf({ api: 'rest', authorization: jwt })).toThrow("Set api: 'http'")
  })

  test.each(['http', 'rest'] as const)('a domain of one’s own is the only way to a %s API', (api) => {
    const { gregor, template } = gregorIn((mine) => ({
      api,
      domain: {
        domainName: 'kafka.example.test',
        basePath: 'gregor',
        certificate: Certificate.fromCertificateArn(
          mine,
          'Certificate',
          'arn:aws:acm:eu-central-1:111122223333:certificate/1',
        ),
        hostedZone: HostedZone.fromHostedZoneAttributes(mine, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.test' }),
      },
    }))
    expect(gregor.url).toBe('https://kafka.example.test/gregor')
    const made = template()
    const type = api === 'http' ? 'AWS::ApiGatewayV2::Api' : 'AWS::ApiGateway::RestApi'
    made.hasResourceProperties(type, { DisableExecuteApiEndpoint: true })
    made.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'kafka.example.test.', Type: 'A' })
    made.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BASE_PATH: '/gregor' }) },
    })
  })

  test('who may produce to a topic may describe it, and neither read nor change it', () => {
    const { stack, gregor, template } = gregorIn()
    gregor.grantProduce(new User(stack, 'Caller'), { topics: ['orders'] })
    expect(callsOf(template()).sort()).toEqual([
      'GET /healthz',
      'GET /openapi.json',
      'GET /topics/orders',
      'GET /topics/orders/partitions',
      'GET /v3/clusters',
      'GET /v3/clusters/*/topics/orders',
      'POST /topics/orders',
      'POST /topics/orders/partitions/*',
    ])
  })

  test('who may consume reads topics and keeps offsets of groups, and produces nothing', () => {
    const { stack, gregor, template } = gregorIn()
    gregor.grantConsume(new User(stack, 'Caller'), { topics: ['orders'], groups: ['billing'] })
    const calls = callsOf(template())
    expect(calls).toEqual(
      expect.arrayContaining([
        'GET /topics/orders/partitions/*/records',
        'GET /topics/orders/partitions/*/offsets',
        'POST /groups/billing/offsets',
        'GET /groups/billing/offsets',
      ]),
    )
    expect(calls.filter((call) => !call.startsWith('GET '))).toEqual(['POST /groups/billing/offsets'])
  })

  test('Kafka’s protocol is one route, and whoever administers has all of them', () => {
    const kafka = gregorIn()
    kafka.gregor.grantKafka(new User(kafka.stack, 'Caller'))
    expect(callsOf(kafka.template())).toEqual(['GET /healthz', 'POST /kafka'])
    const admin = gregorIn()
    admin.gregor.grantAdmin(new User(admin.stack, 'Caller'))
    expect(callsOf(admin.template())).toEqual(['* /*'])
  })

  test('a grant where nobody is asked for a signature is refused', () => {
    const { stack, gregor } = gregorIn(() => ({ authorization: { type: 'none' } }))
    expect(() => gregor.grantProduce(new User(stack, 'Caller'))).toThrow('of no use')
  })
}
