import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChange } from '../../lib/store/evaluate.ts'
import { itemBytes } from '../../lib/store/item-size.ts'
import type { Assignment, Item, Value } from '../../lib/store/meta-store.ts'

const key = { pk: 'p', sk: 's' }

const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.boolean(),
  fc.constant(new Uint8Array(5)),
)
const nested: fc.Arbitrary<Value> = fc.oneof(
  fc.maxSafeInteger(),
  fc.string({ maxLength: 12 }),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('x', 'yy', 'é'), fc.integer(), { maxKeys: 3 }),
)
const names = fc.constantFrom('a', 'bb', 'ü', '17')
const assignment: fc.Arbitrary<Assignment> = fc.oneof(
  fc.record({ set: fc.tuple(fc.constantFrom('m', 'n'), names), to: fc.record({ value: nested }) }),
  fc.record({ set: fc.tuple(fc.constantFrom('k', 'l', 'mm')), to: fc.record({ value: fc.oneof(leaf, nested) }) }),
  fc.record({ set: fc.tuple(fc.constant('c')), to: fc.constant({ path: ['c'], plus: 999 }) }),
  fc.record({ remove: fc.tuple(fc.constantFrom('m', 'n'), names) }),
  fc.record({ remove: fc.tuple(fc.constantFrom('k', 'l', 'mm')) }),
)
/** Changes that name no path twice, as `checkUpdate` wants it. */
const change = fc.uniqueArray(assignment, {
  maxLength: 6,
  selector: (each) => JSON.stringify('set' in each ? each.set : each.remove),
})

const begin = (): Item => ({ ...key, c: 1, m: {}, n: { a: 'before' } })

function everyPart(value: Value, look: (part: object) => void): void {
  if (typeof value !== 'object' || value instanceof Uint8Array) return
  look(value)
  for (const part of Object.values(value)) everyPart(part as Value, look)
}

test('the bytes that are counted with each change are those of the whole item', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
      let item = begin()
      for (const each of changes) item = applyChange(item, key, each)
      // A copy is not known, so it is counted.
      expect(itemBytes(item)).toBe(itemBytes(structuredClone(item)))
    }),
  )
})

test('nobody can change an item that a change has left, nor what was given to it', () => {
  fc.assert(
    fc.property(change, (some) => {
      const given = structuredClone(some)
      const item = applyChange(undefined, key, [
        { set: ['c'], to: { value: 1 } },
        { set: ['m'], to: { value: {} } },
      ])
      const after = applyChange({ ...item, n: Object.freeze({}) }, key, some)
      everyPart(after, (part) => expect(Object.isFrozen(part)).toBe(true))
      expect(some).toEqual(given)
    }),
  )
})
