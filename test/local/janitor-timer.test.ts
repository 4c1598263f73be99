import { expect, test } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import { localJanitorPauseMs, localJanitorStepPauseMs } from '../../lib/base/limits.ts'
import type { Janitor } from '../../lib/janitor/janitor.ts'
import { ReportBuilder } from '../../lib/janitor/report.ts'
import type { JanitorOptions } from '../../lib/janitor/work.ts'
import { localJanitor, runJanitor } from '../../lib/local/janitor-timer.ts'
import { newClusterWorld, stillReads } from '../janitor/cluster-world.ts'

/** Answers, step by step, whether it is at rest; then for ever that it is. */
class ScriptedJanitor implements Pick<Janitor, 'step'> {
  steps = 0
  readonly #atRest: readonly boolean[]
  readonly #fault: Error | undefined

  constructor(atRest: readonly boolean[], fault?: Error) {
    this.#atRest = atRest
    this.#fault = fault
  }

  async step() {
    const report = new ReportBuilder()
    if (this.#fault) report.fault('partitions 3', this.#fault)
    return report.build({ atRest: this.#atRest[this.steps++] ?? true, calls: 1 })
  }
}

/** Time that passes only by sleeping; ends after so many sleeps. */
function sleeper(stop: AbortController, sleeps: number) {
  const slept: number[] = []
  const clock: Clock = {
    now: () => slept.reduce((sum, ms) => sum + ms, 0),
    sleep: async (ms) => {
      slept.push(ms)
      if (slept.length >= sleeps) stop.abort()
    },
  }
  return { clock, slept }
}

test('steps follow each other while there is something to do, with a pause for others, and rest when there is not', async () => {
  const stop = new AbortController()
  const { clock, slept } = sleeper(stop, 5)
  const janitor = new ScriptedJanitor([false, false, true])
  await runJanitor(janitor, clock, stop.signal, () => undefined)
  expect(slept).toEqual([
    localJanitorPauseMs,
    localJanitorStepPauseMs,
    localJanitorStepPauseMs,
    localJanitorPauseMs,
    localJanitorPauseMs,
  ])
  expect(janitor.steps).toBe(4)
})

test('a fault is reported, and the next try is not at once', async () => {
  const stop = new AbortController()
  const { clock, slept } = sleeper(stop, 2)
  const reported: unknown[] = []
  const janitor = new ScriptedJanitor([false], new Error('no answer'))
  await runJanitor(janitor, clock, stop.signal, (fault) => reported.push(fault))
  expect(slept).toEqual([localJanitorPauseMs, localJanitorPauseMs])
  expect(String(reported[0])).toBe('JanitorFault: partitions 3: no answer')
})

test('what is young is not consolidated, however much it is; an hour later it is', async () => {
  const world = await newClusterWorld()
  const budget = { callsMax: 10_000, msMax: 60_000 }
  const consolidated = async (options: Partial<JanitorOptions>) =>
    (await world.janitorOf(world.stores, options).step({ budget })).counts.pagesConsolidated
  // What the world began with is two days old.
  await world.kept.fold()
  expect(await consolidated(localJanitor)).toBeGreaterThan(0)
  await world.kept.fill(8)
  expect(await consolidated(localJanitor)).toBe(0)
  expect(await consolidated({ consolidateBytesMin: 1 })).toBeGreaterThan(0)
  await world.kept.fill(8)
  world.clock.jump(3_600_000)
  expect(await consolidated(localJanitor)).toBeGreaterThan(0)
  await stillReads(world)
})

test('what is deleted makes room at the next look, and garbage is swept within two hours', async () => {
  const world = await newClusterWorld()
  const budget = { callsMax: 10_000, msMax: 60_000 }
  const janitor = world.janitorOf(
    world.stores,
    { roundPauseMs: 300_000, sweepPauseMs: 0, ...localJanitor },
    world.topics,
  )
  const objects = async () => (await world.stores.objects.list('intake/')).objects.length
  await janitor.step({ budget })
  await world.topics.delete('expiring')
  world.clock.jump(localJanitorPauseMs)
  expect((await janitor.step({ budget })).counts).toMatchObject({ partitionsEmptied: 2 })
  const before = await objects()
  await world.kept.bytesOnly([['orphan']])
  for (const minutes of [60, 60]) {
    expect(await objects()).toBe(before + 1)
    world.clock.jump(minutes * 60_000)
    await janitor.step({ budget })
  }
  expect(await objects()).toBe(before)
  await stillReads(world)
})
