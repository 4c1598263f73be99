/** Memory of requests to produce is used again, once; all other memory belongs to whoever was given it. */
import { expect, test } from 'vitest'
import { frameMemoryFreeBytesMax, lentFrameBytesMax } from '../../lib/base/limits.ts'
import { FrameMemory } from '../../lib/gateway/frame-memory.ts'

const produce = Buffer.from([0, 0, 0, 9])
const fetch = Buffer.from([0, 1, 0, 9])
const KiB = 1_024

test('the memory of a frame that was given back is the next one’s of about that length', () => {
  const memory = new FrameMemory({ lends: true })
  const first = memory.take(100 * KiB, produce, 100 * KiB)
  const other = memory.take(100 * KiB, produce, 100 * KiB)
  expect(other.buffer).not.toBe(first.buffer)
  memory.giveBack(first)
  const next = memory.take(99 * KiB, produce, 99 * KiB)
  expect(next.buffer).toBe(first.buffer)
  expect(next.length).toBe(99 * KiB)
})

test('a frame that is given back twice, or after its memory was lent anew, is not lent to two', () => {
  const memory = new FrameMemory({ lends: true })
  const first = memory.take(10 * KiB, produce, 10 * KiB)
  memory.giveBack(first)
  memory.giveBack(first)
  const second = memory.take(10 * KiB, produce, 10 * KiB)
  memory.giveBack(first)
  const third = memory.take(10 * KiB, produce, 10 * KiB)
  expect(third.buffer).not.toBe(second.buffer)
  expect(memory.isLent(first)).toBe(false)
  expect(memory.isLent(second)).toBe(true)
})

test.each([
  ['of another API', fetch, 10 * KiB, true],
  ['whose API has not come', produce.subarray(0, 1), 10 * KiB, true],
  ['that is small', produce, 100, true],
  ['that is very long', produce, lentFrameBytesMax + 1, true],
  ['before stores that may look at it later', produce, 10 * KiB, false],
])('a frame %s is nobody else’s afterwards', (_, head, length, lends) => {
  const memory = new FrameMemory({ lends })
  const frame = memory.take(length, head, length)
  expect(memory.isLent(frame)).toBe(false)
  memory.giveBack(frame)
  expect(memory.freeBytes).toBe(0)
})

test('a length alone takes memory that is there, or as much as is allowed', () => {
  const memory = new FrameMemory({ lends: true })
  const begun = memory.take(1_000 * KiB, produce, 100 * KiB)
  expect(begun.length).toBe(100 * KiB)
  memory.giveBack(memory.take(1_000 * KiB, produce, 1_000 * KiB))
  expect(memory.take(1_000 * KiB, produce, 100 * KiB).length).toBe(1_000 * KiB)
})

test('what is free has a limit', () => {
  const memory = new FrameMemory({ lends: true })
  const frames = Array.from({ length: 40 }, () => memory.take(1_000 * KiB, produce, 1_000 * KiB))
  for (const frame of frames) memory.giveBack(frame)
  expect(memory.freeBytes).toBeGreaterThan(frameMemoryFreeBytesMax / 2)
  expect(memory.freeBytes).toBeLessThanOrEqual(frameMemoryFreeBytesMax)
})
