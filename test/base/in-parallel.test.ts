import { expect, test } from 'vitest'
import { inParallel } from '../../lib/base/in-parallel.ts'

/** Work that is under way until it is let go, in the order in which it was begun. */
function heldWork() {
  const held: { readonly input: number; readonly end: (fault?: Error) => Promise<void> }[] = []
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const run = (input: number) =>
    new Promise<string>((resolve, reject) => {
      const end = async (fault?: Error) => {
        if (fault) reject(fault)
        else resolve(`done ${input}`)
        await turn()
      }
      held.push({ input, end })
    })
  const begun = () => held.map(({ input }) => input)
  const end = async (input: number, fault?: Error) => {
    const one = held.find((each) => each.input === input)
    if (!one) throw new Error(`${input} was not begun`)
    await one.end(fault)
  }
  return { run, begun, end, turn }
}

test('answers stand in the order of the inputs, whichever ended first', async () => {
  const { run, end } = heldWork()
  const all = inParallel([1, 2, 3], 3, run)
  await end(3)
  await end(1)
  await end(2)
  expect(await all).toEqual(['done 1', 'done 2', 'done 3'])
})

test('never more is under way than allowed', async () => {
  const { run, begun, end } = heldWork()
  const all = inParallel([1, 2, 3], 2, run)
  expect(begun()).toEqual([1, 2])
  await end(2)
  expect(begun()).toEqual([1, 2, 3])
  await end(1)
  await end(3)
  await all
})

test('of nothing there is nothing to wait for', async () => {
  expect(await inParallel([], 4, async () => 1)).toEqual([])
})

test('a fault is thrown only when what was begun has ended, and its lane takes no more', async () => {
  const { run, begun, end, turn } = heldWork()
  let thrown: unknown
  const all = inParallel([1, 2, 3, 4], 2, run).catch((fault: unknown) => {
    thrown = fault
  })
  await end(1, new Error('lost'))
  expect(begun()).toEqual([1, 2])
  await end(2, new Error('lost too'))
  await turn()
  expect(begun()).toEqual([1, 2])
  await all
  expect(thrown).toEqual(new Error('lost'))
})
