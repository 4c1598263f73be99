import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { propertiesLengthMax } from '../../lib/base/limits.ts'
import { readProperties } from '../../lib/cluster/properties-file.ts'

function read(text: string): [string, string][] {
  const reading = readProperties(text)
  if ('problem' in reading) throw new Error(reading.problem)
  return reading.properties.map(({ name, value }) => [name, value])
}

describe('a properties file', () => {
  test('names end at =, : or white space, and blanks around them do not count', () => {
    expect(read('a=1\n  b : 2\nc 3\nd\t=\t4\ne==5\nf\ng =')).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', '4'],
      ['e', '=5'],
      ['f', ''],
      ['g', ''],
    ])
  })

  test('comments begin with # or !, and only at the beginning of a line', () => {
    expect(read('# one\n  ! two \\\na=1 # no comment\n\n')).toEqual([['a', '1 # no comment']])
  })

  test('a backslash at the end goes on in the next line, whose indent does not count', () => {
    expect(read('listeners=A://:1,\\\n    B://:2\nb=c\\\\\nd=e\\')).toEqual([
      ['listeners', 'A://:1,B://:2'],
      ['b', 'c\\'],
      ['d', 'e'],
    ])
    expect(read('a=1\\\n# 2')).toEqual([['a', '1# 2']])
  })

  test('escapes are read as Java reads them', () => {
    expect(read('a\\ b\\=c=x\\ty\\u0041\\q\\\\n')).toEqual([['a b=c', 'x\tyAq\\n']])
    expect(readProperties('a=1\nb=\\u00')).toEqual({
      problem: 'Line 2: \\u must be followed by four hexadecimal digits.',
    })
    expect(read('a=\\\\u00')).toEqual([['a', '\\u00']])
  })

  test('lines are counted where they begin, whatever ends them', () => {
    const reading = readProperties('a=1\r\nb=2\\\r\n3\rc=4')
    expect('properties' in reading && reading.properties.map(({ name, line }) => [name, line])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 4],
    ])
  })

  test('what is written with every character escaped is read as it was', () => {
    const escaped = (text: string) =>
      [...text]
        .flatMap((letter) => letter.split(''))
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ minLength: 1, unit: 'binary' }), fc.string())), (pairs) => {
        expect(read(pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('\n'))).toEqual(pairs)
      }),
      { numRuns: 200 },
    )
  })

  test('any text is read or refused, and a megabyte is enough', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\\', 'u', '=', '\n', ' ', '0', '#') }), (text) => {
        expect(readProperties(text)).toBeDefined()
      }),
    )
    expect(readProperties('a'.repeat(propertiesLengthMax + 1))).toHaveProperty('problem')
  })
})
