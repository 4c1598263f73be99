/**
 * A deployed API on this machine: an HTTP server that makes events of requests, as API Gateway's HTTP APIs and function
 * URLs do, calls one handler for all of them or one for each path, and sends what it answers. For clients that need a URL.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LambdaResult } from '../../lib/http/lambda.ts'
import { type EventForm, lambdaEvent } from './lambda-events.ts'

export type LambdaHandler = (event: unknown) => Promise<LambdaResult>

export interface LambdaServer {
  /** Where the API begins, its stage included; without a slash at its end. */
  readonly url: string
  close(): Promise<void>
}

/** `handlerOf` answers undefined for what the gateway does not route: 404, as API Gateway says it. */
export async function startLambdaServer(
  handlerOf: LambdaHandler | ((method: string, path: string) => LambdaHandler | undefined),
  options: { readonly form?: EventForm; readonly route?: boolean } = {},
): Promise<LambdaServer> {
  const { form = 'function URL', route = false } = options
  const stage = form === 'function URL' ? '' : '/prod'
  const server = createServer((request, response) => {
    answer(request, response).catch((fault: unknown) => {
      response.writeHead(502, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: 'Internal Server Error', fault: String(fault) }))
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const method = request.method ?? 'GET'
    const path = url.pathname.startsWith(`${stage}/`) ? url.pathname.slice(stage.length) : url.pathname
    const handler = route
      ? (handlerOf as (method: string, path: string) => LambdaHandler | undefined)(method, path)
      : (handlerOf as LambdaHandler)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (handler === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"message":"Not Found"}')
      return
    }
    const body = Buffer.concat(chunks)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const event = lambdaEvent(form, {
      method,
      path,
      query: [...url.searchParams],
      headers: { ...headers, 'x-forwarded-proto': 'http' },
      ...(body.length === 0 ? {} : { body }),
    })
    // Through JSON, as Lambda hands it over.
    const result = JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(event))))) as LambdaResult
    response.statusCode = result.statusCode
    for (const [name, value] of Object.entries({ ...result.headers, ...result.multiValueHeaders })) {
      response.setHeader(name, value)
    }
    response.end(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${stage}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
