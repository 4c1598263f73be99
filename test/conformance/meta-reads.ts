/** Reads, and the calls that no store takes: two chapters of the suite in `meta-store.ts`. */
import { expect, test } from 'vitest'
import { InvalidCall } from '../../lib/store/errors.ts'
import type { Change, Clause, Item, MetaStore, QueryRange, Value } from '../../lib/store/meta-store.ts'

const pk = 'partition#one'
const kilobyte = (count: number) => new Uint8Array(count * 1024)

async function stored(open: () => Promise<MetaStore>, items: readonly Item[]): Promise<MetaStore> {
  const store = await open()
  for (const item of items) await store.put(item)
  return store
}

/**
 * The sort keys of all pages of a query, one page after the other as a caller must: forwards from the key directly after the
 * last one, backwards from the last one again, since there is no key directly before it.
 */
async function sortKeys(store: MetaStore, range: QueryRange): Promise<string[]> {
  const found: string[] = []
  for (let rest = range; ; ) {
    const { items, more } = await store.query(pk, { strong: true, ...rest })
    const page = items.map((item) => item.sk)
    found.push(...(page[0] === found.at(-1) ? page.slice(1) : page))
    const last = page.at(-1)
    if (!more || last === undefined) return found
    if (!range.reverse) rest = { ...range, from: `${last}\u0000` }
    else rest = { ...range, to: last, limit: (range.limit ?? 99) + 1 }
  }
}

export function reads(open: () => Promise<MetaStore>): void {
  test('what was put is read back, every type of value and all its parts', async () => {
    const item: Item = {
      pk,
      sk: 'head',
      text: 'é\u0000😀"\\',
      empty: '',
      numbers: [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 1_000_000],
      yes: true,
      no: false,
      list: [[], {}, ['deep', { er: 1 }]],
      bytes: new Uint8Array([0, 255, 1]),
      noBytes: new Uint8Array(0),
      names: { 'a.b': 1, '#c': 2, ':d': 3, ' ': 4, constructor: 5, é: 6 },
    }
    const store = await stored(open, [item])
    expect(await store.get({ pk, sk: 'head' }, { strong: true })).toEqual(item)
  })

  test('what is not there is undefined', async () => {
    const store = await stored(open, [{ pk, sk: 'a' }])
    expect(await store.get({ pk, sk: 'b' })).toBeUndefined()
    expect(await store.get({ pk: 'other', sk: 'a' }, { strong: true })).toBeUndefined()
    expect(await store.query('other')).toEqual({ items: [], more: false })
  })

  test('keys that only look alike when written together are different keys', async () => {
    const keys = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['a\n', 'b'],
      ['a', '\nb'],
      ['a ', 'b'],
      ['a', ' b'],
      ['2 a', 'b'],
    ]
    const items = keys.map(([first = '', second = ''], index) => ({ pk: first, sk: second, index }))
    const store = await stored(open, items)
    for (const item of items) await store.update(item, [{ set: ['seen'], to: { path: ['index'] } }])
    const seen = items.map((item) => ({ ...item, seen: item.index }))
    expect(await store.getMany(items, { strong: true })).toEqual(seen)
    expect(await Promise.all(items.map((item) => store.get(item, { strong: true })))).toEqual(seen)
  })

  test('many items are read in the order of their keys, however many and however large', async () => {
    const store = await open()
    const keys = Array.from({ length: 250 }, (_, index) => ({ pk: `p${index % 7}`, sk: `s${index}` }))
    // Ten at a time: DynamoDB Local cuts connections when a hundred arrive at once.
    for (let start = 0; start < keys.length; start += 15) {
      const some = keys.slice(start, start + 15).filter((_, index) => (start + index) % 3 > 0)
      await Promise.all(some.map((key) => store.put({ ...key, own: key.sk, d: kilobyte(100) })))
    }
    const found = await store.getMany(keys.toReversed(), { strong: true })
    const wanted = keys.map((key, index) => (index % 3 > 0 ? key.sk : undefined)).toReversed()
    expect(found.map((item) => item?.own)).toEqual(wanted)
    expect(await store.getMany([])).toEqual([])
  })

  test('a query answers the items of one partition in the order of their bytes', async () => {
    const names = ['a', 'a\u0000', 'aa', 'b', 'é', '\uFFFD', '😀']
    const store = await stored(
      open,
      [...names.toReversed(), 'x'].map((sk) => ({ pk: sk === 'x' ? 'other' : pk, sk })),
    )
    expect(await sortKeys(store, {})).toEqual(names)
    expect(await sortKeys(store, { reverse: true })).toEqual(names.toReversed())
  })

  test('a query includes both ends of its range, and an empty range answers nothing', async () => {
    const store = await stored(
      open,
      ['a', 'b', 'c', 'd'].map((sk) => ({ pk, sk })),
    )
    expect(await sortKeys(store, { from: 'b', to: 'c' })).toEqual(['b', 'c'])
    expect(await sortKeys(store, { from: 'bb' })).toEqual(['c', 'd'])
    expect(await sortKeys(store, { to: 'b' })).toEqual(['a', 'b'])
    expect(await sortKeys(store, { from: 'b', to: 'c', reverse: true, limit: 1 })).toEqual(['c', 'b'])
    expect(await sortKeys(store, { from: 'c', to: 'b' })).toEqual([])
    expect(await sortKeys(store, { from: '', to: '' })).toEqual([])
    expect(await sortKeys(store, { from: '\uFFFD', to: '😀' })).toEqual([])
  })

  test('a query that its limit ended says that there may be more', async () => {
    const store = await stored(
      open,
      ['a', 'b', 'c'].map((sk) => ({ pk, sk })),
    )
    expect(await store.query(pk, { limit: 2, strong: true })).toMatchObject({
      items: [{ sk: 'a' }, { sk: 'b' }],
      more: true,
    })
    expect(await store.query(pk, { limit: 2, from: 'c', strong: true })).toMatchObject({
      items: [{ sk: 'c' }],
      more: false,
    })
  })

  test('a query of more than 1 MB comes in pages, of which none is empty', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `page#${index}`)
    const store = await stored(
      open,
      names.map((sk) => ({ pk, sk, d: kilobyte(390) })),
    )
    const first = await store.query(pk, { strong: true })
    expect(first.more).toBe(true)
    expect(first.items.length).toBeGreaterThan(1)
    expect(first.items.length).toBeLessThan(4)
    expect(await sortKeys(store, {})).toEqual(names)
    expect(await sortKeys(store, { reverse: true })).toEqual(names.toReversed())
  })
}

