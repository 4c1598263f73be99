import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactJson } from '../../lib/http/exact-json.ts'

const roundTrip = (text: string) => JSON.stringify(parseExactJson(text))

test.each([
  '12345678901234567890',
  '-12345678901234567890123',
  '9007199254740993',
  '0.12345678901234567890123',
  '1e400',
  '-1E+999',
  '1e-400',
])('a number that a double cannot hold keeps its text: %s', (text) => {
  expect(roundTrip(text)).toBe(text)
  expect(roundTrip(`{"a":[${text}]}`)).toBe(`{"a":[${text}]}`)
})

test.each([
  ['1.0', '1'],
  ['1e2', '100'],
  ['100000000000000000000', '100000000000000000000'],
  ['1.50000000000000000000', '1.5'],
  ['0.1', '0.1'],
  ['1E300', '1e+300'],
  ['-0', '0'],
  ['0e999', '0'],
])('a number that a double holds is what JSON.stringify makes of it: %s -> %s', (text, stored) => {
  expect(roundTrip(text)).toBe(stored)
})

test('whatever JavaScript can say is stored as it says it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(roundTrip(text)).toBe(text)
    }),
  )
})

test('every integer of up to 40 digits keeps its value', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (value) => {
      const stored = roundTrip(`[${value}]`)
      const [, text = ''] = /^\[(.*)\]$/.exec(stored) ?? []
      // JSON.stringify writes 1e21 and more with an exponent.
      const [digits = '', exponent = '0'] = text.split('e')
      const [whole = '', fraction = ''] = digits.split('.')
      const read = BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length)
      expect(read).toBe(value)
    }),
  )
})

test('digits in strings and names are left alone', () => {
  const text = '{"12345678901234567890":"12345678901234567890"}'
  expect(roundTrip(text)).toBe(text)
})

test('what is not JSON is a SyntaxError, on both ways', () => {
  for (const text of ['', '{', '{"a":1', '12345678901234567890]', '[12345678901234567890', 'NaN']) {
    expect(() => parseExactJson(text)).toThrow(SyntaxError)
  }
})
