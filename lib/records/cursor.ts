/**
 * Walks the records of one batch, decompressed, without making an object for any of them: validation looks at millions
 * of records and keeps none. Each step checks that every field lies inside its record, and every record inside the
 * batch (`DefaultRecord.readFrom` in Kafka), so what the fields point at may be sliced without further checks.
 */
import type { BatchHeader } from './header.ts'
import { InvalidBatch } from './invalid-batch.ts'
import { VarintReader } from './varint.ts'

/** The fields of the record that the cursor stands at. Positions and lengths in bytes. */
export class RecordCursor {
  /** Reserved by Kafka; no bit has a meaning yet. */
  attributes = 0
  timestampDelta = 0
  offsetDelta = 0
  /** Positions in the payload; a length of -1 says null. */
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  headersStart = 0
  headerCount = 0
  /** Of the current record, from 0: -1 before the first, the count after the last. */
  index = -1

  readonly #reader: VarintReader
  readonly #count: number

  /** `payload` is what follows the header, decompressed. Throws `InvalidBatch` for a count that cannot fit into it. */
  constructor(payload: Uint8Array, header: Pick<BatchHeader, 'count'>) {
    this.#reader = new VarintReader(payload)
    this.#count = header.count
    if (header.count < 0) throw new InvalidBatch('invalid', `a record batch cannot hold ${header.count} records`)
  }

  /** Goes to the next record; false after the last one. Throws `InvalidBatch`, also when bytes follow the last one. */
  advance(): boolean {
    const reader = this.#reader
    if (this.index < this.#count) this.index++
    if (this.index === this.#count) {
      const left = reader.end - reader.position
      if (left > 0) throw new InvalidBatch('invalid', `${left} bytes follow the last of ${this.#count} records`)
      return false
    }
    const payloadEnd = reader.end
    const length = reader.readVarint()
    const left = payloadEnd - reader.position
    if (length < 0 || length > left) {
      throw new InvalidBatch('invalid', `record ${this.index} claims ${length} bytes where ${left} are left`)
    }
    const recordEnd = reader.position + length
    reader.end = recordEnd
    this.#readFields(reader)
    if (reader.position !== recordEnd) {
      throw new InvalidBatch(
        'invalid',
        `record ${this.index} is ${recordEnd - reader.position} bytes longer than its fields`,
      )
    }
    reader.end = payloadEnd
    return true
  }

  /** The index of the record that the cursor is at, if it is at one. */
  get currentRecord(): number | undefined {
    return this.index >= 0 && this.index < this.#count ? this.index : undefined
  }

  #readFields(reader: VarintReader): void {
    this.attributes = reader.readByte()
    this.timestampDelta = reader.readVarlong()
    this.offsetDelta = reader.readVarint()
    this.keyLength = reader.readVarint()
    this.keyStart = this.keyLength < 0 ? reader.position : reader.skip(this.keyLength)
    this.valueLength = reader.readVarint()
    this.valueStart = this.valueLength < 0 ? reader.position : reader.skip(this.valueLength)
    this.headerCount = reader.readVarint()
    this.headersStart = reader.position
    // Each header is at least two bytes; Kafka too compares with the bytes left before it believes the number.
    if (this.headerCount < 0 || this.headerCount > reader.end - reader.position) {
      throw new InvalidBatch('invalid', `record ${this.index} cannot hold ${this.headerCount} headers`)
    }
    for (let header = 0; header < this.headerCount; header++) {
      const keyLength = reader.readVarint()
      if (keyLength < 0) throw new InvalidBatch('invalid', `record ${this.index} has a header without a key`)
      reader.skip(keyLength)
      const valueLength = reader.readVarint()
      if (valueLength > 0) reader.skip(valueLength)
    }
  }
}
