/**
 * A server on a free port that answers each request as the test says: with any status, half a body, a cut connection
 * or not at all.
 */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  /** Path and query, as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** 1 for the first request of the server. */
  readonly number: number
}

export type Reply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer }
  /** The connection is cut after this much of an answer. */
  | { readonly cutAfter: { readonly headers?: Record<string, string>; readonly body?: string | Buffer } }
  /** No answer, ever. */
  | 'silence'

export const cut: Reply = { cutAfter: {} }

/** Starts a server for one test; answers its address and all that it has received. */
export async function startServer(
  answer: (request: Received) => Reply,
): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    const one = { method, url, headers, body: Buffer.concat(chunks), number: received.length + 1 }
    received.push(one)
    const reply = answer(one)
    if (reply === 'silence') return
    if ('status' in reply) {
      response.writeHead(reply.status, reply.headers ?? {})
      response.end(reply.body ?? '')
      return
    }
    const { headers: sent, body = '' } = reply.cutAfter
    if (sent === undefined) {
      request.socket.destroy()
      return
    }
    response.writeHead(200, sent)
    response.write(body, () => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server }
}
