/** What a run took: seconds of wall clock and of CPU, and bytes of JavaScript heap and of buffers that were allocated. */
import { GCProfiler } from 'node:v8'

export interface Measured<Result> {
  readonly result: Result
  readonly seconds: number
  /** User and system time of this process, all threads. */
  readonly cpuSeconds: number
  /** Heap and external memory allocated meanwhile: the sum of what grew between collections. */
  readonly allocatedBytes: number
}

export async function measure<Result>(run: () => Promise<Result>): Promise<Measured<Result>> {
  const before = heapBytes()
  const profiler = new GCProfiler()
  profiler.start()
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  const result = await run()
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  const { statistics } = profiler.stop() as { statistics: Collection[] }
  let allocatedBytes = 0
  let level = before
  for (const { beforeGC, afterGC } of statistics) {
    allocatedBytes += Math.max(0, used(beforeGC) - level)
    level = used(afterGC)
  }
  allocatedBytes += Math.max(0, heapBytes() - level)
  return { result, seconds, cpuSeconds: (user + system) / 1e6, allocatedBytes }
}

interface Collection {
  readonly beforeGC: Statistics
  readonly afterGC: Statistics
}
interface Statistics {
  readonly heapStatistics: { readonly usedHeapSize: number; readonly externalMemory: number }
}

const used = ({ heapStatistics }: Statistics) => heapStatistics.usedHeapSize + heapStatistics.externalMemory

function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Of an odd number the middle one, of an even number the upper of the two. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
