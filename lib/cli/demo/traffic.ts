/** Several producers and several readers at once, as applications would be: each with the client, over HTTP. */
import type { GregorClient } from '../../client/client.ts'
import type { Audit } from './audit.ts'
import type { Ledger } from './ledger.ts'
import { contentHash, type OrderRecord, orders } from './orders.ts'

export interface ProduceOrders {
  readonly topic: string
  readonly records: number
  readonly producers: number
  readonly customers: number
  readonly seed: number
  /** Default 5,000: some requests' worth, so that each partition gets batches worth the name. */
  readonly recordsPerCall?: number
  readonly signal: AbortSignal
  /** Called after each request. */
  readonly onProgress: () => void
}

/**
 * Produces orders until all are acknowledged; every acknowledgement goes into the ledger at once. A producer that fails stops,
 * and the first fault is answered when all have ended: what the ledger has until then holds.
 */
export async function produceOrders(client: GregorClient, ledger: Ledger, options: ProduceOrders): Promise<unknown> {
  const faults: unknown[] = []
  const { recordsPerCall = 5_000 } = options
  const producer = async (stream: number) => {
    const share =
      Math.floor(options.records / options.producers) + (stream < options.records % options.producers ? 1 : 0)
    const source = orders({ seed: options.seed, customers: options.customers, stream })
    for (let left = share; left > 0 && faults.length === 0 && !options.signal.aborted; left -= recordsPerCall) {
      const batch = Array.from({ length: Math.min(left, recordsPerCall) }, () => source.next().value)
      await produceBatch(client, ledger, options.topic, batch)
      options.onProgress()
    }
  }
  const running = Array.from({ length: options.producers }, (_, stream) =>
    producer(stream).catch((fault) => {
      faults.push(fault)
    }),
  )
  await Promise.all(running)
  return faults[0]
}

async function produceBatch(
  client: GregorClient,
  ledger: Ledger,
  topic: string,
  batch: readonly OrderRecord[],
): Promise<void> {
  const results = await client.produce(topic, batch)
  for (const [index, result] of results.entries()) {
    if (result.outcome !== 'produced') continue
    const record = batch[index] as OrderRecord
    const bytes = Buffer.byteLength(record.key) + Buffer.byteLength(record.value)
    ledger.acknowledge(result.partition, result.offset, contentHash(record), bytes)
  }
  const failed = results.find(({ outcome }) => outcome === 'failed')
  if (failed?.outcome === 'failed') throw new Error(`a record was refused: ${failed.message}`)
}

export interface ReadOrders {
  readonly topic: string
  readonly partitions: number
  readonly readers: number
  readonly signal: AbortSignal
  readonly onProgress: () => void
}

/** Every reader takes its share of the partitions, and reads each from its beginning to its end. */
export async function readOrders(client: GregorClient, audit: Audit, options: ReadOrders): Promise<void> {
  const all = [...Array(options.partitions).keys()]
  const reader = async (index: number) => {
    const partitions = all.filter((partition) => partition % options.readers === index)
    for await (const record of client.consume(options.topic, { partitions, signal: options.signal })) {
      audit.see(record)
      if (audit.records % 1_000 === 0) options.onProgress()
    }
  }
  await Promise.all(Array.from({ length: options.readers }, (_, index) => reader(index)))
}
