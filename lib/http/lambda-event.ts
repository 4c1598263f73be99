/**
 * Lambda's HTTP events as requests: API Gateway's payload formats 1.0 (REST APIs) and 2.0 (HTTP APIs), and function URLs,
 * which are 2.0. An event is not trusted: whatever is missing or of another shape is a refusal, never a throw.
 * See "AWS Lambda proxy integrations" in the API Gateway guides and "Request payload format" of function URLs.
 */
import { httpRequestBytesMax } from '../base/limits.ts'
import { isObject } from './request-body.ts'
import { errorCode, RestError } from './rest-error.ts'

export interface LambdaRequest {
  readonly request: Request
  /** What the outside world has before our paths. */
  readonly basePath: string
  readonly format: EventFormat
}

export interface EventFormat {
  /** REST APIs give and take every header's values as a list. */
  readonly multiValueHeaders: boolean
  /** HTTP APIs and function URLs decode a base64 body for any content type; a REST API only where it is configured. */
  readonly decodesBase64: boolean
}

/** `basePath`: of a custom domain's mapping, such as `/gregor`; a stage is found in the event. Throws `RestError`. */
export function lambdaRequest(event: unknown, basePath = ''): LambdaRequest {
  if (!isObject(event)) throw notHttp()
  const context = isObject(event.requestContext) ? event.requestContext : {}
  const http = isObject(context.http) ? context.http : undefined
  const is2 = http !== undefined && typeof event.rawPath === 'string'
  const method = text(is2 ? http?.method : event.httpMethod)
  const rawPath = text(is2 ? event.rawPath : event.path)
  if (method === undefined || rawPath === undefined) throw notHttp()
  const headers = is2 ? headersOf(event.headers) : headersOf(event.headers, event.multiValueHeaders)
  const query = is2 ? (text(event.rawQueryString) ?? '') : queryOf(event)
  const { path, before } = strip(rawPath, context, basePath, is2)
  const host = headers.get('host') ?? text(context.domainName) ?? 'localhost'
  const url = urlOf(`${headers.get('x-forwarded-proto') ?? 'https'}://${host}`, path, query)
  const body = bodyOf(event)
  if (body !== undefined) headers.set('content-length', String(body.length))
  else headers.delete('content-length')
  const init: RequestInit = { method, headers }
  // fetch's rule: these methods have no body.
  if (body !== undefined && method !== 'GET' && method !== 'HEAD') init.body = body
  return {
    request: requestOf(url, init),
    basePath: before,
    format: { multiValueHeaders: !is2 && isObject(event.multiValueHeaders), decodesBase64: is2 },
  }
}

function bodyOf(event: Record<string, unknown>): Uint8Array<ArrayBuffer> | undefined {
  const body = text(event.body)
  if (body === undefined || body === '') return undefined
  // Lambda refuses larger events itself; no emulator does. What counts is the body as the event carries it.
  if (body.length > httpRequestBytesMax) {
    const message = `The body is larger than the ${httpRequestBytesMax} bytes that a Lambda function takes${
      event.isBase64Encoded === true ? ' (in base64)' : ''
    }. Send the records in several requests.`
    throw new RestError(errorCode.tooLarge, message)
  }
  return Buffer.from(body, event.isBase64Encoded === true ? 'base64' : 'utf8')
}

/** A stage is a part of the path in format 2.0, and of `requestContext.path` only in 1.0. */
function strip(
  rawPath: string,
  context: Record<string, unknown>,
  basePath: string,
  is2: boolean,
): { path: string; before: string } {
  const stage = text(context.stage)
  const stagePath = stage === undefined || stage === '$default' ? '' : `/${stage}`
  let path = rawPath
  let before = is2 ? '' : stagePath
  // A custom domain hides the stage of a REST API.
  if (!is2 && !(text(context.path) ?? '').startsWith(`${stagePath}/`)) before = ''
  for (const prefix of is2 ? [stagePath, basePath] : [basePath]) {
    if (prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`))) {
      path = path.slice(prefix.length)
      before += prefix
    }
  }
  return { path: path === '' ? '/' : path, before }
}

/** Some gateways hand over the path decoded: what cannot stand in a URL is encoded, what is encoded stays. */
function urlOf(origin: string, path: string, query: string): string {
  // A URL would be rid of these, and another path be served than the one that the gateway has allowed.
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) throw new RestError(errorCode.notFound, 'There is nothing at this path.')
  const encoded = path
    .replace(/%(?![0-9a-fA-F]{2})/g, '%25')
    .replace(/[^\x21-\x7e]+|[?#\\"<>^`{|}]/g, (part) => encodeURIComponent(part.toWellFormed()))
  return `${origin}${encoded}${query === '' ? '' : `?${query}`}`
}

function requestOf(url: string, init: RequestInit): Request {
  try {
    return new Request(url, init)
  } catch {
    throw notHttp()
  }
}

function headersOf(single: unknown, multi?: unknown): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(isObject(multi) ? multi : {})) {
    if (Array.isArray(values)) for (const value of values) append(headers, name, value)
  }
  for (const [name, value] of Object.entries(isObject(single) ? single : {})) {
    if (!isObject(multi) || !(name in multi)) append(headers, name, value)
  }
  return headers
}

function append(headers: Headers, name: string, value: unknown): void {
  if (typeof value !== 'string') return
  try {
    headers.append(name, value)
  } catch {
    // A header that HTTP does not allow says nothing to any route.
  }
}

function queryOf(event: Record<string, unknown>): string {
  const query = new URLSearchParams()
  const multi = event.multiValueQueryStringParameters
  const single = event.queryStringParameters
  for (const [name, values] of Object.entries(isObject(multi) ? multi : isObject(single) ? single : {})) {
    for (const value of Array.isArray(values) ? values : [values]) query.append(name, String(value))
  }
  return query.toString()
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
const notHttp = () =>
  new RestError(errorCode.badRequest, 'This function answers HTTP events of API Gateway and of function URLs only.')
