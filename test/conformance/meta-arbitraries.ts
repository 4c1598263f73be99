/**
 * Random calls on a small world: few keys, few names, values of every type, so that calls meet each other often and guards
 * hold about as often as not. The names are chosen to hurt: some are names that every object of JavaScript has.
 */
import fc from 'fast-check'
import { InvalidCall } from '../../lib/store/errors.ts'
import type {
  Change,
  Clause,
  Guard,
  Item,
  Key,
  MetaStore,
  Path,
  QueryRange,
  Source,
} from '../../lib/store/meta-store.ts'

export type MetaCall =
  | { readonly get: Key }
  | { readonly getMany: readonly Key[] }
  | { readonly query: string; readonly range: QueryRange }
  | { readonly put: Item; readonly guard: Guard }
  | { readonly update: Key; readonly change: Change; readonly guard: Guard }
  | { readonly delete: Key; readonly guard: Guard }

export const partitions = ['cluster', 'p\u0000#']
const pk = fc.constantFrom(...partitions)
const sk = fc.constantFrom('a', 'b', '\uFFFD', '😀')
const key: fc.Arbitrary<Key> = fc.record({ pk, sk })
const topName = fc.constantFrom('a', 'b', 'm', 'constructor', 'hasOwnProperty')
const entryName = fc.constantFrom('x', 'y', 'toString', 'é')
const path = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(topName) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('m', 'a'), entryName) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('m'), entryName, entryName) },
) as fc.Arbitrary<Path>

const text = fc.constantFrom('', 'a', 'b', '\uFFFD', '😀', 'é\u0000"')
const number = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom(2 ** 53 - 1, -(2 ** 53 - 1), 1_000_000))
const scalar = fc.oneof(text, number, fc.boolean())
const bytes = fc.uint8Array({ maxLength: 3 })
const entries = <Entry>(entry: fc.Arbitrary<Entry>) =>
  fc
    .array(fc.tuple(entryName, entry), { maxLength: 3 })
    .map((list) => Object.fromEntries(list) as Record<string, Entry>)
const nested = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: entries(scalar) },
)
const top = fc.oneof({ weight: 3, arbitrary: nested }, { weight: 1, arbitrary: bytes })
const valueAt = (target: Path) => (target.length > 1 ? nested : target[0] === 'm' ? entries(nested) : top)

const source = (target: Path): fc.Arbitrary<Source> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ value: valueAt(target) }) },
    { weight: 1, arbitrary: fc.record({ path }) },
    { weight: 1, arbitrary: fc.record({ path, plus: fc.integer({ min: -3, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ path, or: fc.record({ value: valueAt(target) }) }) },
    { weight: 1, arbitrary: fc.record({ path, or: fc.record({ path }) }) },
  )

const change: fc.Arbitrary<Change> = fc.array(
  path.chain((target) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ set: fc.constant(target), to: source(target) }) },
      { weight: 1, arbitrary: fc.record({ remove: fc.constant(target) }) },
    ),
  ),
  { maxLength: 3 },
)

const comparison = fc.constantFrom('=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const)
const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ path, is: fc.constantFrom('present' as const, 'absent' as const) }),
  fc.record({ path, is: comparison, than: fc.record({ value: scalar }) }),
  fc.record({ path, is: comparison, than: fc.record({ path }) }),
  fc.record({ path, is: comparison, than: fc.record({ value: scalar }), orAbsent: fc.constant(true as const) }),
  fc.record({ path, is: comparison, than: fc.record({ path }), orAbsent: fc.constant(true as const) }),
  fc.record({ path, is: fc.constant('size<' as const), than: fc.integer({ min: -1, max: 4 }) }),
)
const guard = fc.array(clause, { maxLength: 2 })

const item: fc.Arbitrary<Item> = fc
  .tuple(
    key,
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'constructor', 'hasOwnProperty'), top), { maxLength: 3 }),
    entries(nested),
  )
  .map(([itemKey, attributes, map]) => ({ ...Object.fromEntries(attributes), m: map, ...itemKey }))

const range: fc.Arbitrary<QueryRange> = fc.record(
  {
    from: fc.oneof(sk, fc.constant('')),
    to: sk,
    reverse: fc.boolean(),
    limit: fc.integer({ min: 1, max: 5 }),
    strong: fc.constant(true),
  },
  { requiredKeys: ['strong'] },
)

export const metaCall: fc.Arbitrary<MetaCall> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ get: key }) },
  {
    weight: 1,
    arbitrary: fc.record({ getMany: fc.uniqueArray(key, { maxLength: 4, selector: (one) => one.pk + one.sk }) }),
  },
  { weight: 2, arbitrary: fc.record({ query: pk, range }) },
  { weight: 4, arbitrary: fc.record({ put: item, guard }) },
  { weight: 10, arbitrary: fc.record({ update: key, change, guard }) },
  { weight: 2, arbitrary: fc.record({ delete: key, guard }) },
)

/** What a store answers; `'invalid'` for an `InvalidCall`. Reads are strong, since a weak one may answer anything older. */
export async function perform(store: MetaStore, call: MetaCall): Promise<unknown> {
  try {
    if ('get' in call) return await store.get(call.get, { strong: true })
    if ('getMany' in call) return await store.getMany(call.getMany, { strong: true })
    if ('query' in call) return await store.query(call.query, call.range)
    if ('put' in call) return await store.put(call.put, call.guard)
    if ('update' in call) return await store.update(call.update, call.change, call.guard)
    return await store.delete(call.delete, call.guard)
  } catch (error) {
    if (error instanceof InvalidCall) return 'invalid'
    throw error
  }
}
