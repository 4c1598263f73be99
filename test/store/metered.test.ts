import { describe, expect, test } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import { InvalidCall } from '../../lib/store/errors.ts'
import { itemBytes } from '../../lib/store/item-size.ts'
import { Meter } from '../../lib/store/metered.ts'
import { billing } from '../conformance/meta-bill.ts'

describe('the bill on memory', () => {
  billing(async () => ({ store: new MemoryMetaStore(), reported: () => undefined }))
})

describe('the bill on SQLite', () => {
  billing(async () => ({
    store: openSqliteMetaStore({ path: ':memory:', durability: 'process' }),
    reported: () => undefined,
  }))
})

test('calls are counted by operation, and those that failed', async () => {
  const meter = new Meter()
  const store = meter.metaStore(new MemoryMetaStore())
  const key = { pk: 'a', sk: 'b' }
  await store.put(key)
  await expect(store.update(key, [{ set: ['x', 'y'], to: { value: 1 } }])).rejects.toThrow(InvalidCall)
  await store.getMany(Array.from({ length: 201 }, (_, index) => ({ pk: 'a', sk: `${index}` })))
  await store.query('a')
  const { bill } = meter
  expect(bill.items).toEqual({ get: 0, getMany: 3, query: 1, put: 1, update: 1, delete: 0 })
  expect([bill.failed, bill.refused, bill.writeUnits, bill.readUnits]).toEqual([1, 0, 1, 101])
  meter.reset()
  expect(meter.bill).toMatchObject({ failed: 0, readUnits: 0, items: { put: 0 } })
  expect(bill.items.put).toBe(1)
})

test('objects are counted by call and by bytes', async () => {
  const meter = new Meter()
  const store = meter.objectStore(new MemoryObjectStore())
  await store.put('a', [new Uint8Array(10), new Uint8Array(5)])
  await store.compose('b', parts(new Uint8Array(7), new Uint8Array(1)))
  await store.get('a', { range: { start: 12 } })
  await store.get('none')
  await store.list('')
  await store.delete(['a', 'b'])
  expect(meter.bill.objects).toEqual({ put: 1, get: 2, list: 1, delete: 1, compose: 1 })
  expect([meter.bill.bytesIn, meter.bill.bytesOut]).toEqual([23, 3])
})

test('an item is as large as DynamoDB says', () => {
  const of = (value: never) => itemBytes({ pk: 'p', sk: 's', a: value }) - itemBytes({ pk: 'p', sk: 's' }) - 1
  const sizes: [unknown, number][] = [
    ['é😀', 6],
    ['', 0],
    [true, 1],
    [0, 1],
    [7, 2],
    [99, 2],
    [100, 2],
    [101, 3],
    [-101, 4],
    [1_000_000, 2],
    [2 ** 53 - 1, 9],
    [new Uint8Array(9), 9],
    [[], 3],
    [{}, 3],
    [[1, 'ab'], 3 + 1 + 2 + 1 + 2],
    [{ key: 'ab', k: {} }, 3 + 1 + 3 + 2 + 1 + 1 + 3],
  ]
  for (const [value, bytes] of sizes) expect([value, of(value as never)]).toEqual([value, bytes])
})

async function* parts(...chunks: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}
