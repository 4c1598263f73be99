/** What a batch brings with it into the log. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../lib/base/crc32c.ts'
import { readBatch } from '../../lib/log/batch.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { stampLogAppendTime } from '../../lib/records/stamp.ts'

test('the checksum of all of a batch follows from its own, stamped or not', () => {
  const values = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 })
  const property = fc.property(values, fc.boolean(), (records, isStamped) => {
    const batch = buildBatch({ now: 1_790_000_000_000, records: records.map((value) => ({ value })) })
    if (isStamped) stampLogAppendTime(batch, 1_790_000_000_777)
    expect(readBatch(batch).check).toBe(crc32c(batch))
  })
  fc.assert(property)
})
