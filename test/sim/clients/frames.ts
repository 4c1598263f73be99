/**
 * Frames of Kafka's protocol, to a process and back: what a gateway does between its sockets and the broker. A client has a
 * connection to each process, on which a request begins when the one before it has its place.
 */
import type { Transport } from '../../../lib/broker/broker.ts'
import { ClosesConnection } from '../../../lib/broker/handler.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../../lib/store/errors.ts'
import { decodeResponse, encodeRequest } from '../../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseOf } from '../../../lib/wire/schema.ts'
import type { SimProcess } from '../process.ts'
import { described, type Lost, lost, type World } from '../world.ts'

const nobody = new AbortController().signal

export class Frames {
  readonly #world: World
  readonly #client: string
  /** By process: when the next request may begin. */
  readonly #turns = new WeakMap<SimProcess, Promise<void>>()
  #correlationId = 0

  constructor(world: World, client: string) {
    this.#world = world
    this.#client = client
  }

  /** Lost as well: what waits for no answer, and a connection that is closed. */
  async ask<A extends Api>(
    process: SimProcess,
    api: A,
    version: number,
    request: Partial<RequestInput<A>>,
    waitMs: number,
  ): Promise<ResponseOf<A> | Lost> {
    this.#world.counts.frames++
    const sender = { correlationId: ++this.#correlationId, clientId: this.#client }
    const frame = Buffer.concat(encodeRequest(api, version, sender, request as RequestInput<A>)).subarray(4)
    let isGivenUp = false
    const sent: (() => void)[] = []
    const served = await this.#world.call(process, waitMs, async () =>
      // No function is called for a client that has gone: what is called is not frozen yet, as a gateway may be.
      isGivenUp && !process.isGateway ? lost : this.#send(process, frame, waitMs, (act) => sent.push(act)),
    )
    isGivenUp = true
    if (served === lost || served.response === 'no-response') return lost
    const { correlationId, response } = decodeResponse(api, version, Buffer.concat(served.response).subarray(4))
    // A copy has come: what the process read for it may go, and is spoilt.
    for (const act of sent) act()
    if (correlationId !== sender.correlationId) {
      this.#world.history.violation(`${this.#client} is answered ${correlationId} to ${sender.correlationId}`)
    }
    return response
  }

  async #send(process: SimProcess, frame: Buffer, waitMs: number, afterSent: (act: () => void) => void) {
    const before = this.#turns.get(process)
    let admitNext = () => {}
    this.#turns.set(process, new Promise((resolve) => (admitNext = resolve)))
    await before
    try {
      return await process.broker.handle(frame, { ...this.#transport(process, waitMs), admitNext, afterSent })
    } catch (fault) {
      const isExpected =
        fault instanceof ClosesConnection || fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable
      if (!isExpected) this.#world.history.violation(`${process.name} closes the connection: ${described(fault)}`)
      return lost
    } finally {
      admitNext()
    }
  }

  /** Who reaches a function reaches no other broker. */
  #transport({ isGateway, brokerId }: SimProcess, waitMs: number): Omit<Transport, 'admitNext'> {
    return {
      clientHost: '/127.0.0.1',
      signal: nobody,
      waitMsMax: waitMs - 500,
      responseBytesMax: Number.POSITIVE_INFINITY,
      ...(isGateway ? {} : { advertised: { host: 'sim', port: 9_000 + brokerId } }),
    }
  }
}
