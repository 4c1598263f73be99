/**
 * A server on a free port that answers each request as the test says: with any status, half a body, a cut connection
 * or not at all. And a clock that never waits: pauses pass at once, deadlines when the test says so.
 */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'

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

/** Pauses (without a signal) pass at once and move the time; what can be called off waits for `expire`. */
export class ImpatientClock implements Clock {
  readonly pauses: number[] = []
  #now = 1_000_000
  readonly #deadlines = new Set<() => void>()

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) {
      this.pauses.push(ms)
      this.#now += ms
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const end = () => {
        this.#deadlines.delete(end)
        resolve()
      }
      this.#deadlines.add(end)
      signal.addEventListener('abort', end, { once: true })
    })
  }

  /** All deadlines that run now are over. */
  expire(): void {
    for (const end of [...this.#deadlines]) end()
  }
}
