/** API Gateway's REST API: for API keys with a usage plan, or whatever else of its own (WAF, private endpoints) is wanted. */
import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  AuthorizationType,
  BasePathMapping,
  DomainName,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  RestApi,
  SecurityPolicy,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets'
import type { Construct } from 'constructs'
import { type Api, accessLogFields } from './api.ts'
import type { Functions } from './functions.ts'
import type { Authorization, DomainSettings, GregorProps } from './gregor-props.ts'
import { apiRoutes } from './routes.ts'

const stageName = 'prod'

export function makeRestApi(
  scope: Construct,
  functions: Functions,
  authorization: Authorization,
  props: GregorProps,
): Api {
  const api = new RestApi(scope, 'Api', {
    description: 'Gregor: Kafka without brokers',
    endpointTypes: [EndpointType.REGIONAL],
    // Frames of Kafka's. Whatever else is sent here is text, and stays a third smaller for it.
    binaryMediaTypes: ['application/octet-stream'],
    defaultMethodOptions: methodOptions(authorization),
    deployOptions: { stageName, ...stageOptions(scope, props) },
    // A REST API writes logs by a role of the account's, which stays when the stack goes: other APIs may use it by then.
    cloudWatchRole: props.accessLogs ?? true,
    disableExecuteApiEndpoint: props.domain !== undefined,
  })
  // The URL has an output that says more, and this one's name would be another in each stack.
  api.node.tryRemoveChild('Endpoint')
  for (const { method, path, function: name } of apiRoutes) {
    const integration = new LambdaIntegration(functions[name], {
      scopePermissionToMethod: false,
    })
    api.root.resourceForPath(path).addMethod(method, integration)
  }
  const url = props.domain === undefined ? api.url.replace(/\/$/, '') : domain(scope, api, props.domain)
  return {
    api,
    stage: api.deploymentStage,
    url,
    arnFor: ({ method, path }) => api.arnForExecuteApi(method, path, stageName),
    metric: (name, options) =>
      ({
        requests: () => api.metricCount(options),
        clientErrors: () => api.metricClientError(options),
        serverErrors: () => api.metricServerError(options),
        latency: () => api.metricLatency(options),
      })[name](),
    ...(authorization.type === 'api-key' && { keyId: key(api, props) }),
  }
}

function methodOptions(authorization: Authorization): MethodOptions {
  if (authorization.type === 'iam') return { authorizationType: AuthorizationType.IAM }
  return { authorizationType: AuthorizationType.NONE, apiKeyRequired: authorization.type === 'api-key' }
}

function stageOptions(scope: Construct, props: GregorProps): StageOptions {
  const { throttle, accessLogs = true } = props
  const throttling = throttle && { throttlingRateLimit: throttle.rateLimit, throttlingBurstLimit: throttle.burstLimit }
  if (!accessLogs) return { ...throttling }
  const group = new LogGroup(scope, 'ApiLogs', {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const fields = accessLogFields({ path: '$context.path', error: '$context.integration.error' })
  return {
    ...throttling,
    accessLogDestination: new LogGroupLogDestination(group),
    accessLogFormat: AccessLogFormat.custom(JSON.stringify(fields)),
  }
}

/** One key to begin with; more are made for the usage plan as callers come. */
function key(api: RestApi, { throttle }: GregorProps): string {
  const made = api.addApiKey('Key', { description: 'A caller of Gregor' })
  const plan = api.addUsagePlan('Plan', { ...(throttle && { throttle }) })
  plan.addApiStage({ stage: api.deploymentStage })
  plan.addApiKey(made)
  return made.keyId
}

function domain(scope: Construct, api: RestApi, settings: DomainSettings): string {
  const { domainName, certificate, hostedZone, basePath } = settings
  const made = new DomainName(scope, 'Domain', {
    domainName,
    certificate,
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
  })
  new BasePathMapping(scope, 'Mapping', {
    domainName: made,
    restApi: api,
    stage: api.deploymentStage,
    ...(basePath && { basePath }),
  })
  if (hostedZone !== undefined) {
    const target = RecordTarget.fromAlias(new ApiGatewayDomain(made))
    new ARecord(scope, 'DomainRecord', { zone: hostedZone, recordName: domainName, target })
  }
  return `https://${domainName}${basePath ? `/${basePath}` : ''}`
}
