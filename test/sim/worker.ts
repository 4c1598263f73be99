/** Runs worlds in a thread of its own, a range of seeds at a time, and says what came of them. */
import { parentPort } from 'node:worker_threads'
import { runWorld } from './run-world.ts'
import { type Size, simDefaults } from './sim-options.ts'

export interface Range {
  readonly from: number
  readonly count: number
  readonly size: Size
}

export interface RangeDone {
  readonly worlds: number
  readonly failed: readonly number[]
  readonly counts: Readonly<Record<string, number>>
}

// A failure costs its stack, and most here are the weather's; who replays a seed has them.
Error.stackTraceLimit = 0

/** What nobody caught belongs to the world that runs; there is one at a time. */
let uncaught = 0
process.on('unhandledRejection', () => {
  uncaught++
})

parentPort?.on('message', async ({ from, count, size }: Range) => {
  const failed: number[] = []
  const counts: Record<string, number> = {}
  for (let seed = from; seed < from + count; seed++) {
    uncaught = 0
    const outcome = await runWorld(seed, { ...simDefaults, size })
    if (outcome.violations.length > 0 || uncaught > 0) failed.push(seed)
    for (const [name, value] of Object.entries(outcome.counts)) counts[name] = (counts[name] ?? 0) + value
  }
  parentPort?.postMessage({ worlds: count, failed, counts } satisfies RangeDone)
})
