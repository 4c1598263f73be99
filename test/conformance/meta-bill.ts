/**
 * Writes and reads whose price is known, for the meter: on DynamoDB Local the units that it reports itself must be the
 * same.
 */
import { expect, test } from 'vitest'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { type Bill, Meter } from '../../lib/store/metered.ts'

const key = { pk: 'partition#one', sk: 'head' }
/** Beside it an item has its key and the name `d`: 22 bytes. */
const filled = (bytes: number) => ({ ...key, d: new Uint8Array(bytes - 22) })
const gone = [{ path: ['none'], is: 'present' }] as const

/** What is done to the item (or to none) and what that costs. */
const prices: Record<
  string,
  { before?: number; run: (store: MetaStore) => Promise<unknown>; write?: number; read?: number }
> = {
  'a put of a new item costs its size': { run: (store) => store.put(filled(1_024)), write: 1 },
  'a put of a byte more costs a unit more': { run: (store) => store.put(filled(1_025)), write: 2 },
  'a put over a larger item costs the larger': { before: 3_000, run: (store) => store.put(filled(100)), write: 3 },
  'an update that makes the item larger costs the item after': {
    before: 1_000,
    run: (store) => store.update(key, [{ set: ['e'], to: { value: new Uint8Array(1_100) } }]),
    write: 3,
  },
  'an update that makes the item smaller costs the item before': {
    before: 5_000,
    run: (store) => store.update(key, [{ remove: ['d'] }]),
    write: 5,
  },
  'an update of no item costs the item after': { run: (store) => store.update(key, []), write: 1 },
  'a delete costs the item': { before: 2_049, run: (store) => store.delete(key), write: 3 },
  'a delete of no item costs a unit': { run: (store) => store.delete(key), write: 1 },
  'a strong read costs a unit for each 4 KB': {
    before: 4_097,
    run: (store) => store.get(key, { strong: true }),
    read: 2,
  },
  'another read costs half of that': { before: 4_096, run: (store) => store.get(key), read: 0.5 },
  'a read of no item costs a unit, or half': { run: (store) => store.get(key), read: 0.5 },
  'a query is rounded up once, for all its items': {
    before: 3_000,
    run: async (store) => {
      await store.put({ ...filled(3_000), sk: 'next' })
      await store.query(key.pk, { strong: true })
    },
    write: 3,
    read: 2,
  },
  'a read of many is rounded up for each item': {
    before: 3_000,
    run: async (store) => {
      await store.put({ ...filled(3_000), sk: 'next' })
      await store.getMany([key, { ...key, sk: 'next' }], { strong: true })
    },
    write: 3,
    read: 2,
  },
}

/** `reported` gives the units that the store itself has told since it was last asked; undefined where it tells none. */
export function billing(open: () => Promise<{ store: MetaStore; reported: () => number | undefined }>): void {
  for (const [what, { before, run, write = 0, read = 0 }] of Object.entries(prices)) {
    test(what, async () => {
      const { store, reported } = await open()
      const meter = new Meter()
      const counted = meter.metaStore(store)
      if (before !== undefined) await counted.put(filled(before))
      meter.reset()
      const earlier = reported()
      await run(counted)
      expect({ write: meter.bill.writeUnits, read: meter.bill.readUnits }).toEqual({ write, read })
      if (earlier !== undefined) expect(reported()).toBe(write + read)
    })
  }

  test('a refused write costs the item that refused it', async () => {
    const { store } = await open()
    const meter = new Meter()
    const counted = meter.metaStore(store)
    await counted.put(filled(2_000))
    meter.reset()
    await counted.update(key, [], gone)
    await counted.put({ ...key }, gone)
    await counted.delete(key, gone)
    await counted.delete({ ...key, sk: 'absent' }, gone)
    expect(meter.bill).toMatchObject({
      refused: 4,
      writeUnits: 7,
      items: { put: 1, update: 1, delete: 2 },
    } satisfies PartialBill)
  })
}

type PartialBill = { [Field in keyof Bill]?: Partial<Bill[Field]> }
