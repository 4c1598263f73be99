/** Consolidation: what lay scattered lies side by side, and nobody who reads, or comes second, or dies, sees a hole. */
import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { PointerBytes } from '../../lib/log/bytes.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { consolidate } from '../../lib/log/consolidate.ts'
import { readFooter } from '../../lib/log/footer-read.ts'
import { intakeObjectKey, pageKey, segmentsPrefix } from '../../lib/log/keys.ts'
import { BytesLost } from '../../lib/log/loss.ts'
import { parsePage } from '../../lib/log/page.ts'
import { pagesBetween } from '../../lib/log/page-scan.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { crashEverywhere, newWorld, readFresh, recordsFrom, type World } from './crash-everywhere.ts'
import { counted, watched } from './watched-stores.ts'
import { p0, type Stores } from './world.ts'

const eager = { bytesMin: 1, ageMsMin: 0 }

function run(world: World, stores: Stores = world.stores, options = eager) {
  const bytes = new PointerBytes({ ...stores, cache: new BytesCache() })
  return consolidate({ ...stores, bytes, clock: world.clock, entropy: world.entropy }, p0, options)
}

async function filled(): Promise<World> {
  const world = newWorld()
  await world.laid.fill(11)
  await world.laid.append([['inline']], { inline: true })
  await world.laid.fold(1)
  return world
}

async function pagesOf({ stores, laid }: World) {
  const pages = []
  for await (const page of pagesBetween(stores.meta, p0, offset(0), laid.end, { strong: true })) pages.push(page)
  return pages
}

const isAsBefore = async (world: World) => expect(await readFresh(world)).toEqual(recordsFrom(world, 0))

describe('consolidation', () => {
  it('points every page below the tail into one segment, whose footer names the pages', async () => {
    const world = await filled()
    const before = await pagesOf(world)
    expect(await run(world)).toMatchObject({ outcome: 'consolidated', pages: before.length })
    const after = await pagesOf(world)
    expect(after.map(({ base, end, segment, rev }) => ({ base, end, segment, rev }))).toEqual(
      before.map(({ base, end }) => ({ base, end, segment: true, rev: 2 })),
    )
    const { objects } = await world.stores.objects.list(segmentsPrefix)
    expect(objects).toHaveLength(1)
    const footer = await readFooter(world.stores.objects, objects[0]?.key ?? '')
    expect(footer?.map(({ seenNext }) => seenNext)).toEqual(before.map(({ base }) => base))
    await isAsBefore(world)
    // Small neighbours within a page have become one entry.
    expect(after.map(({ entries }) => entries.length)).toEqual(before.map(() => 1))
  })

  it('reads a segment through as one get', async () => {
    const world = await filled()
    await run(world)
    const counting = counted(world.stores)
    await readFresh({ ...world, stores: counting })
    expect(counting.calls.filter((call) => call === 'objects.get')).toHaveLength(1)
  })

  it('waits for enough bytes, or for age', async () => {
    const world = await filled()
    const patient = { bytesMin: 1_000_000, ageMsMin: 60_000 }
    expect(await run(world, world.stores, patient)).toEqual({ outcome: 'nothing' })
    world.clock.jump(60_000)
    expect(await run(world, world.stores, patient)).toMatchObject({ outcome: 'consolidated' })
    expect(await run(world)).toEqual({ outcome: 'nothing' })
  })

  it('goes on behind what is done, segment by segment, and costs two reads when nothing is new', async () => {
    const world = await filled()
    const { length } = await pagesOf(world)
    const outcomes = []
    for (let n = 0; n < length + 1; n++)
      outcomes.push((await run(world, world.stores, { ...eager, bytesMax: 1 } as typeof eager)).outcome)
    expect(outcomes).toEqual([...Array(length).fill('consolidated'), 'nothing'])
    await isAsBefore(world)
    const counting = counted(world.stores)
    await run(world, counting)
    expect(counting.calls).toEqual(['meta.get', 'meta.get'])
  })

  it('begins with the page that the log start lies in', async () => {
    const world = await filled()
    await world.laid.change({ s: 3 })
    await run(world)
    expect(await readFresh(world)).toEqual(recordsFrom(world, 3))
    expect((await pagesOf(world)).every(({ segment }) => segment)).toBe(true)
  })

  it('leaves deleted topics and empty partitions alone', async () => {
    expect(await run(newWorld())).toEqual({ outcome: 'nothing' })
    const world = await filled()
    await world.laid.change({ e: -1 })
    expect(await run(world)).toEqual({ outcome: 'nothing' })
  })

  it('that dies at any call changes nothing that a reader sees, and the next one finishes', async () => {
    const deaths = await crashEverywhere(
      filled,
      (world, stores) => run(world, stores),
      isAsBefore,
      async (world) => expect((await pagesOf(world)).every(({ segment }) => segment)).toBe(true),
    )
    expect(deaths).toBeGreaterThan(8)
  })

  it('twice at once, interleaved at any call, is one of them', async () => {
    for (let at = 1; at < 16; at++) {
      const world = await filled()
      let calls = 0
      let second: Promise<unknown> | undefined
      const first = run(
        world,
        watched(world.stores, async () => {
          if (++calls !== at) return
          second = run(world)
          await second
        }),
      )
      expect(['consolidated', 'moved', 'nothing']).toContain((await first).outcome)
      await second
      await run(world)
      await isAsBefore(world)
      expect((await pagesOf(world)).every(({ segment }) => segment)).toBe(true)
    }
  })

  it('never hides a record from a reader that reads between any two of its calls', async () => {
    const world = await filled()
    const patient = new LogReader({ ...world.stores, clock: world.clock })
    const stores = watched(world.stores, async () => {
      await isAsBefore(world)
      for (const { offset: at } of world.laid.records) {
        expect(await patient.read(p0, offset(at), { maxBytes: 1 })).toMatchObject({ outcome: 'read' })
      }
    })
    expect(await run(world, stores)).toMatchObject({ outcome: 'consolidated' })
  })

  it('does not bring back a page that retention has deleted meanwhile', async () => {
    const world = await filled()
    const first = pageKey(p0, offset(0))
    const stores = watched(world.stores, async ({ method, args }) => {
      if (method !== 'compose') return
      void args
      await world.laid.change({ s: 8 })
      await world.stores.meta.delete(first)
    })
    expect(await run(world, stores)).toEqual({ outcome: 'moved' })
    expect(await world.stores.meta.get(first)).toBeUndefined()
    expect(await readFresh(world)).toEqual(recordsFrom(world, 8))
  })

  it('is refused when the segment may have been swept while it slept', async () => {
    const world = await filled()
    const key = pageKey(p0, offset(0))
    const stores = watched(world.stores, async ({ method, args }) => {
      if (method !== 'update' || (args[0] as { sk: string }).sk !== key.sk) return
      const page = await world.stores.meta.get(key)
      if (page?.rev === 1) await world.stores.meta.put({ ...page, rev: 2 })
    })
    expect(await run(world, stores)).toEqual({ outcome: 'moved' })
    expect((await pagesOf(world))[0]?.segment).toBe(false)
    await isAsBefore(world)
  })

  it('says a loss loudly, and writes no segment over it', async () => {
    const world = await filled()
    const page = await world.stores.meta.get(pageKey(p0, offset(0)))
    const pointer = page && parsePage(page).entries[0]?.pointer
    await world.stores.objects.delete([intakeObjectKey(pointer?.name ?? '')])
    await expect(run(world)).rejects.toThrow(BytesLost)
    expect((await world.stores.objects.list(segmentsPrefix)).objects).toEqual([])
  })
})
