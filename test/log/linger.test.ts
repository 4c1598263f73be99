/** When a flush leaves, on stores that are far away, in simulated time. A put takes 30 ms. */
import { expect, it } from 'vitest'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { watched } from './watched-stores.ts'
import { batchOf, memoryStores, openLog, p0 } from './world.ts'

const callMs = 30
const lingerMs = 10

/** When each object was put, ms since the first append, for appends at these times. */
async function putsFor(appendsMs: readonly number[], quietMs?: number): Promise<number[]> {
  const clock = new SimClock()
  const puts: number[] = []
  let sinceMs = 0
  const stores = watched(memoryStores(), async ({ store, method }) => {
    if (store === 'objects' && method === 'put') puts.push(clock.now() - sinceMs)
    await clock.sleep(callMs)
  })
  const options = { inlineUnitsMax: 0, lingerMs, soleProcess: true, ...(quietMs === undefined ? {} : { quietMs }) }
  const log = openLog(stores, clock, seeded(1), options)
  // Nothing lies shortly before the appends that count.
  await clock.run(log.append(p0, batchOf(['before'])))
  await clock.pass(1_000)
  puts.length = 0
  sinceMs = clock.now()
  const appends = appendsMs.map(async (atMs) => {
    await clock.sleep(atMs)
    expect(await log.append(p0, batchOf([`at ${atMs}`]))).toMatchObject({ outcome: 'appended' })
  })
  await clock.run(Promise.all(appends))
  return puts
}

it('what is asked to linger does so to the end', async () => {
  expect(await putsFor([0])).toEqual([lingerMs])
})

it('a flush leaves when nothing has come for a while', async () => {
  expect(await putsFor([0], 2)).toEqual([2])
})

it('requests that come shortly after each other share a flush', async () => {
  expect(await putsFor([0, 1, 2, 3, 4], 2)).toEqual([6])
})

it('who never stops coming is gathered for no longer than the linger', async () => {
  // The first to come after a flush begins the next one.
  const steady = Array.from({ length: 30 }, (_, ms) => ms)
  expect(await putsFor(steady, 2)).toEqual([10, 21, 32])
})

it('no more flushes leave than without leaving early, whatever comes', async () => {
  const sparse = Array.from({ length: 40 }, (_, n) => n * 3)
  const puts = await putsFor(sparse, 2)
  const gaps = puts.slice(1).map((ms, n) => ms - (puts[n] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(lingerMs)
})
