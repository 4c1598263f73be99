/** A gateway on a real socket, and clients that send frames to it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { nextTick } from 'node:process'
import { systemClock } from '../../lib/base/system.ts'
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { Broker } from '../../lib/broker/broker.ts'
import { type AnyHandler, handler, type RequestContext } from '../../lib/broker/handler.ts'
import { brokerConfig } from '../../lib/cluster/broker-config.ts'
import { Gateway, type GatewayOptions } from '../../lib/gateway/gateway.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { heartbeatApi } from '../../lib/wire/schemas/12-heartbeat.ts'
import { BrokerWorld } from '../broker/world.ts'

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export interface GatewayWorldOptions extends Partial<GatewayOptions> {
  readonly configs?: Readonly<Record<string, string>>
  readonly handlers?: readonly AnyHandler[]
  readonly broker?: BrokerWorld
  /** In place of a broker with handlers. */
  readonly handle?: Broker['handle']
}

/** ApiVersions v0, correlation id 7: the broker answers it without waiting for anything. */
export const apiVersionsRequest = Buffer.from('0000000a00120000000000070000', 'hex')

/** For `await using`: it is closed where the test ends. */
export class GatewayWorld {
  readonly gateway: Gateway
  readonly lines: Line[] = []
  readonly broker: BrokerWorld
  #port = 0
  readonly #clients: Client[] = []

  private constructor({ broker = new BrokerWorld(), ...options }: GatewayWorldOptions) {
    this.broker = broker
    const at = (level: string) => (fields: object, message: string) => {
      this.lines.push({ level, fields: { ...fields }, message })
    }
    const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
    this.gateway = new Gateway({ clock: systemClock, log, defer: nextTick, ...options })
  }

  static async start(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
    const world = await GatewayWorld.listen(options)
    world.serve(options)
    return world
  }

  /** It listens, and does not serve yet. */
  static async listen(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
    const world = new GatewayWorld(options)
    world.#port = await world.gateway.listen({ host: '127.0.0.1', port: 0 })
    return world
  }

  serve({ handlers = allHandlers, configs = {}, handle }: GatewayWorldOptions): void {
    const broker = handle ? { handle } : new Broker(this.broker.services, handlers)
    this.gateway.serve(broker, brokerConfig(configs))
  }

  /** A request and its answer on a connection of their own: whatever the gateway could do meanwhile it has done. */
  async turn(): Promise<void> {
    const client = await this.connect()
    client.socket.write(apiVersionsRequest)
    await client.frame()
    client.socket.destroy()
  }

  /** What was refused or broken, as an operator reads it. */
  get complaints(): string[] {
    return this.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message)
  }

  async connect(): Promise<Client> {
    const socket = connect(this.#port, '127.0.0.1')
    await once(socket, 'connect')
    const client = new Client(socket)
    this.#clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.destroy()
    await this.gateway.close()
  }
}

/** One connection of a client, which reads unless it is paused. */
export class Client {
  readonly socket: Socket
  readonly closed: Promise<void>
  readonly #splitter = new FrameSplitter(2 ** 30)
  readonly #frames: Buffer[] = []
  #wake: () => void = () => undefined
  #sent = 0

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(...this.#splitter.push(chunk))
      this.#wake()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  /** Sends a scripted request (see `Script`); answers its correlation id. */
  send(name: string, bytes = 0): number {
    this.#sent += 1
    const sender = { correlationId: this.#sent, clientId: 'test' }
    const request = { groupId: name, generationId: 1, memberId: 'x'.repeat(bytes) }
    for (const piece of encodeRequest(heartbeatApi, 0, sender, request)) this.socket.write(piece)
    return this.#sent
  }

  /** The next frame, without its length. */
  async frame(): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      const more = new Promise<'more'>((resolve) => {
        this.#wake = () => resolve('more')
      })
      if ((await Promise.race([more, this.closed])) !== 'more') throw new Error('the connection was closed')
    }
  }

  /** The correlation id and the error code of the next answer. */
  async answer(): Promise<readonly [correlationId: number, errorCode: number]> {
    const { correlationId, response } = decodeResponse(heartbeatApi, 0, await this.frame())
    return [correlationId, response.errorCode]
  }
}

type Answer = { readonly errorCode: number } | 'no-response'

/**
 * Requests whose names a test decides about: each waits until it is answered. A name that begins with `admit` lets the next
 * request begin at once, as Produce does.
 */
export class Script {
  readonly begun: string[] = []
  readonly contexts = new Map<string, RequestContext>()
  readonly #waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (fault: unknown) => void }>()
  #wake: () => void = () => undefined

  handlers(failed: boolean): readonly AnyHandler[] {
    const scripted = handler({
      api: heartbeatApi,
      minVersion: 0,
      maxVersion: 4,
      handle: (_, { groupId }, context) => this.#handle(groupId, context),
      ...(failed && { failed: (_: unknown, errorCode: number) => ({ errorCode }) }),
    })
    return [...allHandlers.filter(({ api }) => api.key !== heartbeatApi.key), scripted]
  }

  #handle(name: string, context: RequestContext): Promise<Answer> {
    this.begun.push(name)
    this.contexts.set(name, context)
    if (name.startsWith('admit')) context.admitNext()
    this.#wake()
    return new Promise((resolve, reject) => this.#waiting.set(name, { resolve, reject }))
  }

  /** Resolves when so many requests have begun. */
  async begins(count: number): Promise<void> {
    while (this.begun.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  answer(name: string, answer: Answer = { errorCode: 0 }): void {
    this.#waiting.get(name)?.resolve(answer)
  }

  fail(name: string, fault: unknown): void {
    this.#waiting.get(name)?.reject(fault)
  }
}
