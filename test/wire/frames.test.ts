/** A connection's bytes, in whatever chunks they come, are the frames that were sent. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameAtOnceBytesMax, frameBytesMax } from '../../lib/base/limits.ts'
import { type FrameRoom, FrameSplitter } from '../../lib/wire/frames.ts'
import { MalformedFrame } from '../../lib/wire/wire-errors.ts'

const framed = (bytes: Uint8Array) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Cut into chunks whose lengths are taken in turn. */
function* chunksOf(stream: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    yield stream.subarray(at, at + length)
    at += length
  }
}

const split = (chunks: Iterable<Buffer>, splitter = new FrameSplitter(frameBytesMax)) =>
  [...chunks].flatMap((chunk) => splitter.push(chunk))

/** As a connection does: what comes next is read to where the splitter wants it, or into one buffer again and again. */
function readInPlace(stream: Buffer, lengths: readonly number[], splitter: FrameSplitter): Buffer[] {
  const between = Buffer.alloc(64)
  const got: Buffer[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const rest = splitter.rest
    const into = rest ?? between
    const bytes = stream.copy(into, 0, at, at + Math.min(into.length, lengths[turn % lengths.length] ?? 1))
    at += bytes
    if (rest === undefined) got.push(...splitter.push(between.subarray(0, bytes)))
    else got.push(...[splitter.filled(bytes)].filter((frame) => frame !== undefined))
    between.fill(0xee)
  }
  return got
}

describe('the frames of a connection', () => {
  test('are those that were sent, however their bytes are cut', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
      (frames, lengths) => {
        const splitter = new FrameSplitter(frameBytesMax)
        const got = split(chunksOf(Buffer.concat(frames.map(framed)), lengths), splitter)
        expect(got.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        expect(splitter.pendingBytes).toBe(0)
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  test('that are longer than what is taken at once are whole, too', () => {
    const long = Buffer.alloc(3 * frameAtOnceBytesMax + 7, 'some bytes that repeat')
    const [first, second, ...others] = split(
      chunksOf(Buffer.concat([framed(long), framed(long)]), [65_536, 1, 300_000]),
    )
    expect(first?.equals(long)).toBe(true)
    expect(second?.equals(long)).toBe(true)
    expect(others).toEqual([])
  })

  test('are views of a chunk that holds them whole', () => {
    const chunk = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))])
    const frames = new FrameSplitter(100).push(chunk)
    expect(frames.map(String)).toEqual(['one', 'two'])
    for (const frame of frames) expect(frame.buffer).toBe(chunk.buffer)
  })

  test('are those that were sent where they are read right into their place, and everything else is used again', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (frames, lengths, freshBytes) => {
        const moved: Buffer[] = []
        const room: FrameRoom = {
          take: (length, _, most) => Buffer.alloc(most < length ? Math.min(length, freshBytes) : length),
          giveBack: (frame) => moved.push(frame.fill(0xee)),
        }
        const got = readInPlace(Buffer.concat(frames.map(framed)), lengths, new FrameSplitter(100, room))
        expect(got.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        for (const frame of got) for (const old of moved) expect(frame.buffer).not.toBe(old.buffer)
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  test('take little memory for what their length says and nobody sends', () => {
    const splitter = new FrameSplitter(frameBytesMax)
    splitter.push(Buffer.from([0x05, 0x05, 0, 0]))
    expect(splitter.pendingBytes).toBe(frameAtOnceBytesMax)
    splitter.push(Buffer.alloc(frameAtOnceBytesMax))
    splitter.push(Buffer.alloc(1))
    expect(splitter.pendingBytes).toBeLessThanOrEqual(2 * frameAtOnceBytesMax)
  })

  test.each([-1, -0x80000000, 101, 0x7fffffff])('of %i bytes end the connection where 100 are taken', (length) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(length)
    const splitter = new FrameSplitter(100)
    expect(() => splitter.push(bytes)).toThrow(MalformedFrame)
    expect(() => splitter.push(bytes)).toThrow('nothing is read after a length that is wrong')
  })
})
