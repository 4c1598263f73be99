/**
 * What every object store must do, run on every adapter. The model is S3 as its API reference describes it: ranges are
 * cut at the object's end, listings are in bytewise order, absent keys are deleted without complaint.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { InvalidCall } from '../../lib/store/errors.ts'
import type { ByteRange, ObjectStore } from '../../lib/store/object-store.ts'

const mebibyte = 1024 * 1024

interface ConformanceOptions {
  /** Random sequences of calls that are tried against the model. */
  readonly runs?: number
}

/** `open` gives an empty store, and tidies up after the test by vitest's `onTestFinished`. */
export function objectStoreConformance(
  name: string,
  open: () => Promise<ObjectStore>,
  { runs = 50 }: ConformanceOptions = {},
): void {
  describe(`${name} as an object store`, () => {
    puts(open)
    reads(open)
    listings(open)
    deletions(open)
    compositions(open)
    refusals(open)
    test('any sequence of calls is answered as the memory store answers it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 25 }), async (calls) => {
          const store = await open()
          const model = new MemoryObjectStore()
          for (const call of calls) expect(await perform(store, call)).toEqual(await perform(model, call))
          expect(await listAll(store, '')).toEqual(await listAll(model, ''))
        }),
        { numRuns: runs },
      )
    })
  })
}

type Open = () => Promise<ObjectStore>

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

