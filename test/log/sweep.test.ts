/** The sweep: what no index names goes, what one names stays, and a frozen writer is refused rather than believed. */
import { describe, expect, it } from 'vitest'
import { offset, producerId, topicId } from '../../lib/base/ids.ts'
import { PointerBytes } from '../../lib/log/bytes.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { consolidate } from '../../lib/log/consolidate.ts'
import { deleteFencedHead, emptyPartition, fencePartition } from '../../lib/log/delete-topic.ts'
import { expireProducers } from '../../lib/log/expire-producers.ts'
import { encodeFooter } from '../../lib/log/footer.ts'
import { aboveFloor, epochIs, headAbsent } from '../../lib/log/guards.ts'
import { newHead } from '../../lib/log/head.ts'
import { headKey, intakeObjectKey, pageKey, partitionKey } from '../../lib/log/keys.ts'
import { OwnObjects } from '../../lib/log/own-objects.ts'
import { nameTime, type Pointer, pointerKey } from '../../lib/log/pointer.ts'
import { newProducerItem } from '../../lib/log/producer-item.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { sweepInline, sweepIntake } from '../../lib/log/sweep.ts'
import { sweepSegments } from '../../lib/log/sweep-segments.ts'
import { crashEverywhere, newWorld, readFresh, recordsFrom, type World } from './crash-everywhere.ts'
import { LaidLog } from './laid-log.ts'
import { watched } from './watched-stores.ts'
import { p0, partitionOf, type Stores } from './world.ts'

const living = { topicExists: async () => true }

const intake = (world: World, stores: Stores = world.stores, parts = living) =>
  sweepIntake({ ...stores, clock: world.clock, ...parts }, { timeMs: world.clock.now() })
const inline = (world: World, stores: Stores = world.stores) =>
  sweepInline({ ...stores, clock: world.clock, ...living }, p0, { timeMs: world.clock.now() })
const segments = (world: World, stores: Stores = world.stores) =>
  sweepSegments({ ...stores, clock: world.clock }, { timeMs: world.clock.now() })
const consolidated = (world: World, stores: Stores = world.stores) => {
  const bytes = new PointerBytes({ ...stores, cache: new BytesCache() })
  return consolidate({ ...stores, bytes, clock: world.clock, entropy: world.entropy }, p0, { bytesMin: 1, ageMsMin: 0 })
}

/** What a writer that froze after its put does when it wakes: it makes a head if there is none, and appends one pointer. */
async function lateAppend({ stores }: World, pointer: Pointer) {
  await stores.meta.put(newHead(p0), [headAbsent])
  return stores.meta.update(
    headKey(p0),
    [
      { set: ['q', pointerKey(pointer)], to: { path: ['n'] } },
      { set: ['n'], to: { path: ['n'], plus: 1 } },
    ],
    [epochIs(0 as Parameters<typeof epochIs>[0]), aboveFloor(nameTime(pointer.name))],
  )
}

async function filled(): Promise<World> {
  const world = newWorld()
  await world.laid.append([['i']], { inline: true })
  await world.laid.fill(10)
  await world.laid.append([['j']], { inline: true })
  return world
}

const keysOf = async ({ stores }: World, prefix = '') =>
  (await stores.objects.list(prefix)).objects.map(({ key }) => key)
const inlineOf = async ({ stores }: World) =>
  (await stores.meta.query(partitionKey(p0), { from: 'inline#', to: 'inline#~' })).items.map(({ sk }) => sk)
const reads = async (world: World) => {
  const { logStart } = await world.laid.head()
  expect(await readFresh(world)).toEqual(recordsFrom(world, logStart))
}

