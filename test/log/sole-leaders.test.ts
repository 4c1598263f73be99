import { describe, expect, test } from 'vitest'
import { systemClock } from '../../lib/base/system.ts'
import { fencePartition } from '../../lib/log/delete-topic.ts'
import { elect } from '../../lib/log/election.ts'
import { parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import { SoleLeaders } from '../../lib/log/sole-leaders.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { counted, watched } from './watched-stores.ts'
import { batchOf, memoryStores, openLog, p0, partitionOf, type Stores } from './world.ts'

const leadersOf = ({ meta }: Stores) => new SoleLeaders({ meta, self: 4 })

async function written(...values: string[]) {
  const stores = memoryStores()
  await openLog(stores, systemClock, seeded(1)).append(p0, batchOf(values))
  return stores
}

/** What a gateway does that shares the store. */
async function electAnother({ meta }: Stores) {
  const item = await meta.get(headKey(p0), { strong: true })
  if (item === undefined) throw new Error('no head')
  await elect({ meta, clock: systemClock }, p0, parseHead(item), 9)
}

describe('a sole broker', () => {
  test('leads every partition, written to or not, and asks the store once', async () => {
    const stores = counted(await written('a'))
    const leaders = leadersOf(stores)
    const led = [
      { leader: 4, leaderEpoch: 0 },
      { leader: 4, leaderEpoch: 0 },
    ]
    expect(await leaders.of([p0, partitionOf(1)])).toEqual(led)
    expect(await leaders.of([p0, partitionOf(1)])).toEqual(led)
    expect(leaders.check(p0, -1)).toEqual({ outcome: 'leader', leaderEpoch: 0 })
    expect(leaders.check(p0, 0)).toEqual({ outcome: 'leader', leaderEpoch: 0 })
    expect(stores.calls).toEqual(['meta.getMany'])
  })

  test('looks again when a client knows of a newer epoch', async () => {
    const stores = await written('a', 'b')
    const leaders = leadersOf(stores)
    expect(await leaders.check(p0, 3)).toMatchObject({ outcome: 'unknown-leader-epoch', leaderEpoch: 0 })
    await electAnother(stores)
    expect(await leaders.check(p0, 1)).toEqual({ outcome: 'leader', leaderEpoch: 1 })
    // Told by another function, which has not looked since.
    expect(await leaders.check(p0, 0)).toEqual({ outcome: 'leader', leaderEpoch: 1 })
    expect(await leaders.epochEnd(p0, 0)).toEqual({ outcome: 'found', leaderEpoch: 0, endOffset: 2 })
    expect(await leaders.epochEnd(p0, 2)).toEqual({ outcome: 'unknown-epoch' })
  })

  test('knows a partition no more whose topic is deleted', async () => {
    const stores = await written('a')
    const leaders = leadersOf(stores)
    await fencePartition({ meta: stores.meta, clock: systemClock }, p0)
    expect(await leaders.check(p0, 1)).toEqual({ outcome: 'unknown-partition' })
    expect(await leaders.epochEnd(p0, 0)).toEqual({ outcome: 'unknown-partition' })
    expect(await leaders.of([p0])).toEqual([{ leader: -1, leaderEpoch: -1 }])
  })

  test('says that a store does not answer', async () => {
    const stores = watched(memoryStores(), () => {
      throw new StoreUnavailable('a call', new Error('down'))
    })
    const leaders = leadersOf(stores)
    expect(await leaders.check(p0, -1)).toMatchObject({ outcome: 'unavailable' })
    expect(await leaders.epochEnd(p0, 0)).toMatchObject({ outcome: 'unavailable' })
    await expect(leaders.of([p0])).rejects.toThrow(StoreUnavailable)
  })
})