function listings(open: Open): void {
  const time = '0190a1b2'
  /** In order: by bytes, `-` < `.` < `/` < digits < `=` < capitals < small letters. Ids with a time lie among other names. */
  const ordered = [
    'A',
    'a',
    'a-b',
    'a.b',
    'a/a',
    'a/b/c',
    'a0',
    'a=',
    'b/1',
    'b/10',
    'b/2',
    `i/${time}`,
    `i/${time}-x`,
    `i/${time}/x`,
    `i/${time}00000000000000`,
    `i/${time}0`.padEnd(20, '0'),
    `i/${time}0f000000000000`,
    `i/${time}0f000000000000/x`,
    `i/${time}ffffffffffffff`,
    `i/${time.slice(0, 7)}300000000000000`,
    'z',
  ].sort()

  test('a listing is in bytewise order, with the size of each object', async () => {
    const store = await openWith(ordered)
    expect(await store.list('')).toEqual({ objects: ordered.map((key) => ({ key, size: key.length })), more: false })
  })

  test.each([
    '',
    'a',
    'a/',
    'a/b',
    'a/b/',
    'b/1',
    'i/',
    `i/${time}`,
    `i/${time}0`,
    `i/${time.slice(0, 4)}`,
    'none',
    'none/',
  ])('a listing of "%s" has what begins with it', async (prefix) => {
    const store = await openWith(ordered)
    expect((await listAll(store, prefix)).map(({ key }) => key)).toEqual(
      ordered.filter((key) => key.startsWith(prefix)),
    )
  })

  test('a listing goes on after any key, there or not', async () => {
    const store = await openWith(ordered)
    for (const startAfter of [...ordered, 'a/', 'a/a0', 'a/zz', 'b', `i/${time}00`, 'i/0', 'zz']) {
      const { objects } = await store.list('', { startAfter })
      expect(objects.map(({ key }) => key)).toEqual(ordered.filter((key) => key > startAfter))
    }
    expect((await store.list('a', { startAfter: 'b' })).objects).toEqual([])
    expect((await store.list('b/', { startAfter: 'a' })).objects).toHaveLength(3)
  })

  test('pages of any length join to the whole, and say whether more follows', async () => {
    const store = await openWith(ordered)
    for (const limit of [1, 2, 7, ordered.length - 1, ordered.length, 1_000]) {
      const keys: string[] = []
      for (
        let page = await store.list('', { limit });
        ;
        page = await store.list('', { limit, startAfter: keys.at(-1) ?? '' })
      ) {
        expect(page.objects.length).toBeLessThanOrEqual(limit)
        keys.push(...page.objects.map(({ key }) => key))
        expect(page.more).toBe(keys.length < ordered.length)
        if (!page.more) break
      }
      expect(keys).toEqual(ordered)
    }
  })

  test('an empty store lists nothing', async () => {
    const store = await open()
    expect(await store.list('')).toEqual({ objects: [], more: false })
    expect(await store.list('a/b', { startAfter: 'a/b/c' })).toEqual({ objects: [], more: false })
  })

  async function openWith(keys: readonly string[]): Promise<ObjectStore> {
    const store = await open()
    await Promise.all(keys.map((key) => store.put(key, [text(key)])))
    return store
  }
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

function compositions(open: Open): void {
  test('a composed object is the concatenation of what its source gives', async () => {
    const store = await open()
    expect(await store.compose('a', chunked([text('one '), text(''), text('two')]))).toBe('done')
    expect(asText(await store.get('a'))).toBe('one two')
    expect(await store.compose('none', chunked([]))).toBe('done')
    expect(await store.get('none')).toHaveLength(0)
  })

  test('a composed object of many parts comes back byte for byte', async () => {
    const store = await open()
    const bytes = patterned(21 * mebibyte + 3)
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += 700_001) chunks.push(bytes.subarray(at, at + 700_001))
    expect(await store.compose('large', chunked(chunks), { ifAbsent: true })).toBe('done')
    expect(equal(await store.get('large'), bytes)).toBe(true)
    expect(await store.compose('large', chunked([...chunks, text('more')]), { ifAbsent: true })).toBe('exists')
    expect((await store.list('')).objects).toEqual([{ key: 'large', size: bytes.length }])
  })

  test.each([0, 1, 12])(
    'a source that throws after %i MiB leaves no object, and its error is what the caller sees',
    async (size) => {
      const store = await open()
      const failure = new Error('the source broke')
      async function* source() {
        for (let index = 0; index < size; index++) yield patterned(mebibyte)
        throw failure
      }
      await expect(store.compose('broken', source())).rejects.toBe(failure)
      expect(await store.get('broken')).toBeUndefined()
      expect((await store.list('')).objects).toEqual([])
    },
  )

  test('a composed object that must be absent and is not stays as it is', async () => {
    const store = await open()
    await store.put('a', [text('first')])
    expect(await store.compose('a', chunked([text('second')]), { ifAbsent: true })).toBe('exists')
    expect(asText(await store.get('a'))).toBe('first')
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

type Call =
  | {
      readonly kind: 'put' | 'compose'
      readonly key: string
      readonly chunks: Uint8Array[]
      readonly ifAbsent: boolean
    }
  | { readonly kind: 'get'; readonly key: string; readonly range: ByteRange | undefined }
  | { readonly kind: 'list'; readonly prefix: string; readonly startAfter: string; readonly limit: number }
  | { readonly kind: 'delete'; readonly keys: string[] }

const anySegment = fc.constantFrom(
  'a',
  'b',
  'a-b',
  'B',
  '0190a1b2',
  '0190a1b2c3d4e5f6a7b8c9',
  '0190a1b2d3d4e5f6a7b8c9',
  '0190a1b2d',
)
const anyKey = fc.array(anySegment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'))
const anyPrefix = fc.tuple(fc.oneof(fc.constant(''), anyKey), fc.nat(12)).map(([key, length]) => key.slice(0, length))
const anyRange = fc.oneof(
  fc.constant(undefined),
  fc.record({ start: fc.integer({ min: -8, max: 8 }).filter((start) => !Object.is(start, -0)) }),
  fc.tuple(fc.nat(8), fc.nat(8)).map(([start, length]) => ({ start, end: start + length })),
)
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('put' as const, 'compose' as const),
    key: anyKey,
    chunks: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 }),
    ifAbsent: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('get' as const), key: anyKey, range: anyRange }),
  fc.record({
    kind: fc.constant('list' as const),
    prefix: anyPrefix,
    startAfter: anyPrefix,
    limit: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), keys: fc.array(anyKey, { maxLength: 3 }) }),
)

async function perform(store: ObjectStore, call: Call): Promise<unknown> {
  switch (call.kind) {
    case 'put':
      return store.put(call.key, call.chunks, { ifAbsent: call.ifAbsent })
    case 'compose':
      return store.compose(call.key, chunked(call.chunks), { ifAbsent: call.ifAbsent })
    case 'get': {
      const bytes = await store.get(call.key, call.range ? { range: call.range } : {})
      return bytes && [...bytes]
    }
    case 'list':
      return store.list(call.prefix, { startAfter: call.startAfter, limit: call.limit })
    case 'delete':
      return store.delete(call.keys)
  }
}

async function listAll(store: ObjectStore, prefix: string): Promise<{ key: string; size: number }[]> {
  const objects: { key: string; size: number }[] = []
  for (;;) {
    const page = await store.list(prefix, { limit: 7, startAfter: objects.at(-1)?.key ?? '' })
    objects.push(...page.objects)
    if (!page.more) return objects
  }
}

async function* chunked(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function asText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes)
}

/** Bytes in which every place can be told from its neighbours. */
function patterned(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 2_654_435_761)
  return new Uint8Array(words.buffer, 0, length)
}

function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0
}
