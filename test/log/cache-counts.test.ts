/** How often readers find their bytes in memory. */
import { expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { batchOf, memoryStores, openLog, p0 } from './world.ts'

/** Objects only, and each call of a store takes 5 ms. */
async function world(batches: number) {
  const clock = new SimClock()
  const stores = memoryStores()
  const line = new Faults({ next: () => ({ kind: 'none', beforeMs: 5 }) }, clock)
  const slow = { meta: line.metaStore(stores.meta), objects: line.objectStore(stores.objects) }
  const open = (options = {}) => openLog(slow, clock, seeded(1), { inlineUnitsMax: 0, ...options })
  const writer = open()
  const bytes = batchOf(['v']).length
  for (let n = 0; n < batches; n++) await clock.run(writer.append(p0, batchOf(['v'])))
  return { clock, open, writer, bytes }
}

test('what a process has appended is a hit there and a miss elsewhere, once', async () => {
  const { clock, open, writer, bytes } = await world(1)
  const reader = open()
  const read = (log: typeof reader) => clock.run(log.read(p0, offset(0), { maxBytes: 1 }))
  await read(writer)
  expect(writer.cache.lookups).toEqual({ hit: 1, joined: 0, miss: 0 })
  await read(reader)
  await read(reader)
  expect(reader.cache.lookups).toEqual({ hit: 1, joined: 0, miss: 1 })
  expect(reader.cache.bytes).toEqual({ hit: bytes, joined: 0, miss: bytes })
  expect(reader.cache.heldBytes).toBeGreaterThanOrEqual(bytes)
  expect(reader.cache.limitBytes).toBeGreaterThan(bytes)
})

test('two who want the same at once: one misses, the other joins', async () => {
  const { clock, open } = await world(1)
  const reader = open()
  const both = [0, 1].map(() => reader.read(p0, offset(0), { maxBytes: 1 }))
  await clock.run(Promise.all(both))
  expect(reader.cache.lookups).toEqual({ hit: 0, joined: 1, miss: 1 })
})

test('what is fetched ahead of a reader is not counted, but found by it', async () => {
  const { clock, open } = await world(3)
  const reader = open()
  for (let at = 0; at < 3; at++) {
    await clock.run(reader.read(p0, offset(at), { maxBytes: 1 }))
    await clock.pass(100)
  }
  expect(reader.cache.lookups).toEqual({ hit: 1, joined: 0, miss: 2 })
})
