import { describe, expect, test } from 'vitest'
import { xxhash32 } from '../../lib/records/codecs/xxhash32.ts'

/** By the reference implementation, seed 0. */
const vectors: readonly [string, number][] = [
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
]

describe('xxHash32', () => {
  test.each(vectors)('of "%s" is that of the reference', (text, hash) => {
    const bytes = Buffer.from(text)
    expect(xxhash32(bytes, 0, bytes.length)).toBe(hash)
    const around = Buffer.from(`...${text}...`)
    expect(xxhash32(around, 3, around.length - 3)).toBe(hash)
  })
})
