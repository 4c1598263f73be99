/** Many worlds on many threads. Which seeds there are is given; which thread has which is not, and makes no difference. */
import { Worker } from 'node:worker_threads'
import type { Size } from './sim-options.ts'
import type { Range, RangeDone } from './worker.ts'

/** Worlds that a thread is given at once. */
const rangeWorlds = 50
/** What a world makes it does not keep: with room for some hundreds of worlds hardly anything is ever looked at again. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 }
const progressMs = 5_000

export interface ManyOptions {
  readonly seed: number
  readonly size: Size
  readonly workers: number
  /** `undefined`: as many as there is time for. */
  readonly worlds: number | undefined
  readonly seconds: number | undefined
  readonly progress: (done: number, failed: readonly number[], ms: number) => void
}

export interface Many {
  readonly done: number
  readonly failed: readonly number[]
  readonly counts: Readonly<Record<string, number>>
}

/** Rejects where a thread breaks down: what it was at is then not known to be good. */
export async function runMany({ seed, size, workers, worlds, seconds, progress }: ManyOptions): Promise<Many> {
  const startMs = performance.now()
  const endSeed = seed + (worlds ?? Number.POSITIVE_INFINITY)
  const isLate = () => seconds !== undefined && performance.now() - startMs >= seconds * 1_000
  const failed: number[] = []
  const counts: Record<string, number> = {}
  let next = seed
  let done = 0
  const reporting = setInterval(() => progress(done, failed, performance.now() - startMs), progressMs)
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (next >= endSeed || isLate()) return resolve()
        const range: Range = { from: next, count: Math.min(rangeWorlds, endSeed - next), size }
        next += range.count
        worker.postMessage(range)
      }
      worker.on('message', (range: RangeDone) => {
        done += range.worlds
        failed.push(...range.failed)
        for (const [name, value] of Object.entries(range.counts)) counts[name] = (counts[name] ?? 0) + value
        give()
      })
      worker.on('error', reject)
      give()
    })
  const all = Array.from(
    { length: workers },
    () => new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits }),
  )
  try {
    await Promise.all(all.map(work))
  } finally {
    clearInterval(reporting)
    await Promise.all(all.map((worker) => worker.terminate()))
  }
  return { done, failed: failed.sort((a, b) => a - b), counts }
}
