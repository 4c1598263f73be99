/** The parts of the comparison. Each alternates the two servers run by run, and says the median of its runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { bigBatches, freshTopic, type Measured, produceAndFetch, type Workload } from './measure-load.ts'
import { produce } from './performance-tools.ts'
import { processCpuSeconds, residentMb } from './process-load.ts'
import type { Linger, Side } from './servers.ts'

export interface Sides {
  readonly gregor: Side
  readonly kafka: Side
}

export type Both<Value> = Readonly<Record<Side['name'], Value>>

export interface Scale {
  readonly bytes: number
  readonly runs: number
  readonly latencySeconds: number
  readonly idleSeconds: number
  readonly note: (text: string) => void
}

export interface ThroughputRow {
  readonly name: string
  readonly produced: Both<Measured>
  readonly fetched: Both<Measured>
}

const names = ['gregor', 'kafka'] as const

/** The sides in turns: who was first is last the next time. */
const inTurns = (run: number) => (run % 2 === 0 ? names : names.toReversed())

/** Runs every workload on both sides `runs` times. */
export async function throughput(sides: Sides, workloads: readonly Workload[], scale: Scale): Promise<ThroughputRow[]> {
  const rows: ThroughputRow[] = []
  for (const workload of workloads) {
    const name = nameOf(workload)
    const found = { gregor: [], kafka: [] } as Record<Side['name'], { produced: Measured; fetched: Measured }[]>
    for (let run = 0; run < scale.runs; run++) {
      for (const side of inTurns(run)) {
        scale.note(`${name}: ${side}, run ${run + 1}`)
        found[side].push(await produceAndFetch(sides[side], { ...workload, totalBytes: bytesOf(workload, scale) }))
      }
    }
    const both = (what: 'produced' | 'fetched') => ({
      gregor: medianOf(found.gregor.map((one) => one[what])),
      kafka: medianOf(found.kafka.map((one) => one[what])),
    })
    rows.push({ name, produced: both('produced'), fetched: both('fetched') })
  }
  return rows
}

/** Small records cost the client most: fewer bytes of them take as long. */
const bytesOf = ({ recordBytes, totalBytes }: Workload, { bytes }: Scale) =>
  (totalBytes || bytes) * (recordBytes < 500 ? 0.5 : 1)

const nameOf = ({ recordBytes, partitions, settings }: Workload) =>
  `${recordBytes >= 1_000 ? `${recordBytes / 1_000} KB` : `${recordBytes} B`}, ${partitions}, ${settings.length === 0 ? 'default' : 'big'}`

/** Each figure's own median: a run that was disturbed once is out of all of them. */
const medianOf = (runs: readonly Measured[]): Measured => ({
  mbPerSecond: median(runs.map((run) => run.mbPerSecond)),
  cpuSecondsPerGb: median(runs.map((run) => run.cpuSecondsPerGb)),
  othersBusy: median(runs.map((run) => run.othersBusy)),
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** 100 B, 1 KB and 10 KB on 1 and 12 partitions, by the client's default batches and by big ones. */
export const workloads: readonly Workload[] = [100, 1_000, 10_000].flatMap((recordBytes) =>
  [1, 12].flatMap((partitions) =>
    [[], bigBatches].map((settings) => ({ recordBytes, partitions, settings, totalBytes: 0 })),
  ),
)

/** Both wait for the disk: Kafka after every request, by the topic's setting. */
export const powerWorkloads: readonly Workload[] = [1, 12].flatMap((partitions) =>
  [[], bigBatches].map((settings) => ({
    recordBytes: 1_000,
    partitions,
    settings,
    totalBytes: 100e6,
    kafkaTopic: { 'flush.messages': '1' },
  })),
)

export interface LatencyRow {
  readonly name: string
  readonly p50Ms: Both<number>
  readonly p99Ms: Both<number>
}

/** 1,000 records of 1 KB a second on one partition; the first seconds are the client's own warming up. */
export async function latency(sides: Sides, scale: Scale): Promise<LatencyRow[]> {
  const rows: LatencyRow[] = []
  for (const [name, settings] of [
    ['default linger (5 ms)', []],
    ['linger.ms=0', ['linger.ms=0']],
  ] as const) {
    const found = { gregor: [], kafka: [] } as Record<Side['name'], { p50Ms: number; p99Ms: number }[]>
    for (let run = 0; run < scale.runs; run++) {
      for (const side of inTurns(run)) {
        scale.note(`latency, ${name}: ${side}, run ${run + 1}`)
        const { bootstrap, wire } = sides[side]
        const topic = await freshTopic(sides[side], { partitions: 1 })
        const load = { recordBytes: 1_000, recordsPerSecond: 1_000, records: scale.latencySeconds * 1_000 }
        found[side].push(await produce({ bootstrap, topic, ...load, warmUpRecords: 5_000, settings }))
        await wire.deleteTopic(topic)
      }
    }
    const both = (what: 'p50Ms' | 'p99Ms') => ({
      gregor: median(found.gregor.map((one) => one[what])),
      kafka: median(found.kafka.map((one) => one[what])),
    })
    rows.push({ name, p50Ms: both('p50Ms'), p99Ms: both('p99Ms') })
  }
  return rows
}

export interface IdleRow {
  /** CPU seconds in a minute in which nobody asks for anything. */
  readonly cpuSecondsPerMinute: Both<number>
  readonly residentMb: Both<number>
}

export async function idle({ gregor, kafka }: Sides, { idleSeconds, note }: Scale): Promise<IdleRow> {
  note(`idle for ${idleSeconds} s`)
  const before = { gregor: processCpuSeconds(gregor.pid), kafka: processCpuSeconds(kafka.pid) }
  await sleep(idleSeconds * 1_000)
  const perMinute = (side: Side) => ((processCpuSeconds(side.pid) - before[side.name]) * 60) / idleSeconds
  return {
    cpuSecondsPerMinute: { gregor: perMinute(gregor), kafka: perMinute(kafka) },
    residentMb: { gregor: residentMb(gregor.pid), kafka: residentMb(kafka.pid) },
  }
}

export interface DelayedRow {
  readonly name: string
  readonly mbPerSecond: number
  /** What five requests in flight allow when each takes one PUT and one update. */
  readonly boundMbPerSecond: number
}

/** A connection's requests in flight: the Java producer's max.in.flight.requests.per.connection. */
const requestsInFlight = 5
export const delayMs = 30

/** One producer on one partition, every call of the stores 30 ms slower. */
export async function delayed(gregor: Side, linger: Linger, scale: Scale): Promise<DelayedRow[]> {
  const rows: DelayedRow[] = []
  for (const [batches, batchBytes, settings] of [
    ['16 KB (default)', 16_384, []],
    ['128 KB', 131_072, bigBatches],
  ] as const) {
    const name = `batches of ${batches}, ${linger === 'default' ? 'a gateway’s linger' : `linger ${linger} ms`}`
    scale.note(`${delayMs} ms a call: ${name}`)
    const bound = (requestsInFlight * batchBytes) / (2 * delayMs * 1e3)
    const records = Math.ceil(bound * 1e3 * scale.latencySeconds)
    const topic = await freshTopic(gregor, { partitions: 1 })
    const { bootstrap } = gregor
    // The first second is the client's own: it meets the cluster, and asks for a producer's id.
    const load = { recordBytes: 1_000, records, warmUpRecords: Math.ceil(bound * 1e3) }
    const { mbPerSecond } = await produce({ bootstrap, topic, ...load, settings })
    rows.push({ name, mbPerSecond, boundMbPerSecond: bound })
  }
  return rows
}
