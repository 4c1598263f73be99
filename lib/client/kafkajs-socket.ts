/**
 * kafkajs without a broker process: a socket factory whose connections are `POST /kafka` requests.
 *
 *     import { Kafka } from 'kafkajs'
 *     import { kafkajsOverHttp } from 'gregor/kafkajs'
 *     const { brokers, socketFactory } = kafkajsOverHttp({ url: 'https://abc.execute-api.eu-central-1.amazonaws.com' })
 *     const kafka = new Kafka({ brokers, socketFactory })
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { FrameRelay } from './frame-relay.ts'
import { KafkaHttp, type KafkaHttpOptions } from './kafka-http.ts'

export { type AwsSignatureOptions, awsSignature } from './aws-signature.ts'
export { KafkaHttpError, type KafkaHttpOptions } from './kafka-http.ts'
export type { RequestSigner, UnsignedRequest } from './request-signer.ts'

export interface KafkajsOverHttp {
  /** One, the API's own address: the cluster is told to name no other. */
  readonly brokers: string[]
  readonly socketFactory: (asked: { host: string; port: number; onConnect: () => void }) => Socket
}

/** What kafkajs is configured with. `ssl` is not: the URL says whether the way is TLS. Throws where the URL is none. */
export function kafkajsOverHttp(options: KafkaHttpOptions): KafkajsOverHttp {
  const http = new KafkaHttp(options)
  const { hostname, port, protocol } = new URL(options.url)
  return {
    brokers: [`${hostname}:${port === '' ? (protocol === 'http:' ? 80 : 443) : port}`],
    socketFactory: ({ host, port: asked, onConnect }) => {
      const socket = new HttpSocket(http, `${host}:${asked}`)
      // There is nothing to connect; kafkajs listens once this function has returned.
      queueMicrotask(onConnect)
      // As much of a socket as kafkajs uses.
      return socket as unknown as Socket
    },
  }
}

class HttpSocket extends Duplex {
  readonly #relay: FrameRelay
  #hasRoom: (() => void) | undefined
  #mayReceive: (() => void) | undefined

  constructor(http: KafkaHttp, advertised: string) {
    super({ allowHalfOpen: false })
    this.#relay = new FrameRelay(http, {
      advertised,
      send: (bytes) => this.#give(bytes),
      mayReceive: () => {
        const go = this.#mayReceive
        this.#mayReceive = undefined
        go?.()
      },
      failed: (error) => this.destroy(error),
    })
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (this.#relay.receive(chunk)) done()
    else this.#mayReceive = done
  }

  override _read(): void {
    const go = this.#hasRoom
    this.#hasRoom = undefined
    go?.()
  }

  override _final(done: () => void): void {
    this.#relay.close()
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#relay.close()
    // Who waits for room waits no more.
    this._read()
    done(error)
  }

  #give(bytes: Uint8Array): Promise<void> {
    if (this.destroyed || this.push(bytes)) return Promise.resolve()
    return new Promise((resolve) => {
      this.#hasRoom = resolve
    })
  }

  /** kafkajs lets go of a socket that it has ended; there is nothing here that keeps a process alive. */
  unref(): this {
    return this
  }
}
