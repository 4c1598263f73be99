/**
 * Orders as a shop would write them: keyed by customer, a few customers with many orders and many with few, JSON values of
 * some 300 bytes, headers, timestamps. The same seed gives the same orders, so what comes back can be checked to the byte.
 */
import { createHash } from 'node:crypto'
import type { ProducerRecord } from '../../client/client-types.ts'

/** An order as it is produced. The order number of a customer is in the value: readers check the order by it. */
export interface OrderRecord extends ProducerRecord {
  readonly key: string
  readonly value: string
  readonly headers: readonly { readonly key: string; readonly value: string }[]
  readonly timestamp: number
}

export interface OrdersOptions {
  readonly seed: number
  /** Customers of this stream: streams with names of their own share no key, so each key has one producer. */
  readonly customers: number
  readonly stream: number
}

/** 2026-01-01T00:00:00Z. */
const firstOrderMs = 1_767_225_600_000
const sources = ['web', 'web', 'web', 'ios', 'android', 'store']
const countries = ['DE', 'FR', 'PL', 'ES', 'IT', 'NL', 'SE', 'US']
const streets = ['Mill Lane', 'Station Road', 'Rue de la Paix', 'Lindenstraße', 'Calle Mayor', 'Kungsgatan']

/** Orders without end. */
export function* orders(options: OrdersOptions): Generator<OrderRecord, never> {
  const random = randomNumbers(options.seed * 1009 + options.stream)
  const ordersOf = new Map<number, number>()
  let timestamp = firstOrderMs
  for (;;) {
    // Squared: a tenth of the customers have about a third of the orders.
    const customer = Math.floor(random() ** 2 * options.customers)
    const number = (ordersOf.get(customer) ?? 0) + 1
    ordersOf.set(customer, number)
    timestamp += Math.floor(random() * 40)
    yield order(random, `customer-${options.stream}-${String(customer).padStart(6, '0')}`, number, timestamp)
  }
}

function order(random: () => number, customer: string, number: number, timestamp: number): OrderRecord {
  const choice = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const items = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    sku: `SKU-${String(Math.floor(random() * 50_000)).padStart(5, '0')}`,
    quantity: 1 + Math.floor(random() * 4),
    unitPriceCents: 99 + Math.floor(random() * 20_000),
  }))
  const value = {
    order: number,
    customer,
    placedAt: new Date(timestamp).toISOString(),
    status: 'placed',
    items,
    totalCents: items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0),
    currency: 'EUR',
    shipTo: { street: `${choice(streets)} ${1 + Math.floor(random() * 200)}`, country: choice(countries) },
  }
  const trace = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
  return {
    key: customer,
    value: JSON.stringify(value),
    headers: [
      { key: 'source', value: choice(sources) },
      { key: 'trace', value: trace },
    ],
    timestamp,
  }
}

/** mulberry32: numbers in [0, 1) from a seed, the same on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Bytes = Uint8Array | string | null

/** All of a record that a consumer sees, in 48 bits: what was sent and what came back must have the same. */
export function contentHash(record: {
  readonly key: Bytes
  readonly value: Bytes
  readonly timestamp: number
  readonly headers: readonly { readonly key: string; readonly value: Bytes }[]
}): number {
  const hash = createHash('sha1')
  const part = (bytes: Bytes) => hash.update(`${bytes === null ? -1 : Buffer.byteLength(bytes)}:`).update(bytes ?? '')
  part(record.key)
  part(record.value)
  hash.update(`${record.timestamp}`)
  for (const header of record.headers) {
    part(header.key)
    part(header.value)
  }
  return hash.digest().readUIntBE(0, 6)
}
