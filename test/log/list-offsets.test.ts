/** Kafka's ListOffsets: where a log begins and ends, and which record comes first at or after a time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogReader } from '../../lib/log/reader.ts'
import { compressions } from '../../lib/records/header.ts'
import { newWorld, type World } from './crash-everywhere.ts'
import { counted, watched } from './watched-stores.ts'
import { p0, type Stores } from './world.ts'

const readerOf = (world: World, stores: Stores = world.stores) => new LogReader({ ...stores, clock: world.clock })

async function timed(timestamps: readonly number[], perPage = 3): Promise<World> {
  const world = newWorld()
  for (const [index, timestamp] of timestamps.entries()) {
    await world.laid.append([[{ value: `r${index}`, timestamp }]])
    if (index % perPage === perPage - 1) await world.laid.fold(1)
  }
  return world
}

describe('the offsets of a log', () => {
  it('are its start and its end, or the last stable offset', async () => {
    const world = await timed([1, 2, 3, 4])
    await world.laid.change({ s: 1, x: { 7: 3 } })
    const reader = readerOf(world)
    expect(await reader.listOffsets(p0, 'earliest')).toEqual({
      outcome: 'found',
      offset: 1,
      timestamp: -1,
      leaderEpoch: 0,
    })
    expect(await reader.listOffsets(p0, 'latest')).toMatchObject({ offset: 4, timestamp: -1 })
    expect(await reader.listOffsets(p0, 'latest', 'read-committed')).toMatchObject({ offset: 3 })
  })

  it('of an empty one are 0, and none by time', async () => {
    const reader = readerOf(newWorld())
    expect(await reader.listOffsets(p0, 'earliest')).toMatchObject({ offset: 0 })
    expect(await reader.listOffsets(p0, 'latest')).toMatchObject({ offset: 0 })
    for (const spec of ['max-timestamp', { timestamp: 0 }] as const) {
      expect(await reader.listOffsets(p0, spec)).toMatchObject({ offset: -1, timestamp: -1 })
    }
  })

  it('by time are those of the first record at or after it, in whatever order producers stamp', async () => {
    const world = await timed([50, 10, 40, 90, 20, 90, 70])
    const reader = readerOf(world)
    const at = async (timestamp: number) => {
      const found = await reader.listOffsets(p0, { timestamp })
      return 'offset' in found && [found.offset, found.timestamp]
    }
    expect(await at(0)).toEqual([0, 50])
    expect(await at(50)).toEqual([0, 50])
    expect(await at(51)).toEqual([3, 90])
    expect(await at(91)).toEqual([-1, -1])
  })

  it('by time look into compressed batches, record by record', async () => {
    for (const compression of compressions) {
      const world = newWorld()
      const records = Array.from({ length: 40 }, (_, index) => ({ value: `r${index}`, timestamp: 100 + index }))
      await world.laid.append([records.slice(0, 20), records.slice(20)], { batch: { compression } })
      const reader = readerOf(world)
      expect(await reader.listOffsets(p0, { timestamp: 127 })).toMatchObject({ offset: 27, timestamp: 127 })
      expect(await reader.listOffsets(p0, 'max-timestamp')).toMatchObject({ offset: 39, timestamp: 139 })
    }
  })

  it('under LogAppendTime are by the time of the batch', async () => {
    const world = newWorld()
    await world.laid.append([['a', 'b']], { batch: { timestampType: 'LogAppendTime' } })
    const timestamp = world.clock.now()
    expect(await readerOf(world).listOffsets(p0, { timestamp })).toMatchObject({ offset: 0, timestamp })
    expect(await readerOf(world).listOffsets(p0, { timestamp: timestamp + 1 })).toMatchObject({ offset: -1 })
  })

  it('never name a record below the log start or past the last stable offset', async () => {
    const world = newWorld()
    await world.laid.append([
      [30, 20, 10].map((timestamp) => ({ value: 'v', timestamp })),
      [{ value: 'w', timestamp: 25 }],
    ])
    await world.laid.change({ s: 1, x: { 7: 3 } })
    const reader = readerOf(world)
    expect(await reader.listOffsets(p0, { timestamp: 15 })).toMatchObject({ offset: 1, timestamp: 20 })
    expect(await reader.listOffsets(p0, { timestamp: 21 })).toMatchObject({ offset: 3, timestamp: 25 })
    expect(await reader.listOffsets(p0, { timestamp: 21 }, 'read-committed')).toMatchObject({ offset: -1 })
    expect(await reader.listOffsets(p0, 'max-timestamp')).toMatchObject({ offset: 3, timestamp: 25 })
    expect(await reader.listOffsets(p0, 'max-timestamp', 'read-committed')).toMatchObject({ offset: 1, timestamp: 20 })
  })

  it('by time read the bytes of one pointer only', async () => {
    const world = await timed([10, 20, 30, 40, 50, 60, 70])
    const counting = counted(world.stores)
    await readerOf(world, counting).listOffsets(p0, { timestamp: 45 })
    expect(counting.calls.filter((call) => call.startsWith('objects'))).toEqual(['objects.get'])
  })

  it('survive a fold and a trim between their calls', async () => {
    const world = await timed([10, 20, 30, 40, 50])
    let calls = 0
    const stores = watched(world.stores, async () => {
      if (++calls === 2) await world.laid.fold()
      if (calls === 3) await world.laid.change({ s: 2 })
    })
    expect(await readerOf(world, stores).listOffsets(p0, { timestamp: 45 })).toMatchObject({ offset: 4 })
  })

  it('by time are what a walk over all records finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }),
        fc.nat(12),
        fc.integer({ min: 0, max: 21 }),
        async (timestamps, trimmed, target) => {
          const world = await timed(timestamps, 2)
          const start = Math.min(trimmed, timestamps.length)
          await world.laid.change({ s: start })
          const live = world.laid.records.slice(start)
          const first = live.find(({ timestamp }) => timestamp >= target)
          const latest = live.reduce<(typeof live)[0] | undefined>(
            (best, record) => (best && best.timestamp >= record.timestamp ? best : record),
            undefined,
          )
          const reader = readerOf(world)
          expect(await reader.listOffsets(p0, { timestamp: target })).toMatchObject({ offset: first?.offset ?? -1 })
          expect(await reader.listOffsets(p0, 'max-timestamp')).toMatchObject({
            offset: latest?.offset ?? -1,
            timestamp: latest?.timestamp ?? -1,
          })
        },
      ),
      { numRuns: 60 },
    )
  })
})
