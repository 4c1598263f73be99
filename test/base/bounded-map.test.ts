import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedMap } from '../../lib/base/bounded-map.ts'

test('the entry that was set longest ago goes first, however often it was looked at', () => {
  const map = new BoundedMap<string, number>(2)
  expect(map.set('a', 1)).toBeUndefined()
  expect(map.set('b', 2)).toBeUndefined()
  expect(map.get('a')).toBe(1)
  expect(map.set('c', 3)).toBe(1)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 3])
})

test('an entry that is set again is the newest, and nothing goes for it', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  expect(map.set('a', 3)).toBeUndefined()
  expect(map.set('c', 4)).toBe(2)
  expect(map.get('a')).toBe(3)
})

test('it holds what was set last, and never more than it may', () => {
  const step = fc.record({ key: fc.nat(9), remove: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (countMax, steps) => {
      const map = new BoundedMap<number, number>(countMax)
      let expected: (readonly [number, number])[] = []
      for (const [at, { key, remove }] of steps.entries()) {
        expected = expected.filter(([known]) => known !== key)
        if (remove) map.delete(key)
        else {
          map.set(key, at)
          expected = [...expected, [key, at] as const].slice(-countMax)
        }
        expect(map.size).toBe(expected.length)
        for (let any = 0; any < 10; any++) expect(map.get(any)).toBe(new Map(expected).get(any))
      }
    }),
  )
})
