/**
 * What every object store must do, run on every adapter. The model is S3 as its API reference describes it: ranges are
 * cut at the object's end, listings are in bytewise order, absent keys are deleted without complaint.
 */
import { describe, expect, test } from 'vitest'
import { InvalidCall } from '../../lib/store/errors.ts'
import type { ByteRange } from '../../lib/store/object-store.ts'
import { asText, chunked, equal, type Open, patterned, text } from './object-bytes.ts'
import { compositions } from './object-compositions.ts'
import { listings } from './object-listings.ts'
import { sequences } from './object-sequences.ts'

const mebibyte = 1024 * 1024

interface ConformanceOptions {
  /** Random sequences of calls that are tried against the model. */
  readonly runs?: number
}

/** `open` gives an empty store, and tidies up after the test by vitest's `onTestFinished`. */
export function objectStoreConformance(name: string, open: Open, { runs = 50 }: ConformanceOptions = {}): void {
  describe(`${name} as an object store`, () => {
    puts(open)
    reads(open)
    listings(open)
    deletions(open)
    compositions(open)
    refusals(open)
    sequences(open, runs)
  })
}

function puts(open: Open): void {
  test('an object is the concatenation of its chunks', async () => {
    const store = await open()
    expect(await store.put('a', [text('one '), text(''), text('two')])).toBe('done')
    expect(asText(await store.get('a'))).toBe('one two')
  })

  test('an object of no chunks, or of empty ones, is there and empty', async () => {
    const store = await open()
    await store.put('none', [])
    await store.put('empty', [text(''), text('')])
    expect(await store.get('none')).toHaveLength(0)
    expect(await store.get('empty')).toHaveLength(0)
    expect((await store.list('')).objects).toEqual([
      { key: 'empty', size: 0 },
      { key: 'none', size: 0 },
    ])
  })

  test('what is read into memory of the caller is what is read without it, whole or in part', async () => {
    const store = await open()
    const bytes = patterned(300_000)
    await store.put('a', [bytes])
    for (const range of [undefined, { start: 100, end: 200 }, { start: 299_000, end: 400_000 }, { start: 7, end: 7 }]) {
      const given: Uint8Array[] = []
      const into = (length: number) => {
        given.push(new Uint8Array(new ArrayBuffer(length + 20), 10, length).fill(0xee))
        return given[0] as Uint8Array
      }
      const read = await store.get('a', { ...(range && { range }), into })
      expect(equal(read, bytes.subarray(range?.start ?? 0, range?.end))).toBe(true)
      expect(given.length).toBeLessThanOrEqual(1)
      if (given.length > 0) expect(read).toBe(given[0])
      for (const { buffer } of given) {
        const around = Buffer.concat([Buffer.from(buffer, 0, 10), Buffer.from(buffer, buffer.byteLength - 10)])
        expect(around).toEqual(Buffer.alloc(20))
      }
    }
    expect(await store.get('absent', { into: (length) => new Uint8Array(length) })).toBeUndefined()
  })

  test('what the caller does to its buffers afterwards changes nothing', async () => {
    const store = await open()
    const bytes = Buffer.from('stored')
    await store.put('a', [bytes])
    await store.compose('b', chunked([bytes]))
    bytes.fill(0)
    const first = await store.get('a')
    first?.fill(0)
    expect(asText(await store.get('a'))).toBe('stored')
    expect(asText(await store.get('b'))).toBe('stored')
  })

  test('a put of what is there answers done, and leaves one object', async () => {
    const store = await open()
    await store.put('a', [text('same')])
    expect(await store.put('a', [text('same')])).toBe('done')
    expect((await store.list('')).objects).toEqual([{ key: 'a', size: 4 }])
  })

  test('an object that must be absent and is not stays as it is', async () => {
    const store = await open()
    expect(await store.put('a', [text('first')], { ifAbsent: true })).toBe('done')
    expect(await store.put('a', [text('second')], { ifAbsent: true })).toBe('exists')
    expect(asText(await store.get('a'))).toBe('first')
  })

  test('of many that put the same absent key at once, one is told done and its object is there', async () => {
    const store = await open()
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, writer) => store.put('race', [text(`writer ${writer}`)], { ifAbsent: true })),
    )
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1)
    expect(asText(await store.get('race'))).toBe(`writer ${answers.indexOf('done')}`)
  })

  test('a key that is another key with a slash is a key of its own', async () => {
    const store = await open()
    for (const key of ['a', 'a/b', 'a/b/c']) await store.put(key, [text(key)])
    for (const key of ['a', 'a/b', 'a/b/c']) expect(asText(await store.get(key))).toBe(key)
  })

  test('a large object of many chunks comes back byte for byte', async () => {
    const store = await open()
    const bytes = patterned(5 * mebibyte + 17)
    const chunks = Array.from({ length: 3_000 }, (_, i) =>
      bytes.subarray(i * 1_800, i === 2_999 ? undefined : (i + 1) * 1_800),
    )
    await store.put('large', chunks)
    expect(equal(await store.get('large'), bytes)).toBe(true)
    expect(
      equal(
        await store.get('large', { range: { start: 4_000_000, end: 4_300_000 } }),
        bytes.subarray(4_000_000, 4_300_000),
      ),
    ).toBe(true)
  })
}

