/**
 * What every meta store must do, run on every adapter. The model is DynamoDB as two implementations of it behave that
 * nobody here wrote; where those differ, DynamoDB Local, which is AWS's own, decides.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import type { Change, Item, MetaStore, Path } from '../../lib/store/meta-store.ts'
import { type MetaCall, metaCall, partitions, perform } from './meta-arbitraries.ts'
import { reads, refusals } from './meta-reads.ts'
import { guards, updates, writes } from './meta-writes.ts'

export interface MetaConformanceOptions {
  /** Random sequences of calls that are tried against the memory store. */
  readonly runs?: number
  /**
   * The store lets some updates pass that DynamoDB answers with a ValidationException (dynoxide: a `remove` below a
   * missing map, an absent alternative that is not needed). Such calls are then not made.
   */
  readonly lenient?: boolean
}

/** `open` gives an empty store, and tidies up after the test by vitest's `onTestFinished`. */
export function metaStoreConformance(
  name: string,
  open: () => Promise<MetaStore>,
  { runs = 100, lenient = false }: MetaConformanceOptions = {},
): void {
  describe(`${name} as a meta store`, () => {
    reads(open)
    writes(open)
    updates(open)
    guards(open)
    refusals(open, lenient)
    test('any sequence of calls is answered as the memory store answers it', async () => {
      const store = await open()
      const calls = fc.array(metaCall, { minLength: 1, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(calls, async (sequence) => {
          await clear(store)
          const model = new MemoryMetaStore()
          for (const call of sequence) {
            if ('update' in call && copiesBytesBelow(call.change, await model.get(call.update))) continue
            const wanted = await perform(model, call)
            if (lenient && wanted === 'invalid') continue
            const answer = await perform(store, call)
            if ('query' in call) await expectPage(answer as Page, call, model)
            else expect(answer).toEqual(wanted)
          }
          for (const pk of partitions) {
            expect(await store.query(pk, { strong: true })).toEqual(await model.query(pk))
          }
        }),
        { numRuns: runs },
      )
    })
  })
}

/**
 * Whether a change copies bytes of the item to below the top level. DynamoDB takes that; the stores that look at items refuse
 * it, as all refuse bytes that a change itself would put there.
 */
function copiesBytesBelow(change: Change, item: Item | undefined): boolean {
  const isBytes = ([name, ...rest]: Path) => rest.length === 0 && item?.[name ?? ''] instanceof Uint8Array
  return change.some((assignment) => {
    if (!('set' in assignment) || assignment.set.length < 2 || 'value' in assignment.to) return false
    const { to } = assignment
    return isBytes(to.path) || ('or' in to && 'path' in to.or && isBytes(to.or.path))
  })
}

type Page = Awaited<ReturnType<MetaStore['query']>>

/** When a limit ends a page exactly where the range ends, some stores say that there may be more and some do not. */
async function expectPage(page: Page, call: Extract<MetaCall, { query: string }>, model: MetaStore): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, ...range } = call.range
  const { items } = await model.query(call.query, range)
  expect(page.items).toEqual(items.slice(0, limit))
  if (items.length !== limit) expect(page.more).toBe(items.length > limit)
}

/** Opening a store for each sequence would take longer than the sequence. */
async function clear(store: MetaStore): Promise<void> {
  for (const pk of partitions) {
    const { items } = await store.query(pk, { strong: true })
    for (const item of items) await store.delete(item)
  }
}