describe('the sweep of intake', () => {
  it('deletes what no index names and keeps what pages and tails name', async () => {
    const world = await filled()
    const orphan = await world.laid.bytesOnly([['never appended']])
    const orphanItem = await world.laid.bytesOnly([['never appended']], { inline: true })
    const { length } = await keysOf(world)
    expect(await intake(world)).toMatchObject({ deleted: 1 })
    expect(await inline(world)).toEqual({ deleted: 1 })
    expect(await keysOf(world)).toHaveLength(length - 1)
    expect(await keysOf(world)).not.toContain(intakeObjectKey(orphan.name))
    expect(await inlineOf(world)).not.toContain(`inline#${orphanItem.name}`)
    await reads(world)
    expect(await intake(world)).toMatchObject({ deleted: 0 })
  })

  it('leaves alone what is younger than it is told to take', async () => {
    const world = await filled()
    const orphan = await world.laid.bytesOnly([['just put']])
    const timeMs = nameTime(orphan.name) - 1
    expect(await sweepIntake({ ...world.stores, clock: world.clock, ...living }, { timeMs })).toEqual({
      deleted: 0,
      unreadable: [],
    })
    expect(await keysOf(world)).toContain(intakeObjectKey(orphan.name))
  })

  it('deletes what consolidation has replaced, and what lies wholly below the log start', async () => {
    const world = await filled()
    const before = (await keysOf(world)).length
    await consolidated(world)
    const { deleted } = await intake(world)
    expect(deleted).toBeGreaterThan(5)
    expect(await inline(world)).toEqual({ deleted: 1 })
    await reads(world)
    // What is left is named by the tail; trimmed, it goes as well.
    await world.laid.change({ s: world.laid.end })
    expect((await intake(world)).deleted).toBe(before - deleted)
    expect(await inline(world)).toEqual({ deleted: 1 })
  })

  it('keeps an object that lies half below the log start', async () => {
    const world = newWorld()
    const pointer = await world.laid.append([['a', 'b']])
    await world.laid.change({ s: 1 })
    expect(await intake(world)).toMatchObject({ deleted: 0 })
    expect(await keysOf(world)).toEqual([intakeObjectKey(pointer.name)])
  })

  it('refuses the update of a writer that slept since before it', async () => {
    const world = await filled()
    const pointer = await world.laid.bytesOnly([['slept']])
    await intake(world)
    expect(await lateAppend(world, pointer)).toHaveProperty('refused')
    await reads(world)
  })

  it('finds the pointer of an update that lands between any two of its calls', async () => {
    for (let at = 1; ; at++) {
      const world = await filled()
      const pointer = await world.laid.bytesOnly([['slept']])
      let calls = 0
      let landed: boolean | undefined
      await intake(
        world,
        watched(world.stores, async () => {
          if (++calls === at) landed = 'done' in (await lateAppend(world, pointer))
        }),
      )
      if (landed === undefined) break
      const there = (await keysOf(world)).includes(intakeObjectKey(pointer.name))
      expect(there).toBe(landed)
      expect(await readFresh(world)).toHaveLength(world.laid.records.length + (landed ? 1 : 0))
    }
  })

  it('makes a head with its floor where nobody has ever appended, so that a late writer cannot make one without', async () => {
    const world = newWorld()
    const pointer = await world.laid.bytesOnly([['slept']])
    expect(await intake(world)).toMatchObject({ deleted: 1 })
    expect(await lateAppend(world, pointer)).toHaveProperty('refused')
    expect(await readFresh(world)).toEqual([])
  })

  it('leaves no head behind for a topic that is gone', async () => {
    const world = newWorld()
    await world.laid.bytesOnly([['slept']])
    expect(await intake(world, world.stores, { topicExists: async () => false })).toMatchObject({ deleted: 1 })
    expect(await world.laid.item()).toBeUndefined()
  })

  it('keeps an object as long as one of its partitions names it', async () => {
    const world = newWorld()
    const other = new LaidLog(world.stores, world.clock, partitionOf(1), 8)
    const pointer = await world.laid.append([['mine']])
    await other.append([['of another flush']])
    const bytes = await world.stores.objects.get(intakeObjectKey(pointer.name), {
      range: { start: 0, end: pointer.length },
    })
    const footer = encodeFooter([
      { ...partitionOf(1), seenNext: offset(0) },
      { ...p0, seenNext: offset(0) },
    ])
    await world.stores.objects.put(intakeObjectKey(pointer.name), [bytes ?? new Uint8Array(), footer])
    expect(await intake(world)).toMatchObject({ deleted: 0 })
    await world.laid.change({ s: 1 })
    expect(await intake(world)).toMatchObject({ deleted: 1 })
  })

  it('never deletes what it cannot read, and says so', async () => {
    const world = newWorld()
    const name = '00000000000100000000aa'
    await world.stores.objects.put(intakeObjectKey(name), [Buffer.from('no footer')])
    await world.stores.objects.put(intakeObjectKey('00notes.txt'), [Buffer.from('a stray file')])
    expect(await intake(world)).toEqual({
      deleted: 0,
      unreadable: [intakeObjectKey(name), intakeObjectKey('00notes.txt')],
    })
  })

  it('goes through many objects in bounded steps', async () => {
    const world = newWorld()
    for (let n = 0; n < 7; n++) await world.laid.bytesOnly([[`${n}`]])
    let after: string | undefined
    let steps = 0
    do {
      const parts = { ...world.stores, clock: world.clock, ...living }
      after = (await sweepIntake(parts, { timeMs: world.clock.now(), after, limit: 3 })).next
      steps++
    } while (after !== undefined)
    expect(steps).toBe(3)
    expect(await keysOf(world)).toEqual([])
  })

  it('that dies at any call has deleted nothing that is read, and the next one finishes', async () => {
    const prepare = async () => {
      const world = await filled()
      await world.laid.bytesOnly([['orphan']])
      await world.laid.bytesOnly([['orphan']], { inline: true })
      await consolidated(world)
      return world
    }
    await crashEverywhere(
      prepare,
      async (world, stores) => {
        await intake(world, stores)
        await inline(world, stores)
        await segments(world, stores)
      },
      reads,
      async (world) => {
        expect(await keysOf(world, 'intake/')).toHaveLength(Object.keys((await world.laid.head()).tail).length - 1)
        expect(await inlineOf(world)).toHaveLength(1)
        expect(await keysOf(world, 'segments/')).toHaveLength(1)
      },
    )
  })
})

