/**
 * Control batches: the markers that end a transaction in a partition (`ControlRecordType` and `EndTxnMarker` in Kafka,
 * version 0 of both). One record a batch, in the producer's name, without a sequence. Consumers skip them; they take an
 * offset all the same.
 */
import { buildBatch } from './build.ts'
import { InvalidBatch } from './invalid-batch.ts'
import type { KafkaRecord } from './iterate.ts'

/** The types of Kafka 4.2 by their number. Gregor writes the first two and passes over the rest. */
const controlTypes = [
  'abort',
  'commit',
  'leader-change',
  'snapshot-header',
  'snapshot-footer',
  'kraft-version',
  'kraft-voters',
] as const

/** What a transaction coordinator writes into each partition of a transaction that has ended (KIP-98). */
export interface EndTransactionMarker {
  readonly type: 'commit' | 'abort'
  readonly producerId: number
  readonly producerEpoch: number
  /** Fences a coordinator that was replaced. */
  readonly coordinatorEpoch: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The batch that ends a producer's transaction in one partition. */
export function buildEndTransactionMarker(marker: EndTransactionMarker): Uint8Array {
  const key = new DataView(new ArrayBuffer(4))
  key.setInt16(2, controlTypes.indexOf(marker.type))
  const value = new DataView(new ArrayBuffer(6))
  value.setInt32(2, marker.coordinatorEpoch)
  return buildBatch({
    now: marker.now,
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    isTransactional: true,
    isControl: true,
    records: [{ key: new Uint8Array(key.buffer), value: new Uint8Array(value.buffer) }],
  })
}

/** A record of a control batch, as far as a log has to understand it. */
export type ControlRecord =
  | { readonly type: 'commit' | 'abort'; readonly coordinatorEpoch: number }
  /** Nothing that ends a transaction: a later type, or one of KRaft's. */
  | { readonly type: 'other'; readonly number: number }

/** What a record of a control batch says. Throws `InvalidBatch` when it is cut off. Later versions may be longer. */
export function readControlRecord(record: Pick<KafkaRecord, 'key' | 'value'>): ControlRecord {
  const key = field(record.key, 4, 'key')
  const number = key.getInt16(2)
  const type = controlTypes[number]
  if (type !== 'commit' && type !== 'abort') return { type: 'other', number }
  return { type, coordinatorEpoch: field(record.value, 6, 'value').getInt32(2) }
}

function field(bytes: Uint8Array | null, bytesMin: number, name: string): DataView {
  if (bytes === null || bytes.length < bytesMin) {
    throw new InvalidBatch('invalid', `the ${name} of a control record is shorter than ${bytesMin} bytes`)
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
