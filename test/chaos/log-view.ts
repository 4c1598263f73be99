/**
 * One partition's log as its readers have seen it so far. It only grows: what is read again must be the same bytes, and
 * offsets must join.
 */
import { createHash } from 'node:crypto'
import { iterateBatches, iterateRecords } from '../../lib/records/iterate.ts'

interface SeenBatch {
  readonly endOffset: number
  readonly digest: string
  readonly leaderEpoch: number
}

/**
 * Of what is the record's for ever. The leader epoch in a batch's header is stamped when it is served: of a partition with many
 * elections a head forgets where the oldest epochs began (decision 012), and says a later one then, never an earlier one.
 */
const leaderEpochBytes = { from: 12, to: 16 }
const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256')
    .update(bytes.subarray(0, leaderEpochBytes.from))
    .update(bytes.subarray(leaderEpochBytes.to))
    .digest('base64')

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
      const { baseOffset, lastOffsetDelta, leaderEpoch } = header
      const endOffset = baseOffset + lastOffsetDelta + 1
      // The first batch is the one that contains the offset.
      if (next === from ? baseOffset > from || endOffset <= from : baseOffset !== next)
        this.wrongs.push(`${this.#name}: offsets ${baseOffset} to ${endOffset - 1} came where ${next} was next`)
      this.#takeBatch(baseOffset, { endOffset, digest: digestOf(bytes), leaderEpoch }, bytes)
      next = endOffset
    }
    return next
  }

  #takeBatch(baseOffset: number, batch: SeenBatch, bytes: Uint8Array): void {
    const seen = this.#batches.get(baseOffset)
    if (seen !== undefined) {
      this.readAgain++
      if (seen.endOffset !== batch.endOffset || seen.digest !== batch.digest)
        this.wrongs.push(`${this.#name}: other bytes were read at offset ${baseOffset} the second time`)
      if (batch.leaderEpoch < seen.leaderEpoch)
        this.wrongs.push(`${this.#name}: ${baseOffset} was of epoch ${seen.leaderEpoch}, and now ${batch.leaderEpoch}`)
      return
    }
    if (baseOffset !== this.endOffset) {
      this.wrongs.push(`${this.#name}: a batch begins at ${baseOffset}, which was not so before`)
      return
    }
    this.#batches.set(baseOffset, batch)
    let expected = baseOffset
    for (const { offset, value } of iterateRecords(bytes)) {
      if (offset !== expected++) this.wrongs.push(`${this.#name}: offset ${offset} came where ${expected - 1} was next`)
      this.values.push(Buffer.from(value ?? []).toString())
    }
    if (expected !== batch.endOffset) this.wrongs.push(`${this.#name}: the batch at ${baseOffset} lacks records`)
  }
}
