/**
 * A small TCP server that any Kafka client connects to, and that carries its frames over HTTPS: a broker's address where
 * there is no broker. Each connection is a relay of its own. Clients are told of one broker, at the address at which they
 * have reached the bridge, so all that they ask comes here.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { bridgeConnectionsMax } from '../base/limits.ts'
import { encodeRequest } from '../wire/messages.ts'
import { apiVersionsApi } from '../wire/schemas/18-api-versions.ts'
import { frameLengthBytes } from '../wire/wire-writer.ts'
import { FrameRelay } from './frame-relay.ts'
import { KafkaHttp, type KafkaHttpOptions } from './kafka-http.ts'

export interface BridgeOptions extends KafkaHttpOptions {
  /** Default 127.0.0.1: whoever reaches the bridge acts with its credentials. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly port: number
  /** `host:port` that clients are told to connect to, where it is not the address at which they have reached the bridge. */
  readonly advertised?: string
  /** A connection has ended for this reason, which its client cannot be told. */
  readonly report?: (error: Error) => void
}

export interface Bridge {
  /** `127.0.0.1:9092`. */
  readonly address: string
  /** Takes no more, gives up what is on its way, and closes every connection. */
  close(): Promise<void>
}

/**
 * Asks the cluster once, so that a bridge which starts works, and listens. Throws a `KafkaHttpError`, what `net.Server`
 * emits, and a TypeError where the URL is none.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const http = new KafkaHttp(options)
  await http.exchange(apiVersionsFrame(), 'bridge:9092', new AbortController().signal)
  const { host = '127.0.0.1', port, advertised, report = () => undefined } = options
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    carry(socket, http, advertised ?? reachedAt(socket), report)
  })
  server.maxConnections = bridgeConnectionsMax
  server.on('drop', () => report(new Error(`${bridgeConnectionsMax} connections are open, which is all there may be.`)))
  await listening(server, host, port)
  const address = server.address() as AddressInfo
  return {
    address: hostAndPort(address.address, address.port),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function apiVersionsFrame(): Uint8Array {
  const frame = encodeRequest(apiVersionsApi, 0, { correlationId: 0, clientId: 'gregor-bridge' }, nothingAsked)
  return Buffer.concat(frame).subarray(frameLengthBytes)
}

/** Version 0 has no fields. */
const nothingAsked = { clientSoftwareName: '', clientSoftwareVersion: '' }

function carry(socket: Socket, http: KafkaHttp, advertised: string, report: (error: Error) => void): void {
  const relay = new FrameRelay(http, {
    advertised,
    send: (bytes) =>
      socket.destroyed || socket.write(bytes)
        ? Promise.resolve()
        : new Promise((resolve) => {
            const go = () => {
              socket.off('drain', go)
              socket.off('close', go)
              resolve()
            }
            socket.on('drain', go)
            socket.on('close', go)
          }),
    mayReceive: () => socket.resume(),
    failed: (error) => {
      report(error)
      socket.destroy()
    },
  })
  socket.on('data', (chunk: Buffer) => {
    if (!relay.receive(chunk)) socket.pause()
  })
  // A client that is cut off says so here; it needs no answer.
  socket.on('error', () => undefined)
  socket.on('close', () => relay.close())
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const reachedAt = ({ localAddress = '127.0.0.1', localPort = 0 }: Socket) => hostAndPort(localAddress, localPort)

function hostAndPort(address: string, port: number): string {
  // What comes over IPv4 to a server on all interfaces.
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}
