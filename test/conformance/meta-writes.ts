/** Writes, changes and guards: three chapters of the suite in `meta-store.ts`. */
import { describe, expect, test } from 'vitest'
import type { Change, Clause, Guard, Item, MetaStore } from '../../lib/store/meta-store.ts'

const key = { pk: 'partition#one', sk: 'head' }
const absent: Guard = [{ path: ['pk'], is: 'absent' }]

export function writes(open: () => Promise<MetaStore>): void {
  test('a put replaces the whole item', async () => {
    const store = await open()
    await store.put({ ...key, a: 1, b: 2 })
    expect(await store.put({ ...key, c: 3 })).toEqual({ done: { ...key, c: 3 } })
    expect(await store.get(key, { strong: true })).toEqual({ ...key, c: 3 })
  })

  test('a put whose guard fails changes nothing and answers what is there', async () => {
    const store = await open()
    const page = { ...key, d: new Uint8Array([1, 2]), m: { x: [1] } }
    expect(await store.put(page, absent)).toEqual({ done: page })
    expect(await store.put({ ...key, other: true }, absent)).toEqual({ refused: page })
    expect(await store.get(key, { strong: true })).toEqual(page)
    expect(await store.put({ ...key, sk: 'b' }, [{ path: ['pk'], is: 'present' }])).toEqual({ refused: undefined })
  })

  test('an update of an absent item creates it, unless a clause refuses that', async () => {
    const store = await open()
    const change: Change = [{ set: ['n'], to: { value: 1 } }]
    expect(await store.update(key, change, [{ path: ['n'], is: 'present' }])).toEqual({ refused: undefined })
    expect(await store.get(key, { strong: true })).toBeUndefined()
    expect(await store.update(key, change)).toEqual({ done: { ...key, n: 1 } })
    expect(await store.update({ ...key, sk: 'bare' }, [])).toEqual({ done: { ...key, sk: 'bare' } })
    expect(await store.update({ ...key, sk: 'less' }, [{ remove: ['n'] }])).toEqual({ done: { ...key, sk: 'less' } })
    expect(await store.get({ ...key, sk: 'less' }, { strong: true })).toEqual({ ...key, sk: 'less' })
  })

  test('a refused update answers the item as it is and changes nothing', async () => {
    const store = await open()
    const item = { ...key, e: 7, q: { k1: 0 } }
    await store.put(item)
    const stale: Guard = [{ path: ['e'], is: '=', than: { value: 6 } }]
    expect(await store.update(key, [{ set: ['e'], to: { value: 9 } }], stale)).toEqual({ refused: item })
    expect(await store.get(key, { strong: true })).toEqual(item)
  })

  test('a delete answers what it deleted, or what it was refused by', async () => {
    const store = await open()
    const item = { ...key, rev: 2, d: new Uint8Array([9]) }
    await store.put(item)
    expect(await store.delete(key, [{ path: ['rev'], is: '=', than: { value: 1 } }])).toEqual({ refused: item })
    expect(await store.delete(key, [{ path: ['rev'], is: '=', than: { value: 2 } }])).toEqual({ done: item })
    expect(await store.get(key, { strong: true })).toBeUndefined()
    expect(await store.delete(key)).toEqual({ done: undefined })
    expect(await store.delete(key, [{ path: ['pk'], is: 'present' }])).toEqual({ refused: undefined })
  })

  test('what a caller does to its values later is not seen by anyone', async () => {
    const store = await open()
    const bytes = new Uint8Array([1, 2, 3])
    const map: Record<string, number> = { x: 1 }
    await store.put({ ...key, bytes, map })
    await store.update({ ...key, sk: 'b' }, [
      { set: ['bytes'], to: { value: bytes } },
      { set: ['map'], to: { value: map } },
    ])
    bytes[0] = 99
    map.x = 99
    for (const sk of ['head', 'b']) {
      const found = await store.get({ ...key, sk }, { strong: true })
      expect(found).toEqual({ ...key, sk, bytes: new Uint8Array([1, 2, 3]), map: { x: 1 } })
      ;(found?.bytes as Uint8Array)[0] = 77
    }
    expect((await store.get(key, { strong: true }))?.bytes).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('of many guarded writers at once each one counts', async () => {
    const store = await open()
    await store.put({ ...key, n: 0, q: {} })
    const append = async (writer: number) => {
      for (let n = 0; ; ) {
        const guard: Guard = [{ path: ['n'], is: '=', than: { value: n } }]
        const answer = await store.update(
          key,
          [
            { set: ['q', `w${writer}`], to: { path: ['n'] } },
            { set: ['n'], to: { path: ['n'], plus: 1 } },
          ],
          guard,
        )
        if ('done' in answer) return n
        n = answer.refused?.n as number
      }
    }
    const offsets = await Promise.all(Array.from({ length: 12 }, (_, writer) => append(writer)))
    expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index))
    const head = await store.get(key, { strong: true })
    expect(head).toEqual({
      ...key,
      n: 12,
      q: Object.fromEntries(offsets.map((offset, writer) => [`w${writer}`, offset])),
    })
  })
}

