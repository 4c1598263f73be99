/**
 * What a process remembers of a head is a hint: however old or wrong it is, the next append gets on with what the store
 * says, and an honest answer is never worse than that of a process that knows nothing.
 */
import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { headKey, partitionKey } from '../../lib/log/keys.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, indexOf, memoryStores, openLog, p0, readAll, type Stores } from './world.ts'

const hourMs = 3_600_000

function open() {
  const clock = new SimClock()
  const stores = memoryStores()
  const line = new UnreliableMeta(stores.meta)
  const log = openLog({ ...stores, meta: line }, clock, seeded(1), { appendTimeoutMs: 2_000 })
  const other = openLog(stores, clock, seeded(2))
  return { clock, stores, line, log, other }
}

/** As a consolidation leaves the pages: the intake pointers are gone from them. */
async function consolidated({ meta }: Stores) {
  const { items } = await meta.query(partitionKey(p0), { from: 'page#', to: 'page#~' })
  for (const { pk, sk } of items) await meta.update({ pk, sk }, [{ set: ['segment'], to: { value: true } }])
}

describe('a writer whose view is old', () => {
  it('looks at the head again after an hour, in which others have written and a janitor has consolidated', async () => {
    const { clock, stores, log, other } = open()
    await clock.run(log.append(p0, batchOf(['first'])))
    for (let n = 0; n < 40; n++) await clock.run(other.append(p0, batchOf([`o${n}`])))
    await consolidated(stores)
    clock.jump(hourMs)
    expect(await clock.run(log.append(p0, batchOf(['second'])))).toMatchObject({ outcome: 'appended', baseOffset: 41 })
  })

  it('is told what is unknown once, and gets on with the head that said so', async () => {
    const { clock, stores, log, other } = open()
    await clock.run(log.append(p0, batchOf(['first'])))
    for (let n = 0; n < 40; n++) await clock.run(other.append(p0, batchOf([`o${n}`])))
    await consolidated(stores)
    expect((await clock.run(log.append(p0, batchOf(['second'])))).outcome).toBe('unknown')
    expect(await clock.run(log.append(p0, batchOf(['third'])))).toMatchObject({ outcome: 'appended', baseOffset: 41 })
  })
})

describe('a partition that was never written to', () => {
  it.each(['high-watermark', offset(0)] as const)(
    'is written to after its records were deleted (%s)',
    async (before) => {
      const { clock, stores, log } = open()
      expect(await clock.run(log.deleteRecords(p0, before))).toEqual({ outcome: 'deleted', logStartOffset: 0 })
      expect(await clock.run(log.append(p0, batchOf(['first'])))).toMatchObject({ outcome: 'appended', baseOffset: 0 })
      expect(await clock.run(readAll(openLog(stores, clock, seeded(3))))).toEqual(['first'])
    },
  )
})

describe('a floor that is ahead of the clock', () => {
  it('costs no second put: names are chosen behind it', async () => {
    const { clock, stores, line, log } = open()
    await clock.run(log.append(p0, batchOf(['first'])))
    await stores.meta.update(headKey(p0), [{ set: ['f'], to: { value: clock.now() + hourMs } }])
    await clock.run(log.append(p0, batchOf(['second'])))
    line.reset()
    for (let n = 0; n < 3; n++) await clock.run(log.append(p0, batchOf([`n${n}`])))
    expect(line.calls).toEqual(['put', 'update', 'put', 'update', 'put', 'update'])
    await indexOf(stores.meta)
  })
})

describe('two flushes of one name', () => {
  it.each([{ inlineUnitsMax: 8 }, { inlineUnitsMax: 0 }])(
    'never share their bytes: the later one is refused (%o)',
    async (options) => {
      const clock = new SimClock()
      const stores = memoryStores()
      // The same moment, and the same chance of one in 2^40.
      const one = openLog(stores, clock, seeded(1), options)
      const another = openLog(stores, clock, seeded(1), options)
      const base = await clock.run(openLog(stores, clock, seeded(2)).append(p0, batchOf(['zero'])))
      expect(base.outcome).toBe('appended')
      expect((await clock.run(one.append(p0, batchOf(['one'])))).outcome).toBe('appended')
      expect((await clock.run(another.append(p0, batchOf(['two'])))).outcome).toBe('unavailable')
      expect(await clock.run(readAll(openLog(stores, clock, seeded(3))))).toEqual(['zero', 'one'])
    },
  )
})
