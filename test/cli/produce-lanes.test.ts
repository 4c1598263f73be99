import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cliLaneBytesMax, cliLanes } from '../../lib/base/limits.ts'
import { type LaneRecord, ProduceLanes } from '../../lib/cli/produce-lanes.ts'
import type { ProduceResult } from '../../lib/client/client-types.ts'

const record = (partition: number, value: string): LaneRecord => ({ partition, value, key: null, line: 1 })
const produced = (records: readonly LaneRecord[]): ProduceResult[] =>
  records.map(({ partition }, offset) => ({ outcome: 'produced', partition, offset }))
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('lanes', () => {
  test('keep the order of every partition, whatever each request takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(9), { maxLength: 200 }),
        fc.infiniteStream(fc.nat(5)),
        async (partitions, delays) => {
          const stored = new Map<number, string[]>()
          const lanes = new ProduceLanes(async (records) => {
            await turns(delays.next().value ?? 0)
            for (const { partition, value } of records) {
              stored.set(partition, [...(stored.get(partition) ?? []), String(value)])
            }
            return produced(records)
          })
          for (const [index, partition] of partitions.entries()) {
            await lanes.add(record(partition, `${index}`))
            if (index % 7 === 0) await turns(1)
          }
          await lanes.settle()
          expect(lanes.acknowledged).toBe(partitions.length)
          for (const [partition, values] of stored) {
            expect(values).toEqual(partitions.flatMap((one, index) => (one === partition ? [`${index}`] : [])))
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('have several requests in flight, and gather what comes meanwhile into the next', async () => {
    const open: (() => void)[] = []
    const sizes: number[] = []
    const lanes = new ProduceLanes(async (records) => {
      sizes.push(records.length)
      await new Promise<void>((resolve) => open.push(resolve))
      return produced(records)
    })
    for (let partition = 0; partition < cliLanes; partition++) await lanes.add(record(partition, 'first'))
    await turns(2)
    expect(open).toHaveLength(cliLanes)
    for (let index = 0; index < 50; index++) await lanes.add(record(0, 'later'))
    const release = setInterval(() => open.splice(0).map((resolve) => resolve()), 1)
    await lanes.settle()
    clearInterval(release)
    expect(sizes).toEqual([...Array(cliLanes).fill(1), 50])
  })

  test('send nothing more after a refusal, and count only what was acknowledged', async () => {
    let calls = 0
    const lanes = new ProduceLanes(async (records) => {
      calls += 1
      if (calls === 1) return produced(records)
      return records.map(({ partition }) => ({
        outcome: 'failed',
        partition,
        errorCode: 42203,
        message: 'too large',
        retriable: false,
      }))
    })
    for (const value of ['a', 'b', 'c', 'd']) {
      await lanes.add(record(1, value))
      await turns(4)
    }
    await lanes.settle()
    expect(calls).toBe(2)
    expect(lanes.acknowledged).toBe(1)
    expect(lanes).toMatchObject({ fault: { line: 1 }, unknown: 0 })
  })

  test.each([
    ['that the store did not say, as unknown', { errorCode: 40801, retriable: true }, 1],
    ['that nothing was stored, as no more than that', { errorCode: 50003, retriable: true }, 0],
  ])('take an answer for what it says: %s', async (_, fault, unknown) => {
    const lanes = new ProduceLanes(async (records) =>
      records.map(({ partition }) => ({ outcome: 'failed', partition, message: 'no', ...fault })),
    )
    await lanes.add(record(0, 'a'))
    await lanes.settle()
    expect(lanes).toMatchObject({ fault: { line: 1 }, unknown })
  })

  test('say that it is unknown whether the records of a cut request are stored', async () => {
    const lanes = new ProduceLanes(async () => {
      await turns(2)
      throw new Error('cut')
    })
    // All requests in flight are cut when a cluster dies.
    for (let partition = 0; partition < cliLanes; partition++) await lanes.add(record(partition, 'a'))
    await lanes.settle()
    expect(lanes).toMatchObject({ acknowledged: 0, unknown: cliLanes, fault: { cause: new Error('cut') } })
  })

  test('hold no more bytes than their limit: adding waits, and goes on when there is room', async () => {
    const open: (() => void)[] = []
    const lanes = new ProduceLanes(async (records) => {
      await new Promise<void>((resolve) => open.push(resolve))
      return produced(records)
    })
    const big = record(0, 'x'.repeat(cliLaneBytesMax * 0.6))
    await lanes.add(big)
    let added = false
    const second = lanes.add(big).then(() => {
      added = true
    })
    await turns(5)
    expect(added).toBe(false)
    open.splice(0).map((resolve) => resolve())
    await second
    const release = setInterval(() => open.splice(0).map((resolve) => resolve()), 1)
    await lanes.settle()
    clearInterval(release)
    expect(lanes.acknowledged).toBe(2)
  })
})
