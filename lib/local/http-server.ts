/**
 * The local cluster's HTTP server. Stopping it loses nothing that a client was promised: no new connection is taken, writes
 * under way are finished and answered, and only then are the connections cut (a long poll among them: it is asked again).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import { drainMsMax, drainReadsMs } from '../base/limits.ts'
import { listenRefusal } from './listen-refusal.ts'

export interface HttpServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface HttpServerOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly clock: Clock
}

const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** Listens, or throws a `StartRefused`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const traffic = new Traffic()
  const answer = getRequestListener((request) => options.fetch(request), { overrideGlobalObjects: false })
  const server = createServer((incoming, outgoing) => {
    if (traffic.closing) return refuse(outgoing)
    traffic.begin(incoming, outgoing)
    void answer(incoming, outgoing)
  })
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    port,
    url: `http://${host}:${port}`,
    close: async () => {
      traffic.closing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await atMost(options.clock, drainReadsMs, traffic.ended(isAnything))
      await atMost(options.clock, drainMsMax, traffic.ended(isWrite))
      server.closeAllConnections()
      await closed
    },
  }
}

const isAnything = () => true
const isWrite = (method: string) => !isRead(method)

/** The requests that are being answered. One has ended when its answer has been handed to the system, or its client is gone. */
class Traffic {
  closing = false
  readonly #running = new Map<ServerResponse, { readonly method: string; readonly ended: Promise<void> }>()

  begin({ method = '' }: IncomingMessage, outgoing: ServerResponse): void {
    const ended = new Promise<void>((resolve) => {
      outgoing.once('close', () => {
        this.#running.delete(outgoing)
        resolve()
      })
    })
    this.#running.set(outgoing, { method, ended })
  }

  /** Resolves when no request that `counts` is running any more; none comes after `closing`. */
  async ended(counts: (method: string) => boolean): Promise<void> {
    await Promise.all([...this.#running.values()].filter(({ method }) => counts(method)).map(({ ended }) => ended))
  }
}

/** Nothing was done with it: safe to send again, to whoever comes next. */
function refuse(outgoing: ServerResponse): void {
  const body = { error_code: 503, message: 'This process is stopping. Nothing was done; try again.' }
  outgoing.writeHead(503, { 'content-type': 'application/json', connection: 'close', 'retry-after': '1' })
  outgoing.end(JSON.stringify(body))
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (fault) => reject(listenRefusal(fault, 'http', host, port)))
    server.listen({ host, port, exclusive: true }, resolve)
  })
}
