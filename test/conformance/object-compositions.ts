/** Objects composed from a stream: whole or not at all, whatever their source does. */
import { expect, test } from 'vitest'
import { asText, chunked, equal, type Open, patterned, text } from './object-bytes.ts'

const mebibyte = 1024 * 1024

export function compositions(open: Open): void {
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
