import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merged } from '../../lib/client/merged.ts'

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Brings numbers, each after so many turns of the event loop. */
const source = (from: number, delays: readonly number[]) =>
  async function* () {
    for (const [index, delay] of delays.entries()) {
      await turns(delay)
      yield { from, index }
    }
  }

describe('many sources as one', () => {
  test('bring all they have, each in its order, whatever each takes', async () => {
    const sources = fc.array(fc.array(fc.nat(3), { maxLength: 8 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(sources, fc.integer({ min: 1, max: 5 }), async (delays, atOnceMax) => {
        const seen: number[][] = delays.map(() => [])
        const all = merged(
          delays.map((some, from) => source(from, some)),
          atOnceMax,
          () => expect.unreachable(),
        )
        for await (const { from, index } of all) seen[from]?.push(index)
        expect(seen).toEqual(delays.map((some) => [...some.keys()]))
      }),
      { numRuns: 50 },
    )
  })

  test('are open a bounded number at a time', async () => {
    let open = 0
    let most = 0
    const one = async function* () {
      most = Math.max(most, ++open)
      await turns(2)
      yield 1
      open -= 1
    }
    let sum = 0
    for await (const value of merged(Array<typeof one>(20).fill(one), 3, () => undefined)) sum += value
    expect({ sum, most, open }).toEqual({ sum: 20, most: 3, open: 0 })
  })

  test('end with the first fault, and are stopped and waited for', async () => {
    const stop = new AbortController()
    let ended = 0
    const waits = async function* () {
      await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
      await turns(3)
      ended += 1
      yield 1
    }
    const fails = async function* () {
      yield 2
      throw new Error('cut')
    }
    const seen: number[] = []
    const read = async () => {
      for await (const value of merged<number>([waits, fails, waits], 3, () => stop.abort())) seen.push(value)
    }
    await expect(read()).rejects.toThrow('cut')
    expect({ seen, ended }).toEqual({ seen: [2], ended: 2 })
  })

  test('are stopped and waited for when the reader has enough', async () => {
    const stop = new AbortController()
    const endless = async function* () {
      while (!stop.signal.aborted) {
        await turns(1)
        yield 1
      }
    }
    for await (const _ of merged([endless, endless], 2, () => stop.abort())) break
    expect(stop.signal.aborted).toBe(true)
  })
})
