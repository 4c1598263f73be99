/**
 * What the log costs, counted on any meta store: calls and write units are the user's bill, so their number is asserted. And
 * that it gets on, and stays right, where many processes meet at one head.
 */
import { expect, test } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import type { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { Meter } from '../../lib/store/metered.ts'
import { badLine, mild, timed } from '../log/bad-lines.ts'
import { batchOf, indexOf, openLog, p0, partitionOf, readAll } from '../log/world.ts'

export interface BillWorld {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Lets time pass until the work has ended. */
  readonly run: <T>(work: Promise<T>) => Promise<T>
}

/** Bytes in objects, whatever their size: a flush is then one PUT, and its units are those of the order alone. */
const inObjects = { inlineUnitsMax: 0 }

export function logBill(open: () => Promise<BillWorld>, { appends = 1_000, contenders = 64 } = {}): void {
  const metered = async () => {
    const world = await open()
    const meter = new Meter()
    const objects = new MemoryObjectStore()
    const stores = { meta: meter.metaStore(world.meta), objects: meter.objectStore(objects) }
    return { ...world, meter, stores, bare: { meta: world.meta, objects } }
  }

  test('a flush is one PUT and one update a partition, whatever the number of producers', async () => {
    const { run, clock, entropy, meter, stores } = await metered()
    const log = openLog(stores, clock, entropy, inObjects)
    const round = (value: string, baseSequence: number) =>
      run(
        Promise.all(
          Array.from({ length: 48 }, (_, producerId) =>
            log.append(partitionOf(producerId % 6), batchOf([value], { producerId, producerEpoch: 0, baseSequence })),
          ),
        ),
      )
    await round('first', 0)
    meter.reset()
    for (const { outcome } of await round('second', 1)) expect(outcome).toBe('appended')
    expect(meter.bill).toMatchObject({
      objects: { put: 1 },
      items: { update: 6, put: 0, get: 0, getMany: 0, query: 0 },
    })
  })

  test('1,000 appends by one process cost at most 1,120 write units, folds included', async () => {
    const { run, clock, entropy, meter, stores, bare } = await metered()
    const log = openLog(stores, clock, entropy, inObjects)
    for (let n = 0; n < appends; n++) await run(log.append(p0, batchOf([`${n}`])))
    await run(log.settle({ dropAlone: true }))
    expect(meter.bill.writeUnits).toBeLessThanOrEqual(appends * 1.12)
    expect(meter.bill.objects.put).toBe(appends)
    // One read of the head, before there was one.
    expect(meter.bill.readUnits).toBeLessThanOrEqual(1)
    expect(await run(readAll(openLog(bare, clock, entropy)))).toEqual(Array.from({ length: appends }, (_, n) => `${n}`))
  })

  test('appends by four processes at once cost at most 1.2 write units each', async () => {
    const { run, clock, entropy, meter, stores, bare } = await metered()
    const writer = async (process: number) => {
      const log = openLog(stores, clock, entropy, inObjects)
      for (let n = 0; n < appends / 4; n++) {
        const { outcome } = await log.append(p0, batchOf([`${process}/${n}`]))
        expect(outcome).toBe('appended')
      }
      await log.settle()
    }
    await run(Promise.all([0, 1, 2, 3].map(writer)))
    expect(meter.bill.writeUnits).toBeLessThanOrEqual(appends * 1.2)
    expect((await run(indexOf(bare.meta))).size).toBe(appends)
  })

  test('64 uncoordinated writers, 15 % of whose updates are sent twice and late, lose and double nothing', async () => {
    const { run, clock, entropy, bare } = await metered()
    const bases = new Map<string, number>()
    const lines: Faults[] = []
    const writer = async (process: number) => {
      const line = badLine(clock, entropy, timed(mild, { wayMsMax: 0 }))
      lines.push(line)
      const log = openLog({ ...bare, meta: line.metaStore(bare.meta) }, clock, entropy, inObjects)
      for (let n = 0; n < 12; n++) {
        const result = await log.append(p0, batchOf([`${process}/${n}`]))
        expect(result.outcome).toBe('appended')
        if ('baseOffset' in result) bases.set(`${process}/${n}`, result.baseOffset)
      }
      await log.settle()
    }
    await run(Promise.all(Array.from({ length: contenders }, (_, process) => writer(process))))
    await run(Promise.all(lines.map((line) => line.settled())))
    const values = await run(readAll(openLog(bare, clock, entropy)))
    expect(values).toHaveLength(contenders * 12)
    for (const [value, base] of bases) expect(values[base]).toBe(value)
    await run(indexOf(bare.meta))
  })
}
