/** API Gateway's HTTP API: less than a third of a REST API's price. It can ask for IAM signatures, for tokens, or nothing. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  ApiMapping,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets'
import type { Construct } from 'constructs'
import { type Api, accessLogFields } from './api.ts'
import type { Functions } from './functions.ts'
import type { Authorization, DomainSettings, GregorProps } from './gregor-props.ts'
import { apiRoutes } from './routes.ts'

export function makeHttpApi(
  scope: Construct,
  functions: Functions,
  authorization: Authorization,
  props: GregorProps,
): Api {
  const defaultAuthorizer = authorizer(authorization)
  const api = new HttpApi(scope, 'Api', {
    description: 'Gregor: Kafka without brokers',
    createDefaultStage: false,
    ...(defaultAuthorizer && { defaultAuthorizer }),
    ...(authorization.type === 'jwt' &&
      authorization.scopes && { defaultAuthorizationScopes: [...authorization.scopes] }),
    // A domain of one's own is no way around it.
    disableExecuteApiEndpoint: props.domain !== undefined,
  })
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    ...(props.throttle && { throttle: props.throttle }),
    ...((props.accessLogs ?? true) && { accessLogSettings: accessLogs(scope, props) }),
  })
  const integrations = new Map<string, HttpLambdaIntegration>()
  for (const route of apiRoutes) {
    const integration =
      integrations.get(route.function) ??
      new HttpLambdaIntegration(route.function, functions[route.function], { scopePermissionToRoute: false })
    integrations.set(route.function, integration)
    api.addRoutes({ path: route.path, methods: [HttpMethod[route.method]], integration })
  }
  const url = props.domain === undefined ? api.apiEndpoint : domain(scope, api, stage, props.domain)
  return {
    api,
    stage,
    url,
    arnFor: ({ method, path }) => api.arnForExecuteApi(method, path, '$default'),
    metric: (name, options) =>
      ({
        requests: () => api.metricCount(options),
        clientErrors: () => api.metricClientError(options),
        serverErrors: () => api.metricServerError(options),
        latency: () => api.metricLatency(options),
      })[name](),
  }
}

function authorizer(authorization: Authorization): IHttpRouteAuthorizer | undefined {
  if (authorization.type === 'iam') return new HttpIamAuthorizer()
  if (authorization.type !== 'jwt') return undefined
  return new HttpJwtAuthorizer('Tokens', authorization.issuer, { jwtAudience: [...authorization.audience] })
}

function accessLogs(scope: Construct, props: GregorProps) {
  const group = new LogGroup(scope, 'ApiLogs', {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const fields = accessLogFields({ path: '$context.path', error: '$context.integrationErrorMessage' })
  return { destination: new LogGroupLogDestination(group), format: AccessLogFormat.custom(JSON.stringify(fields)) }
}

function domain(scope: Construct, api: HttpApi, stage: HttpStage, settings: DomainSettings): string {
  const { domainName, certificate, hostedZone, basePath } = settings
  const made = new DomainName(scope, 'Domain', { domainName, certificate, securityPolicy: SecurityPolicy.TLS_1_2 })
  new ApiMapping(scope, 'Mapping', { api, stage, domainName: made, ...(basePath && { apiMappingKey: basePath }) })
  if (hostedZone !== undefined) {
    const target = new ApiGatewayv2DomainProperties(made.regionalDomainName, made.regionalHostedZoneId)
    new ARecord(scope, 'DomainRecord', {
      zone: hostedZone,
      recordName: domainName,
      target: RecordTarget.fromAlias(target),
    })
  }
  return `https://${domainName}${basePath ? `/${basePath}` : ''}`
}
