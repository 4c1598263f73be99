import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidBatch } from '../../lib/records/invalid-batch.ts'
import { sizeOfVarint, sizeOfVarlong, VarintReader, writeVarint, writeVarlong } from '../../lib/records/varint.ts'

/** Zigzag as the protobuf documentation defines it, slowly and with bigints. */
function encodeSlowly(value: number): number[] {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; raw > 0x7fn; raw >>= 7n) bytes.push(Number(raw & 0x7fn) | 0x80)
  return [...bytes, Number(raw)]
}

const integers = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const edges = [0, -1, 1, -64, 63, 64, -65, 8_191, 8_192, 2 ** 31 - 1, -(2 ** 31)]
const longs = fc.oneof(fc.maxSafeInteger(), integers)

describe('varints', () => {
  test('a varint is written as protobuf has it, in the size foretold, and read back', () => {
    fc.assert(
      fc.property(fc.oneof(integers, fc.constantFrom(...edges)), (value) => {
        const bytes = new Uint8Array(5)
        const length = writeVarint(bytes, 0, value)
        expect([...bytes.subarray(0, length)]).toEqual(encodeSlowly(value))
        expect(sizeOfVarint(value)).toBe(length)
        const reader = new VarintReader(bytes)
        expect(reader.readVarint()).toBe(value)
        expect(reader.position).toBe(length)
      }),
    )
  })

  test('a varlong of any safe integer is written as protobuf has it, in the size foretold, and read back', () => {
    const limits = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, 2 ** 34 - 1]
    fc.assert(
      fc.property(fc.oneof(longs, fc.constantFrom(...edges, ...limits)), (value) => {
        const bytes = new Uint8Array(10)
        const length = writeVarlong(bytes, 0, value)
        expect([...bytes.subarray(0, length)]).toEqual(encodeSlowly(value))
        expect(sizeOfVarlong(value)).toBe(length)
        const reader = new VarintReader(bytes)
        expect(reader.readVarlong()).toBe(value)
        expect(reader.position).toBe(length)
      }),
    )
  })

  test('a varlong beyond 2^53 is refused, not rounded', () => {
    const bytes = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])
    expect(() => new VarintReader(bytes).readVarlong()).toThrow(InvalidBatch)
  })

  test('a varint that does not end is refused', () => {
    const endless = new Uint8Array(20).fill(0xff)
    expect(() => new VarintReader(endless).readVarint()).toThrow(InvalidBatch)
    expect(() => new VarintReader(endless).readVarlong()).toThrow(InvalidBatch)
  })

  test('nothing is read at or past the end', () => {
    const reader = new VarintReader(Uint8Array.of(0x80, 0x01))
    reader.end = 1
    expect(() => reader.readVarint()).toThrow(InvalidBatch)
    expect(() => new VarintReader(new Uint8Array(3)).skip(4)).toThrow(InvalidBatch)
    expect(() => new VarintReader(new Uint8Array(3)).skip(-1)).toThrow(InvalidBatch)
  })
})
