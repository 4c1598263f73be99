/**
 * One partition's log as its readers have seen it so far. It only grows: what is read again must be the same bytes, and
 * offsets must join.
 */
import { createHash } from 'node:crypto'
import { iterateBatches, iterateRecords } from '../../lib/records/iterate.ts'

interface SeenBatch {
  readonly endOffset: number
  readonly digest: string
}

export class LogView {
  /** By offset: what names the record. */
  readonly values: string[] = []
  readonly wrongs: string[] = []
  readonly #name: string
  readonly #batches = new Map<number, SeenBatch>()
  /** Batches that were read once more and were the same. */
  readAgain = 0

  constructor(name: string) {
    this.#name = name
  }

  get endOffset(): number {
    return this.values.length
  }

  /** Takes what a fetch from `from` brought; answers where the next one goes on. */
  take(from: number, records: Uint8Array): number {
    let next = from
    for (const { header, bytes } of iterateBatches(records)) {
      const { baseOffset, lastOffsetDelta } = header
      const endOffset = baseOffset + lastOffsetDelta + 1
      // The first batch is the one that contains the offset.
      if (next === from ? baseOffset > from || endOffset <= from : baseOffset !== next)
        this.wrongs.push(`${this.#name}: offsets ${baseOffset} to ${endOffset - 1} came where ${next} was next`)
      this.#takeBatch(baseOffset, endOffset, bytes)
      next = endOffset
    }
    return next
  }

  #takeBatch(baseOffset: number, endOffset: number, bytes: Uint8Array): void {
    const digest = createHash('sha256').update(bytes).digest('base64')
    const seen = this.#batches.get(baseOffset)
    if (seen !== undefined) {
      this.readAgain++
      if (seen.endOffset !== endOffset || seen.digest !== digest)
        this.wrongs.push(`${this.#name}: other bytes were read at offset ${baseOffset} the second time`)
      return
    }
    if (baseOffset !== this.endOffset) {
      this.wrongs.push(`${this.#name}: a batch begins at ${baseOffset}, which was not so before`)
      return
    }
    this.#batches.set(baseOffset, { endOffset, digest })
    let expected = baseOffset
    for (const { offset, value } of iterateRecords(bytes)) {
      if (offset !== expected++) this.wrongs.push(`${this.#name}: offset ${offset} came where ${expected - 1} was next`)
      this.values.push(Buffer.from(value ?? []).toString())
    }
    if (expected !== endOffset) this.wrongs.push(`${this.#name}: the batch at ${baseOffset} lacks records`)
  }
}
