/** Several batches of a new producer in flight, the first of which fails. */
import { expect, test } from 'vitest'
import { missingBatchMsMax } from '../../lib/base/limits.ts'
import { Faults, type StoreCall } from '../../lib/store/adapters/memory/faults.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { batchOf, memoryStores, openLog, p0, readAll } from './world.ts'

/** The first put of bytes fails, and each takes 5 ms. */
function world() {
  const clock = new SimClock()
  const { meta, objects } = memoryStores()
  let puts = 0
  const next = ({ store, operation }: StoreCall) => {
    if (store !== 'objects' || operation !== 'put') return { kind: 'none' } as const
    return { kind: puts++ === 0 ? 'unavailable' : 'none', beforeMs: 5 } as const
  }
  const line = new Faults({ next }, clock)
  const log = openLog({ meta, objects: line.objectStore(objects) }, clock, seeded(1), { inlineUnitsMax: 0 })
  const append = (n: number) => log.append(p0, batchOf([`v${n}`], { producerId: 7, producerEpoch: 0, baseSequence: n }))
  return { clock, log, append }
}

test('what a new producer sent behind a batch that failed waits for it: the retry is no duplicate of nothing', async () => {
  const { clock, log, append } = world()
  const first = append(0)
  await clock.pass(1)
  const second = append(1)
  expect(await clock.run(first)).toMatchObject({ outcome: 'unavailable' })
  expect(await clock.run(second)).toMatchObject({ outcome: 'unavailable' })
  expect(await clock.run(append(0))).toMatchObject({ outcome: 'appended', baseOffset: 0 })
  expect(await clock.run(append(1))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
  expect(await clock.run(readAll(log))).toEqual(['v0', 'v1'])
})

test('what failed in an older epoch is not waited for', async () => {
  const { clock, log, append } = world()
  const inEpoch = (producerEpoch: number, baseSequence: number) =>
    clock.run(log.append(p0, batchOf([`e${producerEpoch}`], { producerId: 7, producerEpoch, baseSequence })))
  expect(await clock.run(append(0))).toMatchObject({ outcome: 'unavailable' })
  expect(await inEpoch(2, 4)).toMatchObject({ outcome: 'unavailable' })
  expect(await inEpoch(2, 4)).toMatchObject({ outcome: 'appended' })
  expect(await inEpoch(3, 0)).toMatchObject({ outcome: 'appended' })
  expect(await clock.run(readAll(log))).toEqual(['e2', 'e3'])
})

test('a client that never sends it again is let through once nobody retries', async () => {
  const { clock, log, append } = world()
  expect(await clock.run(append(0))).toMatchObject({ outcome: 'unavailable' })
  expect(await clock.run(append(1))).toMatchObject({ outcome: 'unavailable' })
  clock.jump(missingBatchMsMax)
  expect(await clock.run(append(1))).toMatchObject({ outcome: 'unavailable' })
  expect(await clock.run(append(1))).toMatchObject({ outcome: 'appended', baseOffset: 0 })
  expect(await clock.run(readAll(log))).toEqual(['v1'])
})
