/**
 * What the cluster has acknowledged: which content at which offset of which partition. It is what a reader must find there,
 * to the byte, whatever happened in between.
 */
export class Ledger {
  records = 0
  /** Bytes of keys and values. */
  bytes = 0
  /** The sum of all content hashes: what was sent, in whatever order. */
  contentSum = 0n
  readonly #partitions = new Map<number, Map<number, number>>()
  readonly #faults: string[] = []

  acknowledge(partition: number, offset: number, content: number, bytes: number): void {
    const offsets = this.#partitions.get(partition) ?? new Map<number, number>()
    this.#partitions.set(partition, offsets)
    if (offsets.has(offset)) this.#faults.push(`offset ${offset} of partition ${partition} was given to two records`)
    offsets.set(offset, content)
    this.records += 1
    this.bytes += bytes
    this.contentSum += BigInt(content)
  }

  /** What was acknowledged at this offset; undefined: nothing. */
  contentAt(partition: number, offset: number): number | undefined {
    return this.#partitions.get(partition)?.get(offset)
  }

  /** What no log may do: acknowledge an offset twice. */
  get faults(): readonly string[] {
    return this.#faults
  }
}
