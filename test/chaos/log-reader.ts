/**
 * Reads a whole partition, from any offset to the end that it has at that moment, from whoever leads it. The end is where a
 * fetch brings nothing: that answer comes of a strongly consistent read, while a high watermark beside records may be that
 * of a second ago, when somebody else led the partition (`lib/log/head-hints.ts`).
 */
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { ClusterClient, pause } from '../failover/cluster-client.ts'
import { NoAnswer } from '../failover/wire-connection.ts'
import type { LogView } from './log-view.ts'
import { refusals } from './producer.ts'

const fetchVersion = 11
const requestTimeoutMs = 3_000
const retryMs = 50
/** The log must be readable again this soon after the faults are over, ms. */
const readableMsMax = 60_000

export class LogReader {
  readonly #client: ClusterClient
  readonly #topic: string

  constructor(bootstrap: readonly string[], topic: string) {
    this.#client = new ClusterClient(bootstrap)
    this.#topic = topic
  }

  close(): void {
    this.#client.close()
  }

  /** Into the view, which says what is wrong with it. Throws when the partition cannot be read for a minute. */
  async readInto(view: LogView, partition: number, from: number): Promise<void> {
    const sinceMs = Date.now()
    let last = 'nothing was asked'
    for (let at = from; ; ) {
      if (Date.now() - sinceMs > readableMsMax)
        throw new Error(`partition ${partition} cannot be read at ${at}: ${last}`)
      const answer = await this.#fetch(partition, at)
      if (typeof answer === 'string') {
        last = answer
        await pause(retryMs)
        await this.#client.refresh(this.#topic)
        continue
      }
      const { records, highWatermark } = answer
      if (records !== null && records.length > 0) {
        at = view.take(at, records)
        continue
      }
      // What was read before lies below the high watermark; a log that became shorter has lost it.
      if (Number(highWatermark) < view.endOffset)
        view.wrongs.push(`partition ${partition} ended at ${view.endOffset}, and now ends at ${highWatermark}`)
      return
    }
  }

  /** What was found, or why not. */
  async #fetch(partition: number, offset: number) {
    const leader = this.#client.leader(partition)
    const wanted = { partition, fetchOffset: BigInt(offset), partitionMaxBytes: 4 << 20 }
    const topics = [{ topic: this.#topic, partitions: [{ ...wanted, currentLeaderEpoch: leader?.epoch ?? -1 }] }]
    const request = { maxWaitMs: 0, minBytes: 1, topics, forgottenTopicsData: [] }
    try {
      const answer = await this.#client.ask(leader?.node ?? -1, fetchApi, fetchVersion, request, requestTimeoutMs)
      const found = answer.responses[0]?.partitions[0]
      if (found?.errorCode === 0) return found
      if (found === undefined || !refusals.has(found.errorCode))
        throw new Error(`partition ${partition} at ${offset} was answered ${found?.errorCode}`)
      return `error code ${found.errorCode}`
    } catch (fault) {
      if (!(fault instanceof NoAnswer)) throw fault
      return fault.message
    }
  }
}
