/** Retention by time and size, and records deleted on demand: the start only rises, and pages follow it. */
import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { PointerBytes } from '../../lib/log/bytes.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { consolidate } from '../../lib/log/consolidate.ts'
import { partitionKey } from '../../lib/log/keys.ts'
import { newPage, parsePage } from '../../lib/log/page.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { applyRetention, type RetentionConfig } from '../../lib/log/retention.ts'
import { OutcomeUnknown } from '../../lib/store/errors.ts'
import { crashEverywhere, newWorld, readFresh, recordsFrom, type World } from './crash-everywhere.ts'
import { watched } from './watched-stores.ts'
import { p0, type Stores } from './world.ts'

const forEver: RetentionConfig = { deletes: true, retentionMs: -1, retentionBytes: -1 }

const run = (world: World, config: Partial<RetentionConfig>, stores: Stores = world.stores) =>
  applyRetention({ meta: stores.meta, clock: world.clock }, p0, { ...forEver, ...config })

const startOf = async ({ laid }: World) => (await laid.head()).logStart

async function pagesOf({ stores }: World) {
  const { items } = await stores.meta.query(partitionKey(p0), { from: 'page#', to: 'page#~' })
  return items.map(parsePage)
}

/** Pages [0,8) [8,16) [16,24), a tail of [24,26) [26,28); a minute between two flushes. */
async function filled(): Promise<World> {
  const world = newWorld()
  for (let flush = 0; flush < 14; flush++) {
    await world.laid.append([[`r${20 + 2 * flush}`, `r${21 + 2 * flush}`]])
    world.clock.jump(60_000)
    if (flush % 4 === 3) await world.laid.fold()
  }
  return world
}

describe('retention', () => {
  it('by time deletes the pages whose largest timestamp is too old, and no younger one', async () => {
    const world = await filled()
    // The records of [8, 16) are 10 to 7 minutes old.
    expect(await run(world, { retentionMs: 7 * 60_000 })).toEqual({ raised: true, pagesDeleted: 1 })
    expect(await startOf(world)).toBe(8)
    expect(await run(world, { retentionMs: 7 * 60_000 - 1 })).toEqual({ raised: true, pagesDeleted: 1 })
    expect(await startOf(world)).toBe(16)
    expect((await pagesOf(world)).map(({ base }) => base)).toEqual([16])
    expect(await readFresh(world)).toEqual(recordsFrom(world, 16))
  })

  it('by time goes on into the tail, pointer by pointer, to an empty log', async () => {
    const world = await filled()
    await run(world, { retentionMs: 90_000 })
    expect(await startOf(world)).toBe(26)
    await run(world, { retentionMs: 0 })
    expect(await startOf(world)).toBe(28)
    expect(await pagesOf(world)).toEqual([])
    await world.laid.append([['next']])
    expect(await readFresh(world)).toEqual(recordsFrom(world, 28))
  })

  it('stops at a record that claims to be young, whatever comes behind it', async () => {
    const world = newWorld()
    await world.laid.append([[{ value: 'young', timestamp: world.clock.now() + 1e9 }]])
    await world.laid.append([[{ value: 'old', timestamp: 1 }]])
    await world.laid.fold()
    await world.laid.append([[{ value: 'old', timestamp: 1 }]])
    expect(await run(world, { retentionMs: 0 })).toEqual({ raised: false, pagesDeleted: 0 })
  })

  it('takes the age of the bytes for records without a timestamp', async () => {
    const world = newWorld()
    await world.laid.append([[{ value: 'a', timestamp: -1 }]])
    world.clock.jump(1_000)
    expect((await run(world, { retentionMs: 1_000 })).raised).toBe(false)
    expect((await run(world, { retentionMs: 999 })).raised).toBe(true)
  })

  it('by size keeps at least what it is told to, in whole pages', async () => {
    const world = await filled()
    const bytes = (await pagesOf(world))[0]?.entries.reduce((sum, { pointer }) => sum + pointer.length, 0) ?? 0
    const all = (bytes / 4) * 14
    expect((await run(world, { retentionBytes: all })).raised).toBe(false)
    expect((await run(world, { retentionBytes: all - bytes + 1 })).raised).toBe(false)
    expect(await run(world, { retentionBytes: all - bytes })).toEqual({ raised: true, pagesDeleted: 1 })
    await run(world, { retentionBytes: 0 })
    expect(await startOf(world)).toBe(28)
  })

  it('by size takes no more for a page that becomes a segment meanwhile, without what lay below the start', async () => {
    const world = await filled()
    const [first] = await pagesOf(world)
    const bytes = first?.entries.reduce((sum, { pointer }) => sum + pointer.length, 0) ?? 0
    await new LogReader({ ...world.stores, clock: world.clock }).deleteRecords(p0, offset(6))
    let queries = 0
    const stores = watched(world.stores, async ({ method }) => {
      if (method !== 'query' || ++queries !== 2) return
      const { clock, entropy } = world
      const parts = { ...world.stores, clock, entropy }
      const cache = new BytesCache({ bytesMax: 0 })
      await consolidate({ ...parts, bytes: new PointerBytes({ ...parts, cache }) }, p0, { bytesMin: 1, ageMsMin: 0 })
    })
    // Of fourteen batches nine stay at least: one page of four may go.
    await run(world, { retentionBytes: (bytes * 9) / 4 }, stores)
    expect(queries).toBeGreaterThan(1)
    expect(await startOf(world)).toBe(8)
    expect(await readFresh(world)).toEqual(recordsFrom(world, 8))
  })

  it('without a cleanup policy of delete only tidies what was deleted on demand', async () => {
    const world = await filled()
    const nothing = { deletes: false, retentionMs: 0, retentionBytes: 0 }
    expect(await run(world, nothing)).toEqual({ raised: false, pagesDeleted: 0 })
    const reader = new LogReader({ ...world.stores, clock: world.clock })
    await reader.deleteRecords(p0, offset(17))
    expect(await run(world, nothing)).toEqual({ raised: false, pagesDeleted: 2 })
    expect(await readFresh(world)).toEqual(recordsFrom(world, 17))
  })

  it('deletes a page that a late put has brought back, in every later round', async () => {
    const world = await filled()
    const [first] = await pagesOf(world)
    await run(world, { retentionMs: 7 * 60_000 })
    const entries = first?.entries ?? []
    await world.stores.meta.put(newPage(p0, offset(0), entries.slice(0, 2)), [{ path: ['pk'], is: 'absent' }])
    expect(await readFresh(world)).toEqual(recordsFrom(world, 8))
    expect(await run(world, { retentionMs: 7 * 60_000 })).toEqual({ raised: false, pagesDeleted: 1 })
    expect((await pagesOf(world)).map(({ base }) => base)).toEqual([8, 16])
  })

  it('that dies at any call leaves a log that reads from its start, and the next one finishes', async () => {
    const deaths = await crashEverywhere(
      filled,
      (world, stores) => run(world, { retentionMs: 7 * 60_000 - 1 }, stores),
      async (world) => expect(await readFresh(world)).toEqual(recordsFrom(world, await startOf(world))),
      async (world) => {
        expect(await startOf(world)).toBe(16)
        expect((await pagesOf(world)).map(({ base }) => base)).toEqual([16])
      },
    )
    expect(deaths).toBeGreaterThan(4)
  })

  it('leaves deleted topics and partitions that were never written to alone', async () => {
    expect(await run(newWorld(), { retentionMs: 0 })).toEqual({ raised: false, pagesDeleted: 0 })
    const world = await filled()
    await world.laid.change({ e: -1 })
    expect(await run(world, { retentionMs: 0 })).toEqual({ raised: false, pagesDeleted: 0 })
  })
})

