/**
 * Callers who do not stop: each writes to a partition of its own, or reads it behind its end, or commits, one request after
 * another, until it is told to. What was acknowledged is kept, what failed too: of that nobody knows whether it was done.
 */
import { setImmediate } from 'node:timers/promises'
import { type GregorClient, GregorError } from '../../lib/client/client.ts'

export interface Acknowledged {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

export class Traffic {
  readonly acknowledged: Acknowledged[] = []
  /** Of requests that failed. */
  readonly unknown = new Set<string>()
  /** Status or error code of each request that failed, in their order. */
  readonly failures: number[] = []
  /** Where each reader has read what. */
  readonly read: Acknowledged[] = []
  /** The highest offset whose commit was acknowledged. */
  committed = -1
  readonly #stopping = new AbortController()
  readonly #callers: Promise<void>[] = []

  /** One to three records a request, the `bytes` of a value more or less. */
  write(client: GregorClient, topic: string, partition: number, bytes: number): void {
    let next = 0
    this.#call(async () => {
      const values = Array.from({ length: 1 + (next % 3) }, () => `${partition}:${next++}:`.padEnd(bytes, 'x'))
      for (const value of values) this.unknown.add(value)
      const results = await client.produce(
        topic,
        values.map((value) => ({ value, partition })),
      )
      for (const [index, result] of results.entries()) {
        const value = values[index] ?? ''
        if (result.outcome !== 'produced') continue
        this.unknown.delete(value)
        this.acknowledged.push({ partition, offset: result.offset, value })
      }
      const failed = results.find(({ outcome }) => outcome === 'failed')
      if (failed?.outcome === 'failed') throw new GregorError(failed.message, { ...failed, status: 200 })
    })
  }

  /** Waits at the end for what comes. */
  follow(client: GregorClient, topic: string, partition: number): void {
    let offset = 0
    this.#call(async () => {
      const { records } = await client.readOnce(topic, partition, { offset, timeoutMs: 1_000 })
      for (const record of records) {
        this.read.push({ partition, offset: record.offset, value: String(record.value) })
        offset = record.offset + 1
      }
    })
  }

  commit(client: GregorClient, group: string, topic: string): void {
    let next = 0
    this.#call(async () => {
      const offset = next++
      await client.groups.commit(group, [{ topic, partition: 0, offset }])
      this.committed = offset
    })
  }

  /** How many partitions have acknowledged a record since the first `from`. */
  partitions(from = 0): number {
    return new Set(this.acknowledged.slice(from).map(({ partition }) => partition)).size
  }

  /** When all callers have had the answers that they wait for. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#callers)
  }

  #call(once: () => Promise<void>): void {
    const calling = async () => {
      while (!this.#stopping.signal.aborted) {
        await setImmediate()
        try {
          await once()
        } catch (fault) {
          if (!(fault instanceof GregorError)) throw fault
          this.failures.push(fault.status === 200 ? fault.errorCode : fault.status)
        }
      }
    }
    this.#callers.push(calling())
  }
}
