import { crc32c as native } from '@node-rs/crc32'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { crc32c, installCrc32c, portableCrc32c } from '../../lib/base/crc32c.ts'
import { useNativeCrc32c } from '../../lib/records/native-crc32c.ts'

afterEach(() => installCrc32c(undefined))

describe('CRC32C', () => {
  test('the check value of the Castagnoli polynomial is right', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    // RFC 3720, appendix B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  })

  test('at any alignment and length the portable code agrees with the native one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(20), fc.nat(20), (bytes, before, after) => {
        const start = Math.min(before, bytes.length)
        const end = Math.max(start, bytes.length - after)
        expect(portableCrc32c(bytes, start, end)).toBe(native(bytes.subarray(start, end)))
      }),
    )
  })

  test('once installed the native code answers the same', async () => {
    const bytes = new Uint8Array(10_000).map((_, index) => index * 31)
    const portable = [crc32c(bytes), crc32c(bytes, 21, 9_000), crc32c(bytes, 21, 30)]
    expect(await useNativeCrc32c()).toBe(true)
    expect([crc32c(bytes), crc32c(bytes, 21, 9_000), crc32c(bytes, 21, 30)]).toEqual(portable)
  })
})
