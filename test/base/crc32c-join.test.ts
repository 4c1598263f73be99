/** The checksum of parts that are joined is that of all of their bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../lib/base/crc32c.ts'
import { joinedCrc32c } from '../../lib/base/crc32c-join.ts'

test('two parts of any length', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 1_000, maxLength: 70_000 }))
  const property = fc.property(bytes, bytes, (first, second) => {
    const joined = joinedCrc32c(crc32c(first), crc32c(second), second.length)
    expect(joined).toBe(crc32c(Buffer.concat([first, second])))
  })
  fc.assert(property, { numRuns: 200 })
})

test('a part of megabytes', () => {
  const second = Buffer.alloc(5_000_001, 'abc')
  expect(joinedCrc32c(crc32c(Buffer.from('head')), crc32c(second), second.length)).toBe(
    crc32c(Buffer.concat([Buffer.from('head'), second])),
  )
})