describe('the sweep of segments', () => {
  it('keeps what a page names, deletes what none does', async () => {
    const world = await filled()
    await consolidated(world)
    expect(await segments(world)).toEqual({ deleted: 0, unreadable: [] })
    await reads(world)
    await world.laid.change({ s: world.laid.end })
    expect(await segments(world)).toMatchObject({ deleted: 1 })
  })

  it('refuses the late update of a consolidation whose segment it deletes', async () => {
    const world = await filled()
    const stores = watched(world.stores, async ({ method, args }) => {
      if (method === 'update' && (args[0] as { sk: string }).sk.startsWith('page#')) {
        expect(await segments(world)).toMatchObject({ deleted: 1 })
      }
    })
    expect(await consolidated(world, stores)).toEqual({ outcome: 'moved' })
    await reads(world)
    expect(await consolidated(world)).toMatchObject({ outcome: 'consolidated' })
    await reads(world)
  })

  it('and a consolidation, with their calls in any order, never lose a byte', async () => {
    for (let at = 1; ; at++) {
      const world = await filled()
      let calls = 0
      let swept = false
      await consolidated(
        world,
        watched(world.stores, async () => {
          if (++calls !== at) return
          swept = true
          await segments(world)
          await intake(world)
          await inline(world)
        }),
      )
      await reads(world)
      await intake(world)
      await inline(world)
      await segments(world)
      await reads(world)
      if (!swept) break
    }
  })
})

describe('a reader beside consolidation and sweep', () => {
  it('never sees a hole, wherever it was when they went by', async () => {
    for (let at = 1; ; at++) {
      const world = await filled()
      let calls = 0
      let passed = false
      const stores = watched(world.stores, async () => {
        if (++calls !== at) return
        passed = true
        await consolidated(world)
        await intake(world)
        await inline(world)
      })
      await readFresh({ ...world, stores })
      expect(await readFresh({ ...world, stores }, 150)).toEqual(recordsFrom(world, 0))
      if (!passed) break
    }
  })

  it('that remembers old pages and heads finds the new ones', async () => {
    const world = await filled()
    const reader = new LogReader({ ...world.stores, clock: world.clock, cache: new BytesCache({ bytesMax: 0 }) })
    await reader.read(p0, offset(0), { maxBytes: 1_000_000 })
    await consolidated(world)
    await intake(world)
    await inline(world)
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({ outcome: 'read', nextOffset: 1 })
  })
})

