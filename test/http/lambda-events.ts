/** Events as AWS makes them, from its guides, for a request: the three forms in which a function is called over HTTP. */

export interface EventRequest {
  readonly method: string
  /** Encoded, without a query. */
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly stage?: string
}

export type EventForm = 'REST API (1.0)' | 'HTTP API (2.0)' | 'function URL'
export const eventForms: readonly EventForm[] = ['REST API (1.0)', 'HTTP API (2.0)', 'function URL']

export function lambdaEvent(form: EventForm, request: EventRequest): object {
  return form === 'REST API (1.0)' ? restApiEvent(request) : httpApiEvent(request, form === 'function URL')
}

/** Text goes as it is, bytes as base64: what a gateway does with binary media types. */
function bodyOf(body: string | Uint8Array | undefined) {
  if (body === undefined) return { body: null, isBase64Encoded: false }
  if (typeof body === 'string') return { body, isBase64Encoded: false }
  return { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
}

function restApiEvent({ method, path, query = [], headers = {}, body, stage = 'prod' }: EventRequest): object {
  const multiQuery: Record<string, string[]> = {}
  for (const [name, value] of query) multiQuery[name] = [...(multiQuery[name] ?? []), value]
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: { Host: 'abc123.execute-api.us-east-1.amazonaws.com', 'X-Forwarded-Proto': 'https', ...headers },
    multiValueHeaders: Object.fromEntries(
      Object.entries({
        Host: 'abc123.execute-api.us-east-1.amazonaws.com',
        'X-Forwarded-Proto': 'https',
        ...headers,
      }).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : multiQuery,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      resourcePath: '/{proxy+}',
      httpMethod: method,
      path: `/${stage}${path}`,
      protocol: 'HTTP/1.1',
      stage,
      domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
      identity: { sourceIp: '203.0.113.1' },
    },
    ...bodyOf(body),
  }
}

function httpApiEvent(request: EventRequest, isUrl: boolean): object {
  const { method, path, query = [], headers = {}, body } = request
  const stage = isUrl ? '$default' : (request.stage ?? 'prod')
  const domainName = isUrl ? 'abc123.lambda-url.us-east-1.on.aws' : 'abc123.execute-api.us-east-1.amazonaws.com'
  const rawPath = stage === '$default' ? path : `/${stage}${path}`
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: new URLSearchParams(query.map((pair) => [...pair] as [string, string])).toString(),
    headers: { host: domainName, 'x-forwarded-proto': 'https', ...lower },
    requestContext: {
      apiId: 'abc123',
      domainName,
      stage,
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'test' },
    },
    ...bodyOf(body),
  }
}
