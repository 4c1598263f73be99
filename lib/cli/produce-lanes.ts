/**
 * Many records, several requests in flight, and still every partition in its order. A partition belongs to one lane; a lane
 * has one request in flight, and what gathers behind it goes into the next. A slow typist's lines go out one by one, a pipe's
 * by the thousand, without a timer.
 */
import { cliLaneBytesMax, cliLanes } from '../base/limits.ts'
import type { ProduceResult, ProducerRecord } from '../client/client-types.ts'
import { errorCode } from '../http/rest-error.ts'

export interface LaneRecord extends ProducerRecord {
  readonly partition: number
  /** Where it stood in the input, from 1. */
  readonly line: number
}

export type Send = (records: readonly LaneRecord[]) => Promise<readonly ProduceResult[]>

/** What ended it all. */
export interface LaneFault {
  readonly cause: unknown
  /** The line that it was about, where the cluster refused that one and not the request. */
  readonly line?: number
}

interface Lane {
  waiting: LaneRecord[]
  running: Promise<void> | undefined
}

export class ProduceLanes {
  /** Records that the cluster has stored, with an offset each. */
  acknowledged = 0
  /** Bytes of keys and values of those. */
  acknowledgedBytes = 0
  /** Records of which nobody knows whether they are stored, of all lanes: several requests can be cut at once. */
  unknown = 0
  /** The first thing that went wrong; nothing more is sent after it. */
  fault: LaneFault | undefined
  readonly #send: Send
  readonly #lanes: Lane[]
  #waitingBytes = 0
  #roomier: (() => void) | undefined

  constructor(send: Send) {
    this.#send = send
    this.#lanes = Array.from({ length: cliLanes }, () => ({ waiting: [], running: undefined }))
  }

  /** Takes a record; resolves when there is room for more. */
  async add(record: LaneRecord): Promise<void> {
    const lane = this.#lanes[record.partition % this.#lanes.length] as Lane
    lane.waiting.push(record)
    this.#waitingBytes += sizeOf(record)
    lane.running ??= this.#run(lane)
    while (this.#waitingBytes > cliLaneBytesMax && !this.fault) {
      await new Promise<void>((resolve) => {
        this.#roomier = resolve
      })
    }
  }

  /** Resolves when everything that was taken is settled, or will never be sent. */
  async settle(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.running))
  }

  async #run(lane: Lane): Promise<void> {
    // What is added in this turn of the event loop (a chunk's lines) is in the first request already.
    await new Promise((resolve) => setImmediate(resolve))
    while (lane.waiting.length > 0 && !this.fault) {
      const records = lane.waiting
      lane.waiting = []
      await this.#sendOne(records)
      this.#waitingBytes -= records.reduce((sum, record) => sum + sizeOf(record), 0)
      this.#roomier?.()
    }
    lane.running = undefined
  }

  async #sendOne(records: readonly LaneRecord[]): Promise<void> {
    let results: readonly ProduceResult[]
    try {
      results = await this.#send(records)
    } catch (cause) {
      this.fault ??= { cause }
      this.unknown += records.length
      return
    }
    for (const [index, result] of results.entries()) {
      if (result.outcome === 'failed') {
        const { line } = records[index] as LaneRecord
        this.fault ??= { cause: new Error(result.message), line }
        // Any other answer says of itself that nothing was stored.
        if (result.errorCode === errorCode.outcomeUnknown) this.unknown += 1
        continue
      }
      this.acknowledged += 1
      this.acknowledgedBytes += sizeOf(records[index] as LaneRecord)
    }
  }
}

const lengthOf = (bytes: Uint8Array | string | null | undefined) => bytes?.length ?? 0
const sizeOf = (record: ProducerRecord) => lengthOf(record.key) + lengthOf(record.value)
