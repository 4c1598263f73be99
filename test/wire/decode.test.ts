/** The interpreter's corners that no client reaches by itself. */
import { describe, expect, test } from 'vitest'
import { decode } from '../../lib/wire/decode.ts'
import { encode } from '../../lib/wire/encode.ts'
import {
  arrayOf,
  type Fields,
  field,
  type Input,
  int32,
  nullable,
  safeInt64,
  string,
  struct,
} from '../../lib/wire/schema.ts'
import { WireReader } from '../../lib/wire/wire-reader.ts'
import { frameLengthBytes, WireWriter } from '../../lib/wire/wire-writer.ts'

const old = { version: 0, flexible: false }
const flexible = { version: 1, flexible: true }

const read = <F extends Fields>(fields: F, context: typeof old, hex: string) =>
  decode(fields, context, new WireReader(Buffer.from(hex, 'hex')))

function written<F extends Fields>(fields: F, context: typeof old, message: Input<F>): string {
  const writer = new WireWriter()
  encode(fields, context, message, writer)
  return Buffer.concat(writer.finish()).subarray(frameLengthBytes).toString('hex')
}

describe('a decoder', () => {
  test('refuses a 64-bit number that would lose digits, and takes the last that does not', () => {
    const fields = { offset: field('0+', safeInt64) }
    expect(read(fields, old, '001fffffffffffff')).toEqual({ offset: Number.MAX_SAFE_INTEGER })
    expect(read(fields, old, 'ffe0000000000001')).toEqual({ offset: Number.MIN_SAFE_INTEGER })
    expect(() => read(fields, old, '0020000000000000')).toThrow('offset: a number beyond 2^53, at byte 8')
    expect(() => read(fields, old, '8000000000000000')).toThrow('offset: a number beyond 2^53')
  })

  test('refuses a varint of more than 32 bits or five bytes', () => {
    const fields = { name: field('0+', string) }
    expect(() => read(fields, flexible, 'ffffffff0f')).toThrow('name: 4294967294 bytes where 0 are left, at byte 5')
    expect(() => read(fields, flexible, 'ffffffff1f')).toThrow('name: a varint of more than 32 bits')
    expect(() => read(fields, flexible, '808080808000')).toThrow('name: a varint of more than 32 bits')
  })

  test('passes over what a known tagged field has after its value', () => {
    const fields = { tagged: field('1+', int32, { tag: 0 }), plain: field('0+', int32) }
    // plain 1; one tagged field: tag 0, six bytes of which four are the value; then a struct of its own would follow.
    const reader = new WireReader(Buffer.from('00000001010006000000ff9999', 'hex'))
    expect(decode(fields, flexible, reader)).toEqual({ tagged: 255, plain: 1 })
    expect(reader.position).toBe(13)
  })

  test('takes arrays whose elements are one byte, because what is in them is null', () => {
    const inner = struct({ first: field('0+', int32), second: field('0+', int32) })
    const fields = { elements: field('0+', arrayOf(struct({ inner: field('0+', nullable(inner)) }))) }
    const message = { elements: [{ inner: null }, { inner: null }] }
    expect(written(fields, old, message)).toBe('00000002ffff')
    expect(read(fields, old, '00000002ffff')).toEqual(message)
  })

  test('gives every version the same fields in the same order, so that engines see one shape', () => {
    const fields = { late: field('1+', int32, { default: 7 }), early: field('0', int32, { default: 8 }) }
    expect(Object.entries(read(fields, old, '00000001'))).toEqual([
      ['late', 7],
      ['early', 1],
    ])
    expect(Object.entries(read(fields, flexible, '0000000100'))).toEqual([
      ['late', 1],
      ['early', 8],
    ])
  })
})
