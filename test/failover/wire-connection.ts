/** One connection to one broker, many requests in flight on it. A request ends with its answer, a time-out or the connection. */
import { connect, type Socket } from 'node:net'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'

const frameBytesMax = 64 << 20

/** The broker did not answer: it is gone, or stopped. Whether the request was served nobody knows. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

interface Waiting {
  readonly answered: (frame: Buffer) => void
  readonly failed: (fault: NoAnswer) => void
}

export class WireConnection {
  readonly #socket: Socket
  readonly #splitter = new FrameSplitter(frameBytesMax)
  readonly #waiting = new Map<number, Waiting>()
  #correlationId = 0
  #closed = false

  constructor(host: string, port: number) {
    this.#socket = connect(port, host)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk) => {
      for (const frame of this.#splitter.push(chunk)) this.#take(frame.readInt32BE(0), frame)
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.close())
  }

  get isOpen(): boolean {
    return !this.#closed
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
    for (const { failed } of this.#waiting.values()) failed(new NoAnswer('the connection was closed'))
    this.#waiting.clear()
  }

  /** Rejects with `NoAnswer`. After a time-out the connection is closed: what comes late answers nobody. */
  async ask<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    timeoutMs: number,
  ): Promise<ResponseOf<A>> {
    if (this.#closed) throw new NoAnswer('the connection was closed')
    const correlationId = ++this.#correlationId
    const answer = new Promise<Buffer>((answered, failed) => this.#waiting.set(correlationId, { answered, failed }))
    this.#socket.write(Buffer.concat(encodeRequest(api, version, { correlationId, clientId: 'failover' }, request)))
    const late = setTimeout(() => this.close(), timeoutMs)
    try {
      return decodeResponse(api, version, await answer).response
    } finally {
      clearTimeout(late)
    }
  }

  #take(correlationId: number, frame: Buffer): void {
    this.#waiting.get(correlationId)?.answered(frame)
    this.#waiting.delete(correlationId)
  }
}
