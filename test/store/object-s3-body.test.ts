import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { checksum, joined, readBody } from '../../lib/store/adapters/s3/body.ts'

test('a body is read into memory of its own, whatever its pieces', async () => {
  const body = new PassThrough()
  const reading = readBody(body, 6, new AbortController().signal)
  for (const piece of ['ab', 'c', 'def']) body.write(piece)
  body.end()
  expect(Buffer.from(await reading).toString()).toBe('abcdef')
})

test.each([5, 7])('a body of 6 bytes where %i were announced is an error', async (announced) => {
  const body = new PassThrough()
  body.end('abcdef')
  await expect(readBody(body, announced, new AbortController().signal)).rejects.toThrow(`6 of ${announced} bytes`)
})

test.each(['before it begins', 'half-way'])(
  'a body that takes too long (%s) is an error, and is closed',
  async (when) => {
    const body = new PassThrough()
    const late = new AbortController()
    body.write('abc')
    if (when === 'before it begins') late.abort()
    const reading = readBody(body, 6, late.signal)
    late.abort()
    await expect(reading).rejects.toThrow('took too long')
    expect(body.destroyed).toBe(true)
  },
)

test('chunks are joined in order, and a single one is not copied', () => {
  const chunk = Buffer.from('one')
  expect(joined([chunk])).toBe(chunk)
  expect(Buffer.from(joined([chunk, Buffer.of(), Buffer.from('two')])).toString()).toBe('onetwo')
  expect(joined([])).toHaveLength(0)
})

test('the checksum of 123456789 is the one in the CRC catalogue', () => {
  expect(Buffer.from(checksum(Buffer.from('123456789')), 'base64').toString('hex')).toBe('cbf43926')
})
