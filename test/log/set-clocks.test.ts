/** Clocks decide liveness only, and not even that for long: one that is set back by hours keeps nobody waiting for hours. */
import { expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { Watch } from '../../lib/log/watch.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { SkewedClock } from '../world/skewed-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, openLog, p0 } from './world.ts'

const hourMs = 3_600_000

it.each([{ polls: true }, { polls: false }])(
  'a wait ends in its time when the clock is set back ($polls)',
  async ({ polls }) => {
    const time = new SimClock()
    const clock = new SkewedClock(time)
    const watch = new Watch({ meta: memoryStores().meta, clock, hints: new HeadHints({ clock }), polls })
    const begunMs = time.now()
    const waiting = watch.awaitBeyond(p0, offset(0), 500)
    clock.skewMs = -hourMs
    expect(await time.run(waiting)).toBe(false)
    expect(time.now() - begunMs).toBeLessThanOrEqual(1_000)
  },
)

it('an append to a store that never answers is decided within minutes when the clock is set back', async () => {
  const time = new SimClock()
  const clock = new SkewedClock(time)
  const stores = memoryStores()
  const meta = new UnreliableMeta(stores.meta)
  const log = openLog({ ...stores, meta }, clock, seeded(1), { appendTimeoutMs: 2_000 })
  await time.run(log.append(p0, batchOf(['first'])))
  meta.reset((_write, call) => {
    clock.skewMs = -24 * hourMs
    return call === 'update' ? 'lost' : 'done'
  })
  const begunMs = time.now()
  expect((await time.run(log.append(p0, batchOf(['second'])))).outcome).toBe('unknown')
  expect(time.now() - begunMs).toBeLessThan(120_000)
})

it('an append whose time ends before its bytes are sent is refused then, and never sent', async () => {
  const clock = new SimClock()
  const objects = new MemoryObjectStore()
  let puts = 0
  objects.put = async () => {
    puts++
    await clock.sleep(30_000)
    throw new StoreUnavailable('a put')
  }
  const options = { inlineUnitsMax: 0, flushesInFlightMax: 1, flushBytesMax: 1, appendTimeoutMs: 20_000 }
  const log = openLog({ ...memoryStores(), objects }, clock, seeded(1), options)
  const begunMs = clock.now()
  const results = await clock.run(Promise.all(Array.from({ length: 20 }, () => log.append(p0, batchOf(['x'])))))
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['unavailable']))
  expect(clock.now() - begunMs).toBe(30_000)
  expect(puts).toBe(1)
})
