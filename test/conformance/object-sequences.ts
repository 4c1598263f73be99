/** Random sequences of calls, answered alike by the store and by a model, the store in memory. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { ByteRange, ObjectStore } from '../../lib/store/object-store.ts'
import { chunked, listAll, type Open } from './object-bytes.ts'

/** `runs` sequences, each against a store of its own. */
export function sequences(open: Open, runs: number): void {
  test('any sequence of calls is answered as the memory store answers it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 25 }), async (calls) => {
        const store = await open()
        const model = new MemoryObjectStore()
        for (const call of calls) expect(await perform(store, call)).toEqual(await perform(model, call))
        expect(await listAll(store, '')).toEqual(await listAll(model, ''))
      }),
      { numRuns: runs },
    )
  })
}

type Call =
  | {
      readonly kind: 'put' | 'compose'
      readonly key: string
      readonly chunks: Uint8Array[]
      readonly ifAbsent: boolean
    }
  | { readonly kind: 'get'; readonly key: string; readonly range: ByteRange | undefined }
  | { readonly kind: 'list'; readonly prefix: string; readonly startAfter: string; readonly limit: number }
  | { readonly kind: 'delete'; readonly keys: string[] }

const anySegment = fc.constantFrom(
  'a',
  'b',
  'a-b',
  'B',
  '0190a1b2',
  '0190a1b2c3d4e5f6a7b8c9',
  '0190a1b2d3d4e5f6a7b8c9',
  '0190a1b2d',
)
const anyKey = fc.array(anySegment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'))
const anyPrefix = fc.tuple(fc.oneof(fc.constant(''), anyKey), fc.nat(12)).map(([key, length]) => key.slice(0, length))
const anyRange = fc.oneof(
  fc.constant(undefined),
  fc.record({ start: fc.integer({ min: -8, max: 8 }).filter((start) => !Object.is(start, -0)) }),
  fc.tuple(fc.nat(8), fc.nat(8)).map(([start, length]) => ({ start, end: start + length })),
)
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('put' as const, 'compose' as const),
    key: anyKey,
    chunks: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 }),
    ifAbsent: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('get' as const), key: anyKey, range: anyRange }),
  fc.record({
    kind: fc.constant('list' as const),
    prefix: anyPrefix,
    startAfter: anyPrefix,
    limit: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), keys: fc.array(anyKey, { maxLength: 3 }) }),
)

async function perform(store: ObjectStore, call: Call): Promise<unknown> {
  switch (call.kind) {
    case 'put':
      return store.put(call.key, call.chunks, { ifAbsent: call.ifAbsent })
    case 'compose':
      return store.compose(call.key, chunked(call.chunks), { ifAbsent: call.ifAbsent })
    case 'get': {
      const bytes = await store.get(call.key, call.range ? { range: call.range } : {})
      return bytes && [...bytes]
    }
    case 'list':
      return store.list(call.prefix, { startAfter: call.startAfter, limit: call.limit })
    case 'delete':
      return store.delete(call.keys)
  }
}