export function refusals(open: () => Promise<MetaStore>, lenient: boolean): void {
  const key = { pk, sk: 'head' }
  const item = { ...key, n: 1, s: 'text', m: { x: 1 }, l: [1], b: new Uint8Array(2), big: 2 ** 53 - 1 }
  const deep = (depth: number): Value => (depth === 0 ? 1 : [deep(depth - 1)])

  const illegalChanges: Record<string, Change> = {
    'sets a part of the key': [{ set: ['sk'], to: { value: 'x' } }],
    'has two equal paths': [{ set: ['n'], to: { value: 2 } }, { remove: ['n'] }],
    'has a path within another': [{ set: ['m', 'x'], to: { value: 2 } }, { remove: ['m'] }],
    'sets an entry of a map that is not there': [{ set: ['none', 'x'], to: { value: 2 } }],
    'sets an entry of a text': [{ set: ['s', 'x'], to: { value: 2 } }],
    'sets an entry of a list by name': [{ set: ['l', '0'], to: { value: 2 } }],
    'copies what is not there': [{ set: ['n'], to: { path: ['none'] } }],
    'adds to what is not there': [{ set: ['n'], to: { path: ['m', 'none'], plus: 1 } }],
    'adds to a text': [{ set: ['n'], to: { path: ['s'], plus: 1 } }],
    'finds neither of two sources': [{ set: ['n'], to: { path: ['none'], or: { path: ['nor'] } } }],
    'has a path as its own alternative': [{ set: ['n'], to: { path: ['n'], or: { path: ['n'] } } }],
    'sets bytes below the top level': [{ set: ['m', 'x'], to: { value: new Uint8Array(1) } }],
    'sets a fraction': [{ set: ['n'], to: { value: 0.5 } }],
    'sets a number past 2^53': [{ set: ['n'], to: { value: 2 ** 53 } }],
    'sets a text that is not well-formed': [{ set: ['n'], to: { value: 'a\ud800' } }],
    'has the name __proto__': [{ set: ['m', '__proto__'], to: { value: 1 } }],
    'sets a map with the name __proto__': [{ set: ['m'], to: { value: JSON.parse('{"__proto__":1}') } }],
    'sets a map with an empty name': [{ set: ['n'], to: { value: { '': 1 } } }],
    'nests too deeply': [{ set: ['n'], to: { value: deep(32) } }],
    'would make an item of more than 400 KB': [{ set: ['d'], to: { value: kilobyte(400) } }],
    'has an expression of more than 4 KB': Array.from(
      { length: 400 },
      (_, i) => ({ set: ['m', `k${i}`], to: { value: i } }) as const,
    ),
    'adds more than 300 times': Array.from(
      { length: 301 },
      (_, i) => ({ set: [`k${i}`], to: { path: ['n'], plus: 1 } }) as const,
    ),
  }
  const strictlyIllegal: Record<string, Change> = {
    'removes an entry of a map that is not there': [{ remove: ['none', 'x'] }],
    'removes an entry of a text': [{ remove: ['s', 'x'] }],
    'names an alternative that is not there and is not needed': [
      { set: ['n'], to: { path: ['n'], or: { path: ['nor'] } } },
    ],
  }
  for (const [what, change] of Object.entries(lenient ? illegalChanges : { ...illegalChanges, ...strictlyIllegal })) {
    test(`an update that ${what} is an invalid call and changes nothing`, async () => {
      const store = await stored(open, [item])
      await expect(store.update(key, change)).rejects.toThrow(InvalidCall)
      expect(await store.get(key, { strong: true })).toEqual(item)
    })
  }

  test('the guard is judged before a path can be missing', async () => {
    const store = await open()
    const answer = await store.update(key, [{ set: ['none', 'x'], to: { value: 1 } }], [{ path: ['e'], is: 'present' }])
    expect(answer).toEqual({ refused: undefined })
  })

  test('a guard that could never be judged is an invalid call', async () => {
    const store = await stored(open, [item])
    const guards: Clause[] = [
      { path: ['yes'], is: '<', than: { value: true } },
      { path: ['n'], is: '=', than: { path: ['n'] } },
      { path: [''], is: 'present' },
      { path: ['m'], is: 'size<', than: 0.5 },
    ]
    for (const clause of guards) await expect(store.put(item, [clause])).rejects.toThrow(InvalidCall)
    for (const clause of guards) await expect(store.delete(key, [clause])).rejects.toThrow(InvalidCall)
  })

  test('an item may have 400 KB by the count of DynamoDB, and not a byte more', async () => {
    const store = await open()
    const rest = 'pk'.length + pk.length + 'sk'.length + 'head'.length + 'd'.length
    const full = { ...key, d: new Uint8Array(400 * 1024 - rest).fill(7) }
    expect(await store.put(full)).toEqual({ done: full })
    await expect(store.put({ ...key, d: new Uint8Array(400 * 1024 - rest + 1) })).rejects.toThrow(InvalidCall)
    await expect(store.update(key, [{ set: ['x'], to: { value: '' } }])).rejects.toThrow(InvalidCall)
    expect(await store.get(key, { strong: true })).toEqual(full)
  })

  test('an illegal key, range or item is an invalid call', async () => {
    const store = await open()
    const keys = [
      { pk: '', sk: 'a' },
      { pk: 'a', sk: '' },
      { pk: 'p'.repeat(2049), sk: 'a' },
      { pk: 'p', sk: 's'.repeat(1025) },
      { pk: 'a\ud800', sk: 'a' },
    ]
    for (const bad of keys) {
      await expect(store.get(bad)).rejects.toThrow(InvalidCall)
      await expect(store.getMany([bad])).rejects.toThrow(InvalidCall)
      await expect(store.put(bad)).rejects.toThrow(InvalidCall)
      await expect(store.update(bad, [])).rejects.toThrow(InvalidCall)
      await expect(store.delete(bad)).rejects.toThrow(InvalidCall)
    }
    await expect(store.getMany([key, { ...key }])).rejects.toThrow(InvalidCall)
    for (const range of [{ limit: 0 }, { limit: 1.5 }, { from: 's'.repeat(1025) }]) {
      await expect(store.query(pk, range)).rejects.toThrow(InvalidCall)
    }
    await expect(store.put({ ...key, m: { b: new Uint8Array(1) as never } })).rejects.toThrow(InvalidCall)
    await expect(store.put({ ...key, nothing: undefined as never })).rejects.toThrow(InvalidCall)
    await expect(store.put({ ...key, nothing: null as never })).rejects.toThrow(InvalidCall)
    await store.put({ pk: 'é'.repeat(1024), sk: 'é'.repeat(512) })
  })
}
