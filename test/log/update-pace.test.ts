/** One producer with five requests in flight, on stores that are far away, in simulated time. */
import { expect, it } from 'vitest'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { watched } from './watched-stores.ts'
import { batchOf, memoryStores, openLog, p0 } from './world.ts'

const callMs = 30
const lanes = 5
const passedMs = 30_000

/** Batches in half a minute, each lane sending its next one some milliseconds after its answer. */
async function appended(turnaroundMs: (n: number) => number): Promise<number> {
  const clock = new SimClock()
  const stores = watched(memoryStores(), () => clock.sleep(callMs))
  const log = openLog(stores, clock, seeded(1), { inlineUnitsMax: 256, lingerMs: 0, soleProcess: true })
  let count = 0
  let isOver = false
  const lane = async (n: number) => {
    for (let sent = 0; !isOver; sent++) {
      await clock.sleep(turnaroundMs(n + sent))
      const result = await log.append(p0, batchOf([`${n}-${sent}`]))
      if (result.outcome === 'appended') count += 1
    }
  }
  const running = Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)))
  await clock.pass(passedMs)
  isOver = true
  await clock.run(running)
  return count
}

/** What five requests in flight over one put and one update allow. */
const bound = (passedMs / (2 * callMs)) * lanes

it('five requests in flight share updates, although they never come at the same moment', async () => {
  expect(await appended((n) => 1 + (n % 3))).toBeGreaterThan(0.85 * bound)
})

it('who is alone waits for nobody', async () => {
  const clock = new SimClock()
  const stores = watched(memoryStores(), () => clock.sleep(callMs))
  const log = openLog(stores, clock, seeded(1), { inlineUnitsMax: 256, lingerMs: 0, soleProcess: true })
  await clock.run(log.append(p0, batchOf(['first'])))
  const beforeMs = clock.now()
  await clock.run(log.append(p0, batchOf(['second'])))
  expect(clock.now() - beforeMs).toBe(2 * callMs)
})