describe('deleting a partition', () => {
  const parts = (world: World, stores: Stores = world.stores) => ({ ...stores, clock: world.clock })
  const own = (world: World, stores: Stores = world.stores) => new OwnObjects(stores.objects, p0.topicId, 1)

  it('refuses writers and readers first, then deletes everything but the head, and the head last', async () => {
    const world = await filled()
    await consolidated(world)
    await fencePartition(parts(world), p0)
    const reader = new LogReader(parts(world))
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toEqual({ outcome: 'unknown-partition' })
    expect(await lateAppend(world, await world.laid.bytesOnly([['late']]))).toHaveProperty('refused')
    expect(await emptyPartition(parts(world), p0, own(world))).toBe(true)
    expect((await world.stores.meta.query(partitionKey(p0))).items.map(({ sk }) => sk)).toEqual(['head'])
    await intake(world)
    expect(await keysOf(world)).toEqual([])
    await deleteFencedHead(parts(world), p0)
    expect((await world.stores.meta.query(partitionKey(p0))).items).toEqual([])
  })

  it('fences a partition without a head as well, so that nobody makes one', async () => {
    const world = newWorld()
    await fencePartition(parts(world), p0)
    await fencePartition(parts(world), p0)
    expect(await world.laid.head()).toMatchObject({ epoch: -1, next: 0, tail: {} })
  })

  it('never deletes a head that is not fenced', async () => {
    const world = await filled()
    await deleteFencedHead(parts(world), p0)
    await reads(world)
  })

  it('can die at any call and be taken up again', async () => {
    await crashEverywhere(
      filled,
      async (world, stores) => {
        await fencePartition(parts(world, stores), p0)
        await emptyPartition(parts(world, stores), p0, own(world, stores))
        await deleteFencedHead(parts(world, stores), p0)
      },
      async () => undefined,
      async (world) => {
        expect((await world.stores.meta.query(partitionKey(p0))).items).toEqual([])
        expect(await keysOf(world)).toEqual([])
      },
    )
  })

  it('leaves other topics alone', async () => {
    const world = await filled()
    await consolidated(world)
    const other = { topicId: topicId('BBBBBBBBBBBBBBBBBBBBBB'), partition: 0 }
    await fencePartition(parts(world), other)
    await emptyPartition(parts(world), other, new OwnObjects(world.stores.objects, other.topicId, 1))
    await reads(world)
  })
})

describe('expiry of producers', () => {
  it('deletes the items of those who left the head long ago, unless they have come back meanwhile', async () => {
    const world = newWorld()
    const put = (id: number, atMs: number, lastBatch = 5) =>
      world.stores.meta.put(newProducerItem(p0, producerId(id), { state: 9, lastBatch: offset(lastBatch), atMs }))
    for (const id of [1, 2, 3]) await put(id, 1_000)
    await put(4, 9_000)
    const stores = watched(world.stores, async ({ method, args }) => {
      if (method === 'delete' && (args[0] as { sk: string }).sk.endsWith('2')) await put(2, 9_500, 7)
    })
    expect(await expireProducers({ ...stores, clock: world.clock }, p0, { beforeMs: 9_000 })).toEqual({ expired: 2 })
    const { items } = await world.stores.meta.query(partitionKey(p0))
    expect(items.map(({ sk }) => Number(sk.slice('producer#'.length)))).toEqual([2, 4])
  })
})

describe('pages', () => {
  it('that come back late below the log start keep no segment alive', async () => {
    const world = await filled()
    await consolidated(world)
    const page = await world.stores.meta.get(pageKey(p0, offset(0)))
    await world.laid.change({ s: world.laid.end })
    if (page) await world.stores.meta.put(page)
    expect(await segments(world)).toMatchObject({ deleted: 1 })
  })
})