/** One update on one item: what it becomes. */
interface Case {
  readonly before: Omit<Item, 'pk' | 'sk'>
  readonly change: Change
  readonly after: Omit<Item, 'pk' | 'sk'>
}

const changes: Record<string, Case> = {
  'all right-hand sides read the item as it was': {
    before: { n: 5, q: {}, m: { x: 7 } },
    change: [
      { set: ['q', 'k'], to: { path: ['n'] } },
      { set: ['n'], to: { path: ['n'], plus: 3 } },
      { set: ['m', 'x'], to: { path: ['n'], plus: -1 } },
      { set: ['old'], to: { path: ['m', 'x'] } },
    ],
    after: { n: 8, q: { k: 5 }, m: { x: 4 }, old: 7 },
  },
  'an append, the drop of a fold and an eviction fit one update': {
    before: { n: 9, t: 0, q: { a: 0, b: 4 }, p: { 5: 1, 6: 2 } },
    change: [
      { set: ['q', 'c'], to: { path: ['n'] } },
      { set: ['n'], to: { path: ['n'], plus: 2 } },
      { set: ['t'], to: { value: 4 } },
      { remove: ['q', 'a'] },
      { remove: ['p', '5'] },
    ],
    after: { n: 11, t: 4, q: { b: 4, c: 9 }, p: { 6: 2 } },
  },
  'a value is copied from where it is removed': {
    before: { a: {}, x: { p: 3, r: 4 } },
    change: [{ set: ['a', 'k'], to: { path: ['x', 'p'] } }, { remove: ['x', 'p'] }],
    after: { a: { k: 3 }, x: { r: 4 } },
  },
  'the alternative counts only where the path is absent': {
    before: { n: 4, x: { there: 1 } },
    change: [
      { set: ['x', 'there'], to: { path: ['x', 'there'], or: { path: ['n'] } } },
      { set: ['x', 'new'], to: { path: ['x', 'new'], or: { path: ['n'] } } },
      { set: ['y'], to: { path: ['n', 'below', 'a', 'number'], or: { value: [1, { z: '' }] } } },
    ],
    after: { n: 4, x: { there: 1, new: 4 }, y: [1, { z: '' }] },
  },
  'removing what is absent changes nothing': {
    before: { n: 1, m: {} },
    change: [{ remove: ['none'] }, { remove: ['m', 'none'] }],
    after: { n: 1, m: {} },
  },
  'a value of another type takes the place of the old one': {
    before: { n: 1, m: { x: { y: 1 } } },
    change: [
      { set: ['n'], to: { value: new Uint8Array([1]) } },
      { set: ['m', 'x'], to: { value: 'text' } },
    ],
    after: { n: new Uint8Array([1]), m: { x: 'text' } },
  },
  'names may look like anything': {
    before: { m: { constructor: 1 } },
    change: [
      { set: ['m', 'hasOwnProperty'], to: { value: { x: 1 } } },
      { set: ['a.b'], to: { path: ['m', 'constructor'], plus: 1 } },
      { set: ['#0'], to: { value: 'SET' } },
      { set: ['toString'], to: { path: ['valueOf'], or: { value: 0 } } },
    ],
    after: { m: { constructor: 1, hasOwnProperty: { x: 1 } }, 'a.b': 2, '#0': 'SET', toString: 0 },
  },
  'two hundred pointers fit one update': {
    before: { q: {} },
    change: Array.from({ length: 200 }, (_, i) => ({ set: ['q', `pointer${i}`], to: { value: i } }) as const),
    after: { q: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`pointer${i}`, i])) },
  },
}

export function updates(open: () => Promise<MetaStore>): void {
  for (const [name, { before, change, after }] of Object.entries(changes)) {
    test(name, async () => {
      const store = await open()
      await store.put({ ...key, ...before })
      expect(await store.update(key, change)).toEqual({ done: { ...key, ...after } })
      expect(await store.get(key, { strong: true })).toEqual({ ...key, ...after })
    })
  }
}

