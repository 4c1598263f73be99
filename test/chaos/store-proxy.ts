/**
 * Stands between a process and its store, and does to HTTP requests what networks and stores do: cuts them before they were
 * heard or before they are answered, delays them past others, hands the same signed bytes on twice, answers 503.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause } from '../failover/cluster-client.ts'
import type { Chance } from './chance.ts'

/** Probabilities are of each request. */
export interface Weather {
  /** The connection ends, and the store never hears of it. */
  readonly cutBefore: number
  /** The store has done it, and the connection ends before the answer. */
  readonly cutAfter: number
  readonly delay: number
  /** Between 0 and this, ms. */
  readonly delayMsMax: number
  /** The store gets a write twice: at once, or the second one late. */
  readonly duplicate: number
  /** How long after the first one the second may come, ms. */
  readonly lateMsMax: number
  /** The store answers 503, having done nothing. */
  readonly unavailable: boolean
}

export const calm: Weather = {
  cutBefore: 0,
  cutAfter: 0,
  delay: 0,
  delayMsMax: 0,
  duplicate: 0,
  lateMsMax: 0,
  unavailable: false,
}

interface Call {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Buffer
}

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

export class StoreProxy {
  weather = calm
  readonly counts = { requests: 0, cut: 0, delayed: 0, writtenTwice: 0, unavailable: 0 }
  readonly #target: URL
  readonly #chance: Chance
  readonly #server: Server
  readonly #late = new Set<Promise<unknown>>()

  private constructor(target: string, chance: Chance) {
    this.#target = new URL(target)
    this.#chance = chance
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => incoming.socket.destroy())
    })
    this.#server.keepAliveTimeout = 60_000
  }

  static async open(target: string, chance: Chance): Promise<StoreProxy> {
    const proxy = new StoreProxy(target, chance)
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends every connection, whatever is under way on it. */
  cutAll(): void {
    this.#server.closeAllConnections()
  }

  /** Nothing that was sent twice is still to come. */
  async settled(): Promise<void> {
    while (this.#late.size > 0) await Promise.allSettled(this.#late)
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await this.settled()
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    const { weather } = this
    const chance = this.#chance
    this.counts.requests++
    if (weather.unavailable) {
      this.counts.unavailable++
      outgoing.writeHead(503, { 'content-length': 0 }).end()
      return
    }
    if (chance.happens(weather.cutBefore)) return this.#cut(incoming)
    if (chance.happens(weather.delay)) {
      this.counts.delayed++
      await pause(chance.between(0, weather.delayMsMax))
    }
    const call = { method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: incoming.rawHeaders, body }
    const answer = await this.#forward(call)
    if (chance.happens(weather.cutAfter)) return this.#cut(incoming)
    outgoing.writeHead(answer.status, [...answer.headers])
    outgoing.end(answer.body)
  }

  #cut(incoming: IncomingMessage): void {
    this.counts.cut++
    incoming.socket.destroy()
  }

  /** Once, or twice; then the answer is that of either. */
  async #forward(call: Call): Promise<Answer> {
    const chance = this.#chance
    if (!isWrite(call) || !chance.happens(this.weather.duplicate)) return this.#send(call)
    this.counts.writtenTwice++
    if (chance.happens(0.5)) {
      // As when the network kept a copy: the sender has its answer, and has gone on.
      const answer = await this.#send(call)
      this.#keep(pause(chance.between(0, this.weather.lateMsMax)).then(() => this.#send(call)))
      return answer
    }
    const [first, second] = await Promise.all([this.#send(call), this.#send(call)])
    return chance.happens(0.5) ? first : second
  }

  #keep(late: Promise<unknown>): void {
    const kept = late.catch(() => undefined).finally(() => this.#late.delete(kept))
    this.#late.add(kept)
  }

  #send({ method, path, headers, body }: Call): Promise<Answer> {
    const { hostname, port } = this.#target
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers: [...headers] }, (answer) => {
        bodyOf(answer).then((bytes) => {
          resolve({ status: answer.statusCode ?? 502, headers: endToEnd(answer.rawHeaders, bytes), body: bytes })
        }, reject)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
}

/** DynamoDB names the operation in a header, S3 by its method. */
function isWrite({ method, headers }: Call): boolean {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-amz-target')
  if (at >= 0) return /\.(Put|Update|Delete)Item$/.test(headers[at + 1] ?? '')
  return method === 'PUT' || method === 'DELETE'
}

/** Without what belongs to the one connection. */
function endToEnd(raw: readonly string[], body: Buffer): string[] {
  const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])
  const kept: string[] = []
  let length = String(body.length)
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    // The answer to HEAD has a length, and no bytes.
    if (name.toLowerCase() === 'content-length') length = value
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, value)
  }
  return [...kept, 'content-length', length]
}

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
