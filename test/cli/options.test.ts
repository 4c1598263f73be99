import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { clusterUrl, collect, pair, position, separator, wholeNumber } from '../../lib/cli/options.ts'

describe('a position', () => {
  test('is earliest, latest, or an offset', () => {
    expect(position('earliest')).toEqual({ at: 'earliest' })
    expect(position('latest')).toEqual({ at: 'latest' })
    expect(position('0')).toEqual({ at: 'offset', offset: 0 })
    expect(position('123456789')).toEqual({ at: 'offset', offset: 123_456_789 })
  })

  test('is a time as ISO 8601 or as milliseconds since 1970', () => {
    expect(position('2026-11-21T10:00:00Z')).toEqual({ at: 'timestamp', timestampMs: Date.UTC(2026, 10, 21, 10) })
    expect(position('2026-11-21')).toEqual({ at: 'timestamp', timestampMs: Date.UTC(2026, 10, 21) })
    expect(position('1700000000000')).toEqual({ at: 'timestamp', timestampMs: 1_700_000_000_000 })
  })

  test('is a time in UTC where it names no zone, wherever the machine is', () => {
    // A process of its own: the zone of one that runs cannot be changed reliably.
    const options = fileURLToPath(new URL('../../lib/cli/options.ts', import.meta.url))
    const script = `const { position } = await import(process.argv[1])
      const times = ['2026-11-21T10:00:00.5', '2026-11-21T10:00:00+02:00', '2026-11-21'].map(position)
      console.log(JSON.stringify(times.map(({ timestampMs }) => timestampMs)))`
    const env = { ...process.env, TZ: 'Asia/Tokyo' }
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, options], {
      env,
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toEqual([
      Date.UTC(2026, 10, 21, 10, 0, 0, 500),
      Date.UTC(2026, 10, 21, 8),
      Date.UTC(2026, 10, 21),
    ])
  })

  test.each(['', '-1', '1.5', 'newest', '2026-1', 'May 3', '99999999999999999999', '0x10', '2026-13-45'])(
    'is not %j',
    (text) => {
      expect(() => position(text)).toThrow(InvalidArgumentError)
    },
  )
})

describe('a whole number', () => {
  const port = wholeNumber(0, 65_535)
  test('lies in its range', () => {
    expect(port('0')).toBe(0)
    expect(port('65535')).toBe(65_535)
    for (const text of ['65536', '-1', '', ' ', '1e3', '0x1f', '80a', '1.0'])
      expect(() => port(text)).toThrow(InvalidArgumentError)
  })
})

test('a pair splits at the first "=", and may have an empty value', () => {
  expect(pair('a=b=c')).toEqual(['a', 'b=c'])
  expect(pair('a=')).toEqual(['a', ''])
  expect(() => pair('=b')).toThrow(InvalidArgumentError)
  expect(() => pair('ab')).toThrow(InvalidArgumentError)
})

test('an option that is given again is collected', () => {
  const read = collect(pair)
  expect(read('c=d', read('a=b', undefined))).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('a URL needs no scheme, loses its last slash, and is http', () => {
  expect(clusterUrl('http://127.0.0.1:8082/')).toBe('http://127.0.0.1:8082')
  expect(clusterUrl('127.0.0.1:8082')).toBe('http://127.0.0.1:8082')
  expect(clusterUrl('https://api.example.com/stage')).toBe('https://api.example.com/stage')
  for (const text of ['', 'ftp://x', 'http://', 'no url']) expect(() => clusterUrl(text)).toThrow(InvalidArgumentError)
})

test('a separator may be a tab as a shell writes it', () => {
  expect(separator('\\t')).toBe('\t')
  expect(separator('::')).toBe('::')
  expect(() => separator('')).toThrow(InvalidArgumentError)
})
