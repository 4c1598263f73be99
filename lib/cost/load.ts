/** What a cluster is asked to carry, and how it is reached: everything that a bill depends on. */
import { assert } from '../base/assert.ts'

/**
 * - `functions`: producers and consumers call API Gateway, which calls Lambda functions
 * - `gateway`: they speak Kafka's protocol to gateways, which run all the time
 */
export type Via = 'functions' | 'gateway'

/** `long`: a request is always open, and answered when a record comes. Else a consumer asks each so many seconds. */
export type Polling = 'long' | number

export interface Load {
  /** Records a second, evenly over the month; 0: nobody calls, and nothing is kept. */
  readonly messagesPerSecond: number
  /** Key, value and headers of a record, as they are stored. Compressed by its producer, if it is. */
  readonly recordBytes: number
  /** Each of them reads every record. */
  readonly consumers: number
  readonly partitions: number
  /** How long records gather for one flush: in a gateway (`gregor.linger.ms`), or in each producer that calls functions. */
  readonly lingerMs: number
  /** That call functions; in a gateway the flushes of all producers are one. */
  readonly producers: number
  readonly via: Via
  readonly polling: Polling
  readonly retentionDays: number
  /** That run all the time; none when via functions. */
  readonly gateways: number
}

/** A week is Kafka's own default of `log.retention.hours`. */
export const loadDefaults: Load = {
  messagesPerSecond: 1,
  recordBytes: 1_000,
  consumers: 1,
  partitions: 1,
  lingerMs: 0,
  producers: 1,
  via: 'functions',
  polling: 'long',
  retentionDays: 7,
  gateways: 1,
}

export function checkLoad(load: Load): void {
  const { messagesPerSecond, recordBytes, consumers, partitions, lingerMs, producers, polling, retentionDays } = load
  const all = [messagesPerSecond, recordBytes, consumers, lingerMs, retentionDays]
  assert(
    all.every((each) => each >= 0 && Number.isFinite(each)),
    'a load has no negative numbers',
  )
  assert(partitions >= 1 && producers >= 1 && load.gateways >= 0, 'at least one partition and one producer')
  assert(polling === 'long' || polling > 0, 'a consumer asks each so many seconds')
}
