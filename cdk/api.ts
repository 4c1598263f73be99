/** What both kinds of API Gateway's APIs have in common, as the construct needs it, and what each of them cannot do. */
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IConstruct } from 'constructs'
import type { Authorization, GregorProps } from './gregor-props.ts'
import type { Call } from './routes.ts'

export type ApiMetricName = 'requests' | 'clientErrors' | 'serverErrors' | 'latency'

export interface Api {
  readonly api: HttpApi | RestApi
  readonly stage: IConstruct
  /** Without a slash at its end. */
  readonly url: string
  /** The resource of `execute-api:Invoke`. */
  arnFor(call: Call): string
  metric(name: ApiMetricName, options?: MetricOptions): IMetric
  /** Of a REST API that asks for keys. */
  readonly keyId?: string
}

/** What is kept of each call: who, what, how long, and nothing of what was carried. */
export const accessLogFields = (names: { readonly path: string; readonly error: string }) => ({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  method: '$context.httpMethod',
  path: names.path,
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationError: names.error,
})

/** Refuses, when the stack is made, what API Gateway would refuse or silently leave out. */
export function authorizationOf({ api = 'http', authorization = { type: 'iam' } }: GregorProps): Authorization {
  if (api === 'http' && authorization.type === 'api-key') {
    throw new Error("HTTP APIs know no API keys. Set api: 'rest' (at $3.50 a million calls), or another authorization.")
  }
  if (api === 'rest' && authorization.type === 'jwt') {
    throw new Error("REST APIs check no tokens of any issuer. Set api: 'http', or another authorization.")
  }
  return authorization
}