describe('deleting records', () => {
  async function open() {
    const world = await filled()
    return { world, reader: new LogReader({ ...world.stores, clock: world.clock }) }
  }

  it('raises the start to the offset, never lowers it, and is out of range past the end', async () => {
    const { world, reader } = await open()
    expect(await reader.deleteRecords(p0, offset(5))).toEqual({ outcome: 'deleted', logStartOffset: 5 })
    expect(await reader.deleteRecords(p0, offset(3))).toEqual({ outcome: 'deleted', logStartOffset: 5 })
    expect(await reader.deleteRecords(p0, offset(29))).toEqual({
      outcome: 'offset-out-of-range',
      logStartOffset: 5,
      highWatermark: 28,
    })
    expect(await readFresh(world)).toEqual(recordsFrom(world, 5))
    expect(await reader.read(p0, offset(4), { maxBytes: 1 })).toMatchObject({ outcome: 'offset-out-of-range' })
    expect(await reader.deleteRecords(p0, 'high-watermark')).toEqual({ outcome: 'deleted', logStartOffset: 28 })
    expect(await reader.listOffsets(p0, 'earliest')).toMatchObject({ offset: 28 })
  })

  it('of a partition that was never written to is done at 0', async () => {
    const world = newWorld()
    const reader = new LogReader({ ...world.stores, clock: world.clock })
    expect(await reader.deleteRecords(p0, 'high-watermark')).toEqual({ outcome: 'deleted', logStartOffset: 0 })
    expect(await reader.deleteRecords(p0, offset(1))).toMatchObject({ outcome: 'offset-out-of-range' })
    expect(await world.laid.item()).toBeUndefined()
  })

  it('is safe to send twice, and gives way to a higher start and a new leader', async () => {
    const { world } = await open()
    let tries = 0
    const stores = watched(world.stores, async ({ method, args }) => {
      if (method !== 'update') return
      tries++
      if (tries === 1) await world.laid.change({ e: 1 })
      if (tries === 2) {
        await world.stores.meta.update(...(args as Parameters<Stores['meta']['update']>))
        throw new OutcomeUnknown('update')
      }
      if (tries === 3) await world.laid.change({ s: 9 })
    })
    const reader = new LogReader({ ...stores, clock: world.clock })
    expect(await reader.deleteRecords(p0, offset(5))).toEqual({ outcome: 'deleted', logStartOffset: 9 })
    expect(tries).toBe(3)
  })
})
