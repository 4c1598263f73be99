/**
 * The TCP server of the Kafka protocol: accepts connections up to a limit, lets go of idle ones, and stops without losing
 * an answer to anything that it has begun. What happens on a connection is in `connection.ts`.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import {
  drainMsMax,
  drainReadsMs,
  gatewayConnectionsMax,
  gatewayHeldBytesMax,
  gatewayUnsentBytesMax,
  idleLookMsMax,
  idleLookMsMin,
} from '../base/limits.ts'
import type { Broker } from '../broker/broker.ts'
import type { BrokerConfig } from '../cluster/broker-config.ts'
import { Connection } from './connection.ts'
import { FrameMemory } from './frame-memory.ts'
import type { GatewayLog } from './gateway-log.ts'
import { GatewayMetrics } from './gateway-metrics.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Pulse } from './pulse.ts'

/** Read each time they are needed: some change while the broker runs. */
export type GatewaySettings = Pick<
  BrokerConfig,
  'maxConnections' | 'maxConnectionsPerIp' | 'connectionsMaxIdleMs' | 'socketRequestMaxBytes'
>

export interface GatewayOptions {
  readonly clock: Clock
  readonly log: GatewayLog
  /** `process.nextTick`: see `ConnectionPlace`. */
  readonly defer: (action: () => void) => void
  /** Where requests lie. Default: memory that is used once. */
  readonly memory?: FrameMemory
  /** Bytes of unanswered requests and of untaken answers of all connections. Defaults in `limits.ts`. */
  readonly heldBytesMax?: number
  readonly unsentBytesMax?: number
}

export class Gateway {
  readonly metrics = new GatewayMetrics()
  readonly #options: GatewayOptions
  readonly #budget: MemoryBudget
  readonly #memory: FrameMemory
  readonly #pulse: Pulse
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #byAddress = new Map<string, number>()
  /** Those whose clients do not take their answers, who has waited longest first. */
  readonly #unsent = new Set<Connection>()
  readonly #stop = new AbortController()
  /** Sockets that came before `serve`, unread. */
  readonly #early: Socket[] = []
  #serving: { readonly broker: Pick<Broker, 'handle'>; readonly settings: GatewaySettings } | undefined

  constructor(options: GatewayOptions) {
    const { clock, heldBytesMax = gatewayHeldBytesMax } = options
    this.#options = options
    this.#memory = options.memory ?? new FrameMemory({ lends: false })
    this.#budget = new MemoryBudget({ bytesMax: heldBytesMax, clock })
    this.#pulse = new Pulse(clock)
    const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true })
    server.on('connection', (socket) => {
      if (this.#serving === undefined && this.#early.length < gatewayConnectionsMax) this.#early.push(socket)
      else this.#accept(socket)
    })
    this.#server = server
  }

  /**
   * Takes the port, 0 for a free one, and answers it. Who connects waits for `serve`. Throws the system's error (EADDRINUSE,
   * EACCES, ...).
   */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject)
        // One connection could not be accepted (no file descriptors are left): the next one may be.
        this.#server.on('error', (fault) => this.#options.log.error({ err: fault }, 'a connection was not accepted'))
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Begins to answer. Apart from `listen`, since a broker has to know the port that clients are told. */
  serve(broker: Pick<Broker, 'handle'>, settings: GatewaySettings): void {
    this.#serving = { broker, settings }
    for (const socket of this.#early.splice(0)) this.#accept(socket)
    void this.#closeIdle(settings)
    void this.#pulse.beat(this.#stop.signal)
  }

  /** Takes nothing more, answers what was begun within `drainMsMax`, and closes every connection. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    const { clock } = this.#options
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#early.splice(0)) socket.destroy()
    await atMost(clock, drainMsMax, Promise.all([...this.#connections].map((connection) => connection.drain())))
    // Clients close when they see that we have; who does not look is not waited for.
    await atMost(clock, drainReadsMs, closed)
    for (const connection of this.#connections) connection.destroy()
    await closed
  }

  /** For metrics. */
  get heldBytes(): number {
    return this.#budget.usedBytes
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    // Gone again already, or too late.
    if (remoteAddress === undefined || this.#serving === undefined || this.#stop.signal.aborted) {
      socket.destroy()
      return
    }
    const address = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice('::ffff:'.length) : remoteAddress
    const peer = `${address}:${remotePort}`
    const { broker, settings } = this.#serving
    const full = this.#fullLimit(address, settings)
    if (full !== undefined) {
      this.metrics.connectionsRefused[full] += 1
      this.#options.log.warn({ peer, limit: full }, 'connection refused: too many')
      socket.destroy()
      return
    }
    const { clock, log, defer } = this.#options
    const connection: Connection = new Connection(socket, {
      broker,
      clock,
      pulse: this.#pulse,
      log,
      metrics: this.metrics,
      budget: this.#budget,
      memory: this.#memory,
      defer,
      address,
      peer,
      frameBytesMax: settings.socketRequestMaxBytes,
      noteUnsent: (change) => this.#noteUnsent(connection, change),
      closed: () => this.#closed(connection, address),
    })
    this.#connections.add(connection)
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1)
    this.metrics.connectionsAccepted += 1
    this.metrics.connections = this.#connections.size
    log.debug({ peer }, 'connection accepted')
    connection.start()
  }

  #fullLimit(
    address: string,
    { maxConnections, maxConnectionsPerIp }: GatewaySettings,
  ): 'max.connections' | 'max.connections.per.ip' | undefined {
    if (this.#connections.size >= Math.min(maxConnections, gatewayConnectionsMax)) return 'max.connections'
    if ((this.#byAddress.get(address) ?? 0) >= maxConnectionsPerIp) return 'max.connections.per.ip'
    return undefined
  }

  #closed(connection: Connection, address: string): void {
    this.#connections.delete(connection)
    this.metrics.connections = this.#connections.size
    const left = (this.#byAddress.get(address) ?? 0) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }

  /** Answers that nobody takes are memory too: past the limit the client that has waited longest is cut off. */
  #noteUnsent(connection: Connection, change: number): void {
    this.metrics.unsentBytes += change
    if (connection.unsentBytes === 0) this.#unsent.delete(connection)
    else this.#unsent.add(connection)
    const { unsentBytesMax = gatewayUnsentBytesMax } = this.#options
    if (this.metrics.unsentBytes <= unsentBytesMax) return
    const [oldest] = this.#unsent
    oldest?.cut('unsent', 'its client takes no answers, and memory is short')
  }

  async #closeIdle(settings: GatewaySettings): Promise<void> {
    const { clock, log } = this.#options
    const stopped = this.#stop.signal
    while (!stopped.aborted) {
      const idleMsMax = settings.connectionsMaxIdleMs
      await clock.sleep(Math.min(Math.max(idleMsMax / 10, idleLookMsMin), idleLookMsMax), stopped)
      // Negative: never, as in Kafka.
      if (stopped.aborted || idleMsMax < 0) continue
      const idleSinceMs = clock.now() - idleMsMax
      for (const connection of this.#connections) {
        if ((connection.idleSinceMs ?? Number.POSITIVE_INFINITY) > idleSinceMs) continue
        this.metrics.connectionsClosed.idle += 1
        log.debug({ peer: connection.peer }, 'connection closed: idle')
        connection.destroy()
      }
    }
  }
}
