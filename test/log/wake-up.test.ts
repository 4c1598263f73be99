import { describe, expect, it } from 'vitest'
import { seeded } from '../world/seeded.ts'
import { batchOf, memoryStores, openLog, p0, readAll } from './world.ts'

describe('a batch that arrives in the very moment in which the writer has finished', () => {
  it('is not left behind', async () => {
    // Nothing ever waits here: all that happens, happens between two turns of the event loop, in every possible order.
    const clock = { now: () => 1_790_000_000_000, sleep: () => Promise.resolve() }
    for (let delay = 0; delay < 40; delay++) {
      const log = openLog(memoryStores(), clock, seeded(1))
      await log.append(p0, batchOf(['warm']))
      const first = log.append(p0, batchOf(['first']))
      const second = (async () => {
        for (let n = 0; n < delay; n++) await undefined
        return log.append(p0, batchOf(['second']))
      })()
      let answered = 0
      for (const result of [first, second]) result.then(() => answered++)
      await new Promise((resolve) => setImmediate(resolve))
      expect(answered, `with ${delay} turns between them`).toBe(2)
      expect((await readAll(log)).toSorted()).toEqual(['first', 'second', 'warm'])
    }
  })
})
