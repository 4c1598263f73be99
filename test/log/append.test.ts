import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, indexOf, memoryStores, openLog, p0, partitionOf, readAll } from './world.ts'

function open(options = {}) {
  const clock = new SimClock()
  const stores = memoryStores()
  const meta = new UnreliableMeta(stores.meta)
  const log = openLog({ ...stores, meta }, clock, seeded(1), options)
  return { clock, stores: { ...stores, meta }, meta, log }
}

const baseOf = (result: AppendResult) => ('baseOffset' in result ? result.baseOffset : result.outcome)

describe('an append', () => {
  it('is read back at the offset that it was acknowledged at, in the order of the calls', async () => {
    const { clock, log } = open()
    const results = await clock.run(
      Promise.all([
        log.append(p0, batchOf(['a', 'b'])),
        log.append(p0, batchOf(['c'])),
        log.append(p0, batchOf(['d', 'e'])),
      ]),
    )
    expect(results.map(baseOf)).toEqual([0, 2, 3])
    expect(baseOf(await clock.run(log.append(p0, batchOf(['f']))))).toBe(5)
    expect(await clock.run(readAll(log))).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('survives its process: another one finds everything there', async () => {
    const { clock, log, stores } = open()
    for (let n = 0; n < 50; n++) await clock.run(log.append(p0, batchOf([`r${n}`])))
    const other = openLog(stores, clock, seeded(2))
    expect(await clock.run(readAll(other))).toEqual(Array.from({ length: 50 }, (_, n) => `r${n}`))
    expect(baseOf(await clock.run(other.append(p0, batchOf(['next']))))).toBe(50)
  })

  it('of 64 producers at once is one put and one update a partition', async () => {
    const { clock, log, meta } = open({ inlineUnitsMax: 0 })
    const parts = [0, 1, 2, 3]
    await clock.run(Promise.all(parts.map((part) => log.append(partitionOf(part), batchOf(['first'])))))
    meta.reset()
    await clock.run(
      Promise.all(
        Array.from({ length: 64 }, (_, n) =>
          log.append(partitionOf(n % 4), batchOf([`r${n}`], { producerId: n, producerEpoch: 0, baseSequence: 0 })),
        ),
      ),
    )
    // Each producer's item is asked for once, 16 at a time: the head does not hold it.
    expect(meta.calls.toSorted()).toEqual([...parts.map(() => 'getMany'), ...parts.map(() => 'update')])
    meta.reset()
    await clock.run(
      Promise.all(
        Array.from({ length: 64 }, (_, n) =>
          log.append(partitionOf(n % 4), batchOf([`s${n}`], { producerId: n, producerEpoch: 0, baseSequence: 1 })),
        ),
      ),
    )
    expect(meta.calls).toEqual(parts.map(() => 'update'))
  })

  it('that is small lies in the metadata: two writes and no object', async () => {
    const { clock, log, meta, stores } = open()
    await clock.run(log.append(p0, batchOf(['first'])))
    meta.reset()
    await clock.run(log.append(p0, batchOf(['second'])))
    expect(meta.calls).toEqual(['put', 'update'])
    expect((await stores.objects.list('')).objects).toEqual([])
    expect(await clock.run(readAll(openLog(stores, clock, seeded(3))))).toEqual(['first', 'second'])
  })

  it('has one update of a head in flight, and gathers the rest into the next', async () => {
    const { clock, log, meta } = open()
    await clock.run(log.append(p0, batchOf(['first'])))
    meta.reset()
    const update = meta.update.bind(meta)
    let inFlight = 0
    meta.update = async (...call) => {
      expect(++inFlight).toBe(1)
      await clock.sleep(5)
      inFlight--
      return update(...call)
    }
    // Each of these is a flush of its own; while the first one's update is under way, nine more are put.
    const results: Promise<AppendResult>[] = []
    const begin = async () => {
      for (let n = 0; n < 10; n++) {
        results.push(log.append(p0, batchOf([`r${n}`])))
        await clock.sleep(0)
      }
      await Promise.all(results)
    }
    await clock.run(begin())
    expect((await Promise.all(results)).map(baseOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(meta.calls.filter((call) => call === 'put')).toHaveLength(10)
    expect(meta.calls.filter((call) => call === 'update').length).toBeLessThanOrEqual(3)
  })

  it('keeps the head near a kilobyte and every offset in the index once, whatever the number of appends', async () => {
    const { clock, log, stores } = open()
    for (let n = 0; n < 300; n++) await clock.run(log.append(p0, batchOf([`r${n}`, `s${n}`])))
    const index = await indexOf(stores.meta)
    expect(index.size).toBe(300)
    expect([...index.values()]).toEqual(Array.from({ length: 300 }, (_, n) => 2 * n))
  })

  it('to a partition of a deleted topic is refused', async () => {
    const { clock, log, meta } = open()
    await clock.run(log.append(p0, batchOf(['a'])))
    await meta.update({ pk: 'partition#AAAAAAAAAAAAAAAAAAAAAA#00000', sk: 'head' }, [{ set: ['e'], to: { value: -1 } }])
    expect(await clock.run(log.append(p0, batchOf(['b'])))).toEqual({ outcome: 'unknown-partition' })
    expect(await clock.run(log.append(p0, batchOf(['c'])))).toEqual({ outcome: 'unknown-partition' })
  })
})

describe('an idempotent producer', () => {
  const from = (baseSequence: number, values: string[], producerEpoch = 0) =>
    batchOf(values, { producerId: 7, producerEpoch, baseSequence })

  it('is answered its original offset for a batch that is sent again', async () => {
    const { clock, log, stores } = open()
    await clock.run(log.append(p0, from(0, ['a', 'b'])))
    await clock.run(log.append(p0, from(2, ['c'])))
    const again = await clock.run(log.append(p0, from(0, ['a', 'b'])))
    expect(again).toMatchObject({ outcome: 'duplicate', baseOffset: 0 })
    // Another process remembers nothing, but the head knows the last batch.
    const other = openLog(stores, clock, seeded(2))
    expect(await clock.run(other.append(p0, from(2, ['c'])))).toMatchObject({ outcome: 'duplicate', baseOffset: 2 })
    expect(await clock.run(other.append(p0, from(0, ['a', 'b'])))).toEqual({ outcome: 'duplicate-of-unknown-offset' })
    expect(await clock.run(readAll(other))).toEqual(['a', 'b', 'c'])
  })

  it('is refused a gap and an old epoch, and may begin a new epoch at 0', async () => {
    const { clock, log } = open()
    await clock.run(log.append(p0, from(0, ['a'], 3)))
    expect(await clock.run(log.append(p0, from(2, ['c'], 3)))).toEqual({ outcome: 'out-of-order-sequence' })
    expect(await clock.run(log.append(p0, from(1, ['b'], 2)))).toEqual({ outcome: 'fenced-producer' })
    expect(await clock.run(log.append(p0, from(5, ['x'], 4)))).toEqual({ outcome: 'out-of-order-sequence' })
    expect(await clock.run(log.append(p0, from(0, ['y'], 4)))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await clock.run(log.append(p0, from(1, ['b'], 3)))).toEqual({ outcome: 'fenced-producer' })
    expect(await clock.run(readAll(log))).toEqual(['a', 'y'])
  })

  it('that nobody knows may begin at any sequence when it insists', async () => {
    const { clock, log } = open()
    expect(await clock.run(log.append(p0, from(42, ['a'])))).toMatchObject({ outcome: 'unavailable' })
    expect(await clock.run(log.append(p0, from(42, ['a'])))).toMatchObject({ outcome: 'appended', baseOffset: 0 })
    expect(await clock.run(log.append(p0, from(44, ['b'])))).toEqual({ outcome: 'out-of-order-sequence' })
  })

  it('sends several batches in one turn: they are one chain, and a break in it refuses only what it breaks', async () => {
    const { clock, log } = open()
    const results = await clock.run(
      Promise.all([
        log.append(p0, from(0, ['a'])),
        log.append(p0, from(1, ['b'])),
        log.append(p0, from(1, ['b'])),
        log.append(p0, from(3, ['d'])),
        log.append(p0, from(2, ['c'])),
      ]),
    )
    expect(results.map((result) => result.outcome)).toEqual([
      'appended',
      'appended',
      'duplicate',
      'out-of-order-sequence',
      'appended',
    ])
    expect(await clock.run(readAll(log))).toEqual(['a', 'b', 'c'])
  })

  it('is cut out of a flush with others: after a duplicate they are not put again, after a gap under a new name', async () => {
    for (const [bad, outcome, objects] of [
      [from(0, ['a']), 'duplicate', 3],
      [from(5, ['gap']), 'out-of-order-sequence', 4],
    ] as const) {
      const { clock, log, stores } = open({ inlineUnitsMax: 0 })
      await clock.run(log.append(p0, from(0, ['a'])))
      const other = openLog(stores, clock, seeded(2), { inlineUnitsMax: 0 })
      await clock.run(other.append(p0, batchOf(['warm'])))
      const results = await clock.run(
        Promise.all([other.append(p0, batchOf(['x'])), other.append(p0, bad), other.append(p0, batchOf(['y']))]),
      )
      expect(results.map((result) => result.outcome)).toEqual(['appended', outcome, 'appended'])
      expect(await clock.run(readAll(other))).toEqual(['a', 'warm', 'x', 'y'])
      expect((await stores.objects.list('')).objects).toHaveLength(objects)
    }
  })

  it.each([0, 150])(
    'is refused all that follows a gap at once, also after %i others have driven it out',
    async (others) => {
      const { clock, log, meta, stores } = open()
      const from = (producerId: number, baseSequence: number) =>
        log.append(p0, batchOf([`${producerId}/${baseSequence}`], { producerId, producerEpoch: 0, baseSequence }))
      await clock.run(from(1_000, 0))
      for (let other = 0; other < others; other++) await clock.run(from(other, 0))
      meta.reset()
      const gaps = Array.from({ length: 50 }, (_, n) => from(1_000, 5 + n))
      const results = await clock.run(Promise.all([...gaps, log.append(p0, batchOf(['plain']))]))
      expect(results.map(({ outcome }) => outcome)).toEqual([...gaps.map(() => 'out-of-order-sequence'), 'appended'])
      // The refused update, the floor that cancels it, what is left put again, and its update.
      expect(meta.calls.length).toBeLessThan(8)
      await indexOf(stores.meta)
    },
  )

  it('leaves the head when many others write, and comes back where it was', async () => {
    const { clock, log, stores } = open()
    const write = (target: typeof log, producerId: number, baseSequence: number) =>
      target.append(p0, batchOf([`${producerId}/${baseSequence}`], { producerId, producerEpoch: 0, baseSequence }))
    for (let round = 0; round < 3; round++) {
      for (let producer = 0; producer < 150; producer++) {
        expect(await clock.run(write(log, producer, round))).toMatchObject({ outcome: 'appended' })
      }
    }
    const other = openLog(stores, clock, seeded(9))
    for (const producer of [0, 70, 149]) {
      expect(await clock.run(write(other, producer, 4))).toEqual({ outcome: 'out-of-order-sequence' })
      expect(await clock.run(write(other, producer, 2))).toMatchObject({ outcome: 'duplicate' })
      expect(await clock.run(write(other, producer, 1))).toEqual({ outcome: 'duplicate-of-unknown-offset' })
      expect(await clock.run(write(other, producer, 3))).toMatchObject({ outcome: 'appended' })
    }
    expect((await clock.run(readAll(other))).length).toBe(453)
    expect(offset((await indexOf(stores.meta)).size)).toBe(453)
  })

  it('of 200 at once, all new, gets in: the head makes room', async () => {
    const { clock, log, stores } = open()
    const results = await clock.run(
      Promise.all(
        Array.from({ length: 200 }, (_, producerId) =>
          log.append(p0, batchOf([`${producerId}`], { producerId, producerEpoch: 0, baseSequence: 0 })),
        ),
      ),
    )
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['appended']))
    expect(await clock.run(readAll(openLog(stores, clock, seeded(9))))).toHaveLength(200)
  })
})
