/**
 * The reader's side of the demo: every record that was acknowledged is at its offset with its content, the records of each
 * key are in order, and nothing else is there that should not be.
 */
import type { ConsumerRecord } from '../../client/client-types.ts'
import type { Ledger } from './ledger.ts'
import { contentHash } from './orders.ts'

/** As many faults as are worth reading. */
const faultsMax = 10

export class Audit {
  records = 0
  bytes = 0
  contentSum = 0n
  /** Records that were acknowledged, and are there. */
  found = 0
  readonly #ledger: Ledger
  readonly #orders = new Map<string, number>()
  readonly #faults: string[] = []

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Records of one partition must come in the order in which they are read. */
  see(record: ConsumerRecord): void {
    const content = contentHash(record)
    this.records += 1
    this.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    this.contentSum += BigInt(content)
    this.#checkContent(record, content)
    this.#checkOrder(record)
  }

  get keys(): number {
    return this.#orders.size
  }

  /** What is wrong, in sentences. */
  faults(): string[] {
    const faults = [...this.#ledger.faults, ...this.#faults]
    const lost = this.#ledger.records - this.found
    if (lost > 0) faults.push(`${lost} acknowledged records are not at their offsets`)
    return faults
  }

  #checkContent(record: ConsumerRecord, content: number): void {
    const acknowledged = this.#ledger.contentAt(record.partition, record.offset)
    if (acknowledged === undefined) return
    if (acknowledged === content) this.found += 1
    else
      this.#fault(`offset ${record.offset} of partition ${record.partition} has another content than was acknowledged`)
  }

  /** One after the other, without a gap: a record that was tried again may come twice, but never out of order. */
  #checkOrder(record: ConsumerRecord): void {
    const key = record.key?.toString() ?? ''
    const { order } = JSON.parse(record.value?.toString() ?? '{}') as { order: number }
    const last = this.#orders.get(key) ?? 0
    if (order !== last + 1) this.#fault(`order ${order} of ${key} comes after its order ${last}`)
    this.#orders.set(key, order)
  }

  #fault(sentence: string): void {
    if (this.#faults.length < faultsMax) this.#faults.push(sentence)
    else if (this.#faults.length === faultsMax) this.#faults.push('... and more')
  }
}
