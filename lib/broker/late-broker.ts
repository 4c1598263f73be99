/**
 * A broker whose parts must first be asked of the store (the cluster's id): a function is called before it has asked, and
 * one that could not be answered asks again with the next request.
 */
import { allHandlers } from './all-handlers.ts'
import { Broker, type Served, type Transport } from './broker.ts'
import type { BrokerServices } from './services.ts'

export class LateBroker {
  readonly #make: () => Promise<BrokerServices>
  #broker: Promise<Broker> | undefined

  constructor(make: () => Promise<BrokerServices>) {
    this.#make = make
  }

  /** As `Broker.handle`; throws what the store throws besides. */
  async handle(frame: Buffer, transport: Transport): Promise<Served> {
    this.#broker ??= this.#made()
    return (await this.#broker).handle(frame, transport)
  }

  async #made(): Promise<Broker> {
    try {
      return new Broker(await this.#make(), allHandlers)
    } catch (fault) {
      this.#broker = undefined
      throw fault
    }
  }
}