function reads(open: Open): void {
  test('an absent object is undefined, with a range as without', async () => {
    const store = await open()
    expect(await store.get('absent')).toBeUndefined()
    expect(await store.get('absent', { range: { start: 0, end: 4 } })).toBeUndefined()
    expect(await store.get('absent', { range: { start: 4, end: 4 } })).toBeUndefined()
    expect(await store.get('absent', { range: { start: -4 } })).toBeUndefined()
  })

  test.each<[ByteRange, string]>([
    [{ start: 0 }, '0123456789'],
    [{ start: 3 }, '3456789'],
    [{ start: 0, end: 1 }, '0'],
    [{ start: 3, end: 7 }, '3456'],
    [{ start: 3, end: 10 }, '3456789'],
    [{ start: 3, end: 99 }, '3456789'],
    [{ start: 9 }, '9'],
    [{ start: 10 }, ''],
    [{ start: 10, end: 12 }, ''],
    [{ start: 99, end: 100 }, ''],
    [{ start: 4, end: 4 }, ''],
    [{ start: -1 }, '9'],
    [{ start: -4 }, '6789'],
    [{ start: -10 }, '0123456789'],
    [{ start: -99 }, '0123456789'],
  ])('the range %o of 0123456789 is "%s"', async (range, expected) => {
    const store = await open()
    await store.put('digits', [text('0123456789')])
    expect(asText(await store.get('digits', { range }))).toBe(expected)
  })

  test.each<[ByteRange]>([[{ start: 0 }], [{ start: 0, end: 1 }], [{ start: 5, end: 9 }], [{ start: -1 }]])(
    'the range %o of an empty object is empty',
    async (range) => {
      const store = await open()
      await store.put('empty', [])
      expect(await store.get('empty', { range })).toHaveLength(0)
    },
  )
}

function deletions(open: Open): void {
  test('what is deleted is gone, what is absent is no error, the rest stays', async () => {
    const store = await open()
    for (const key of ['a', 'b/c', 'b/d']) await store.put(key, [text(key)])
    await store.delete(['a', 'b/c', 'absent', 'b/absent', 'a/absent'])
    expect(await store.get('a')).toBeUndefined()
    expect((await store.list('')).objects).toEqual([{ key: 'b/d', size: 3 }])
    await store.delete(['b/d'])
    await store.delete([])
    expect((await store.list('')).objects).toEqual([])
    expect(await store.put('b/d', [text('again')], { ifAbsent: true })).toBe('done')
  })

  test('more keys than one request of S3 takes are deleted', async () => {
    const store = await open()
    const keys = Array.from({ length: 1_100 }, (_, index) => `many/${index}`)
    for (const key of ['many/0', 'many/999', 'many/1000', 'many/1099']) await store.put(key, [])
    await store.delete(keys)
    expect((await store.list('')).objects).toEqual([])
  })

  test('puts and deletions at once in the same folder do not disturb each other', async () => {
    const store = await open()
    const rounds = Array.from({ length: 20 }, (_, index) => `busy/${index}`)
    await Promise.all(
      rounds.map(async (key) => {
        await store.put(key, [text(key)])
        await store.delete([key])
        await store.put(`${key}-kept`, [text(key)])
      }),
    )
    expect((await store.list('busy/')).objects.map(({ key }) => key)).toEqual(rounds.map((key) => `${key}-kept`).sort())
  })
}

function refusals(open: Open): void {
  const notKeys = [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    '.a',
    'a/.b',
    'a/../b',
    'a/./b',
    'a b',
    'ä',
    'a\\b',
    'a\0b',
    'a+',
    'a@',
    '%61',
  ]
  test.each([...notKeys, 'x'.repeat(201), Array.from({ length: 100 }, () => 'segment').join('/')])(
    'the key %j is refused as a bug',
    async (key) => {
      const store = await open()
      await expect(store.put(key, [])).rejects.toThrow(InvalidCall)
      await expect(store.get(key)).rejects.toThrow(InvalidCall)
      await expect(store.delete(['fine', key])).rejects.toThrow(InvalidCall)
      await expect(store.compose(key, chunked([]))).rejects.toThrow(InvalidCall)
    },
  )

  test.each<[ByteRange]>([
    [{ start: 5, end: 4 }],
    [{ start: -1, end: 4 }],
    [{ start: 0.5 }],
    [{ start: Number.NaN }],
    [{ start: -0 }],
    [{ start: 0, end: Number.POSITIVE_INFINITY }],
  ])('the range %o is refused as a bug', async (range) => {
    const store = await open()
    await expect(store.get('a', { range })).rejects.toThrow(InvalidCall)
  })

  test('a listing is refused for a limit outside 1 to 1,000, or a beginning that no key has', async () => {
    const store = await open()
    for (const limit of [0, -1, 1.5, 1_001]) await expect(store.list('', { limit })).rejects.toThrow(InvalidCall)
    await expect(store.list('a b')).rejects.toThrow(InvalidCall)
    await expect(store.list('', { startAfter: 'a\n' })).rejects.toThrow(InvalidCall)
  })
}
