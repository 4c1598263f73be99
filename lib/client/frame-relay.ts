/**
 * One Kafka connection, carried over HTTPS. Bytes come in as the client writes them; each frame is sent when the one before
 * it has been answered, and answers go back in that order, as a broker serves a connection: so a producer's batches arrive
 * in sequence however many requests it has in flight. What waits is bounded: past the bound the client is not read from.
 */
import { bridgeFrameBytesMax, bridgeHeldBytesMax, kafkaHttpFrameBytesMax } from '../base/limits.ts'
import { FrameSplitter } from '../wire/frames.ts'
import { produceTooLarge } from '../wire/produce-too-large.ts'
import { MalformedFrame } from '../wire/wire-errors.ts'
import { type KafkaHttp, KafkaHttpError } from './kafka-http.ts'

/** The client's side of the connection. */
export interface RelayClient {
  /** `host:port` at which the client has reached us. */
  readonly advertised: string
  /** Writes to the client; resolves when there is room for more. */
  send(bytes: Uint8Array): Promise<void>
  /** More may be read from the client, after a `receive` that answered false. */
  mayReceive(): void
  /** The connection is over: nothing more is sent. Called once, and not after `close`. */
  failed(error: Error): void
}

export class FrameRelay {
  readonly #http: Pick<KafkaHttp, 'exchange'>
  readonly #client: RelayClient
  readonly #splitter = new FrameSplitter(bridgeFrameBytesMax)
  readonly #closed = new AbortController()
  readonly #waiting: Buffer[] = []
  #heldBytes = 0
  #isRunning = false

  constructor(http: Pick<KafkaHttp, 'exchange'>, client: RelayClient) {
    this.#http = http
    this.#client = client
  }

  /** Takes a chunk, which is the relay's then. Whether more may come at once. */
  receive(chunk: Buffer): boolean {
    if (this.#closed.signal.aborted) return true
    try {
      for (const frame of this.#splitter.push(chunk)) {
        this.#waiting.push(frame)
        this.#heldBytes += frame.length
      }
    } catch (fault) {
      this.#fail(fault)
      return true
    }
    if (!this.#isRunning) void this.#run()
    return this.#heldBytes <= bridgeHeldBytesMax
  }

  /** The client is gone, or has had enough: what is on its way is given up. */
  close(): void {
    this.#closed.abort()
    this.#waiting.length = 0
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        await this.#relay(frame)
        const wasFull = this.#heldBytes > bridgeHeldBytesMax
        this.#heldBytes -= frame.length
        if (wasFull && this.#heldBytes <= bridgeHeldBytesMax) this.#client.mayReceive()
      }
    } catch (fault) {
      this.#fail(fault)
    } finally {
      this.#isRunning = false
    }
  }

  async #relay(frame: Buffer): Promise<void> {
    const { signal } = this.#closed
    const answer = await this.#http.exchange(frame, this.#client.advertised, signal)
    if (signal.aborted || answer === 'no-response') return
    if (answer !== 'too-large') {
      const length = Buffer.alloc(4)
      length.writeInt32BE(answer.length)
      await this.#client.send(Buffer.concat([length, answer]))
      return
    }
    const refused = produceTooLarge(frame, kafkaHttpFrameBytesMax)
    if (refused === undefined) {
      const message = `A request of ${frame.length} bytes, or its answer, is more than the ${kafkaHttpFrameBytesMax} bytes that HTTPS carries: ask for less at once, or connect over TCP.`
      throw new KafkaHttpError(message, 413)
    }
    await this.#client.send(Buffer.concat(refused))
  }

  #fail(fault: unknown): void {
    if (this.#closed.signal.aborted) return
    this.close()
    this.#client.failed(
      fault instanceof MalformedFrame
        ? new KafkaHttpError(
            `This is not the Kafka protocol (${fault.message}): is the client set to TLS or SASL?`,
            0,
            fault,
          )
        : fault instanceof Error
          ? fault
          : new Error(String(fault)),
    )
  }
}
