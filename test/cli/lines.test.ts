import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxMessageBytesMax } from '../../lib/base/limits.ts'
import { lines } from '../../lib/cli/lines.ts'

async function* cut(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const at = [...new Set(cuts.map((fraction) => Math.floor(fraction * bytes.length)))].sort((a, b) => a - b)
  for (const [index, start] of [0, ...at].entries()) yield bytes.subarray(start, at[index] ?? bytes.length)
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<string[]> {
  const found: string[] = []
  for await (const some of lines(chunks)) found.push(...some.map(String))
  return found
}

test('lines are the same however the bytes are cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ö', '\n', '\r\n', ' ', '😀'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
      async (input, cuts) => {
        const expected = input.split('\n').map((line) => line.replace(/\r$/, ''))
        if (expected.at(-1) === '') expected.pop()
        // A carriage return that ends the input ends a line that nobody finished: it is taken off as well.
        if (input.endsWith('\r') && expected.length === 0) expected.push('')
        expect(await all(cut(Buffer.from(input), cuts))).toEqual(expected)
      },
    ),
  )
})

test('an empty line is an empty record, and the end of the last line is none', async () => {
  expect(await all(cut(Buffer.from('a\n\nb\n'), []))).toEqual(['a', '', 'b'])
  expect(await all(cut(Buffer.from(''), []))).toEqual([])
})

test('input without line feeds is refused before it fills the memory', async () => {
  let read = 0
  async function* endless() {
    for (;;) {
      read += 1
      yield Buffer.alloc(8 * 1024 * 1024, 'a')
    }
  }
  await expect(all(endless())).rejects.toThrow('longer than a record may be')
  expect(read).toBeLessThanOrEqual(maxMessageBytesMax / (8 * 1024 * 1024) + 1)
})