const judged: Item = {
  ...key,
  n: 5,
  same: 5,
  more: 6,
  s: 'b',
  fffd: '\uFFFD',
  emoji: '😀',
  yes: true,
  bytes: new Uint8Array([1, 2]),
  bytes2: new Uint8Array([1, 200]),
  m: { x: 1, y: { z: [1] } },
  m2: { y: { z: [1] }, x: 1 },
  l: [1, 'a'],
  empty: {},
}

/** Clauses by whether they hold for `judged`; as a line of code and no more, since there are so many. */
const holding: Clause[] = [
  { path: ['n'], is: 'present' },
  { path: ['m', 'y', 'z'], is: 'present' },
  { path: ['none'], is: 'absent' },
  { path: ['none', 'x'], is: 'absent' },
  { path: ['s', 'x'], is: 'absent' },
  { path: ['l', '0'], is: 'absent' },
  { path: ['constructor'], is: 'absent' },
  { path: ['m', 'toString'], is: 'absent' },
  { path: ['n'], is: '=', than: { value: 5 } },
  { path: ['n'], is: '=', than: { path: ['same'] } },
  { path: ['n'], is: '<', than: { path: ['more'] } },
  { path: ['n'], is: '<=', than: { path: ['same'] } },
  { path: ['n'], is: '>=', than: { value: 5 } },
  { path: ['n'], is: '>', than: { value: -(2 ** 53 - 1) } },
  { path: ['s'], is: '>', than: { value: 'a' } },
  { path: ['s'], is: '<', than: { value: 'ba' } },
  { path: ['fffd'], is: '<', than: { path: ['emoji'] } },
  { path: ['fffd'], is: '<', than: { value: '😀' } },
  { path: ['yes'], is: '=', than: { value: true } },
  { path: ['bytes'], is: '<', than: { path: ['bytes2'] } },
  { path: ['m'], is: '=', than: { path: ['m2'] } },
  { path: ['pk'], is: '=', than: { value: key.pk } },
  { path: ['none'], is: '<', than: { value: 1 }, orAbsent: true },
  { path: ['none'], is: '=', than: { path: ['nor'] }, orAbsent: true },
  { path: ['n'], is: '<', than: { value: 6 }, orAbsent: true },
  { path: ['m'], is: 'size<', than: 3 },
  { path: ['empty'], is: 'size<', than: 1 },
  { path: ['l'], is: 'size<', than: 3 },
  { path: ['bytes'], is: 'size<', than: 3 },
  { path: ['emoji'], is: 'size<', than: 3 },
]

const failing: Clause[] = [
  { path: ['n'], is: 'absent' },
  { path: ['none'], is: 'present' },
  { path: ['m', 'constructor'], is: 'present' },
  { path: ['n'], is: '=', than: { value: '5' } },
  { path: ['n'], is: '=', than: { path: ['none'] } },
  { path: ['none'], is: '=', than: { path: ['nor'] } },
  { path: ['none'], is: '<', than: { value: 5 } },
  { path: ['n'], is: '<', than: { value: 5 } },
  { path: ['n'], is: '>', than: { path: ['same'] } },
  { path: ['s'], is: '<', than: { value: 5 } },
  { path: ['s'], is: '>=', than: { value: 5 } },
  { path: ['emoji'], is: '<', than: { path: ['fffd'] } },
  { path: ['yes'], is: '=', than: { value: false } },
  { path: ['m'], is: '<=', than: { path: ['m2'] } },
  { path: ['l'], is: '=', than: { path: ['m'] } },
  { path: ['n'], is: '>', than: { value: 6 }, orAbsent: true },
  { path: ['n'], is: '=', than: { path: ['none'] }, orAbsent: true },
  { path: ['m'], is: 'size<', than: 2 },
  { path: ['l'], is: 'size<', than: 2 },
  { path: ['emoji'], is: 'size<', than: 2 },
  { path: ['none'], is: 'size<', than: 2 },
  { path: ['n'], is: 'size<', than: 9 },
  { path: ['yes'], is: 'size<', than: 9 },
]

export function guards(open: () => Promise<MetaStore>): void {
  describe('guards', () => {
    test('all of these hold, at once and one by one', async () => {
      const store = await open()
      await store.put(judged)
      expect(await store.update(key, [], holding.slice(0, 20))).toEqual({ done: judged })
      for (const clause of holding)
        expect([clause, await store.update(key, [], [clause])]).toEqual([clause, { done: judged }])
    })

    test('each of these is refused, though all others hold', async () => {
      const store = await open()
      await store.put(judged)
      for (const clause of failing) {
        const guard = [...holding.slice(0, 3), clause]
        expect([clause, await store.update(key, [{ remove: ['n'] }], guard)]).toEqual([clause, { refused: judged }])
      }
    })
  })
}
