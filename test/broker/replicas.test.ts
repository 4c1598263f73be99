import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replicasOf } from '../../lib/broker/replicas.ts'

const brokers = (...ids: number[]) => ids.map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }))

test('a partition has as many replicas as its topic was created with, the leader first and only live brokers', () => {
  const live = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(live, fc.nat(), fc.integer({ min: 1, max: 3 }), (ids, which, factor) => {
      const sorted = ids.toSorted((one, other) => one - other)
      const leader = sorted[which % sorted.length] as number
      const replicas = replicasOf(leader, factor, brokers(...sorted))
      expect(replicas).toHaveLength(factor)
      expect(replicas[0]).toBe(leader)
      for (const id of replicas) expect(sorted).toContain(id)
      expect(new Set(replicas).size).toBe(Math.min(factor, sorted.length))
    }),
  )
})

test('the followers are those that come after the leader, around the circle', () => {
  expect(replicasOf(1, 2, brokers(1, 2, 3))).toEqual([1, 2])
  expect(replicasOf(3, 2, brokers(1, 2, 3))).toEqual([3, 1])
  expect(replicasOf(2, 3, brokers(2))).toEqual([2, 2, 2])
})
