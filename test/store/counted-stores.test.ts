/** The calls of stores, counted where nothing else of them is of interest. */
import { expect, test } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { StoreCallCounter } from '../../lib/store/counted-stores.ts'

async function* nothing() {}

test('every call of a store is counted, by operation, and one that fails too', async () => {
  const counter = new StoreCallCounter()
  const meta = counter.metaStore(new MemoryMetaStore())
  const objects = counter.objectStore(new MemoryObjectStore())
  const key = { pk: 'a', sk: 'b' }
  await meta.put(key)
  await meta.update(key, [{ set: ['n'], to: { value: 1 } }])
  await meta.get(key)
  await meta.get(key)
  await meta.getMany([key])
  await meta.query('a')
  await meta.delete(key)
  await expect(meta.put({ pk: '', sk: 'b' })).rejects.toThrow()
  expect(counter.calls.items).toEqual({ get: 2, getMany: 1, query: 1, put: 2, update: 1, delete: 1 })
  await objects.put('a', [new Uint8Array(2)])
  await objects.get('a')
  await objects.list('a')
  await objects.compose('b', nothing())
  await objects.delete(['a', 'b'])
  expect(counter.calls.objects).toEqual({ put: 1, get: 1, list: 1, delete: 1, compose: 1 })
})
