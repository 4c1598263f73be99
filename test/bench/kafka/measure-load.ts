/** One run of a tool against one server: what the tool says, what the server computed meanwhile, and who else was busy. */
import { setTimeout as sleep } from 'node:timers/promises'
import { consume, produce } from './performance-tools.ts'
import { load } from './process-load.ts'
import type { Side } from './servers.ts'

export interface Workload {
  readonly recordBytes: number
  readonly partitions: number
  /** Producer settings beside acks=all; none are Kafka's defaults. */
  readonly settings: readonly string[]
  readonly totalBytes: number
  /** Of the topic, on Kafka's side only: `flush.messages`. */
  readonly kafkaTopic?: Readonly<Record<string, string>>
}

export interface Measured {
  readonly mbPerSecond: number
  /** CPU seconds of the server for 10^9 bytes of values. */
  readonly cpuSecondsPerGb: number
  /** Processors of the machine that were busy with neither the server nor its client. */
  readonly othersBusy: number
}

/** What a server does after the last answer belongs to the work: it is given this long for it. */
const settleMs = 500

let topics = 0

/** Produces into a fresh topic and reads it back; the topic is deleted. */
export async function produceAndFetch(
  side: Side,
  workload: Workload,
): Promise<{ produced: Measured; fetched: Measured }> {
  const topic = await freshTopic(side, workload)
  const { recordBytes, settings, totalBytes } = workload
  const run = { bootstrap: side.bootstrap, topic, recordBytes, records: Math.ceil(totalBytes / recordBytes) }
  const produced = await observed(side, totalBytes, () => produce({ ...run, settings }))
  const fetched = await observed(side, totalBytes, () => consume(run))
  await side.wire.deleteTopic(topic)
  return { produced, fetched }
}

export async function freshTopic(side: Side, { partitions, kafkaTopic }: Pick<Workload, 'partitions' | 'kafkaTopic'>) {
  const topic = `bench-${++topics}`
  await side.wire.createTopic(topic, partitions, side.name === 'kafka' ? kafkaTopic : {})
  return topic
}

async function observed(
  { pid }: Side,
  totalBytes: number,
  run: () => Promise<{ readonly mbPerSecond: number; readonly clientCpuSeconds: number }>,
): Promise<Measured> {
  const [before, startedMs] = [load(pid), performance.now()]
  const { mbPerSecond, clientCpuSeconds } = await run()
  await sleep(settleMs)
  const [after, seconds] = [load(pid), (performance.now() - startedMs) / 1_000]
  const cpuSeconds = after.processCpuSeconds - before.processCpuSeconds
  const othersSeconds = after.machineBusySeconds - before.machineBusySeconds - cpuSeconds - clientCpuSeconds
  return {
    mbPerSecond,
    cpuSecondsPerGb: (cpuSeconds * 1e9) / totalBytes,
    othersBusy: Math.max(0, othersSeconds) / seconds,
  }
}

/**
 * So many bytes in and out in each of the shapes that are measured, so that neither a JVM nor a V8 is measured while it
 * compiles: what runs for another shape for the first time is compiled for it.
 */
export async function warmUp(side: Side, totalBytes: number): Promise<void> {
  const shapes = [12, 1].flatMap((partitions) => [[], bigBatches].map((settings) => ({ partitions, settings })))
  for (const shape of shapes) {
    await produceAndFetch(side, { ...shape, recordBytes: 1_000, totalBytes: (totalBytes * 4) / 5 / shapes.length })
    await produceAndFetch(side, { ...shape, recordBytes: 100, totalBytes: totalBytes / 5 / shapes.length })
  }
}

export const bigBatches = ['batch.size=131072', 'linger.ms=10']
