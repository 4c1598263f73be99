import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BrokerNode } from '../../lib/cluster/brokers.ts'
import { chooseBroker } from '../../lib/cluster/rendezvous.ts'

const broker = (id: number): BrokerNode => ({ id, host: `host-${id}`, port: 9092, rack: null })
const brokers = fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 12 })

test('a key belongs to one of the live brokers, whatever the order they are named in', () => {
  fc.assert(
    fc.property(fc.string(), brokers, (key, ids) => {
      const chosen = chooseBroker(key, ids.map(broker))
      expect(ids).toContain(chosen?.id)
      expect(chooseBroker(key, ids.toReversed().map(broker))).toEqual(chosen)
    }),
  )
})

test('a key stays where it is when another broker goes', () => {
  fc.assert(
    fc.property(fc.string(), brokers, fc.nat(), (key, ids, which) => {
      const gone = ids[which % ids.length]
      const before = chooseBroker(key, ids.map(broker))
      const after = chooseBroker(key, ids.filter((id) => id !== gone).map(broker))
      if (before?.id !== gone) expect(after).toEqual(before)
    }),
  )
})

test('keys spread evenly over brokers', () => {
  const live = [1, 2, 3, 4].map(broker)
  const counts = new Map<number, number>()
  for (let index = 0; index < 4_000; index++) {
    const id = chooseBroker(`group-${index}`, live)?.id ?? -1
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4])
  for (const count of counts.values()) expect(count).toBeGreaterThan(800)
})

test('where no broker lives, a key has none', () => {
  expect(chooseBroker('key', [])).toBeUndefined()
})
