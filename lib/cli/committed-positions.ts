/** Where a group stands in a topic: read at the start, committed as records are printed, never beyond them. */
import type { Clock } from '../base/clock.ts'
import type { GregorClient } from '../client/client.ts'
import type { ConsumerRecord, StartPosition } from '../client/client-types.ts'

/** Kafka's `auto.commit.interval.ms`. */
const commitIntervalMs = 5_000

export class CommittedPositions {
  readonly #clock: Clock
  readonly #client: GregorClient
  readonly #group: string
  readonly #topic: string
  readonly #uncommitted = new Map<number, number>()
  #committedMs: number

  constructor(clock: Clock, client: GregorClient, group: string, topic: string) {
    this.#clock = clock
    this.#client = client
    this.#group = group
    this.#topic = topic
    this.#committedMs = clock.now()
  }

  /** Where each partition begins: the group's committed offset, and `otherwise` where it has none. */
  async starts(partitions: readonly number[], otherwise: StartPosition): Promise<Map<number, StartPosition>> {
    const committed = new Map(
      (await this.#client.groups.committed(this.#group, this.#topic)).map((at) => [at.partition, at.offset]),
    )
    return new Map(partitions.map((partition) => [partition, committed.get(partition) ?? otherwise]))
  }

  /** These records have left the process; commits when it is time. */
  async printed(records: readonly ConsumerRecord[]): Promise<void> {
    for (const { partition, offset } of records) this.#uncommitted.set(partition, offset + 1)
    if (this.#clock.now() - this.#committedMs >= commitIntervalMs) await this.commit()
  }

  async commit(): Promise<void> {
    this.#committedMs = this.#clock.now()
    if (this.#uncommitted.size === 0) return
    const offsets = [...this.#uncommitted].map(([partition, offset]) => ({ topic: this.#topic, partition, offset }))
    await this.#client.groups.commit(this.#group, offsets)
    for (const { partition, offset } of offsets) {
      if (this.#uncommitted.get(partition) === offset) this.#uncommitted.delete(partition)
    }
  }
}
