/** The counts of a log: what has come to lie in it and what was read from it, and nothing else. */
import { expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { systemClock as clock, systemEntropy as entropy } from '../../lib/base/system.ts'
import { CountedLog } from '../../lib/log/counted-log.ts'
import { batchOf, memoryStores, p0 } from './world.ts'

test('what is appended and read is counted, by records and bytes of whole batches', async () => {
  const log = new CountedLog({ ...memoryStores(), clock, entropy })
  const [one, two] = [batchOf(['a', 'b', 'c']), batchOf(['d'])]
  const bytes = one.length + two.length
  await log.append(p0, one)
  await log.append(p0, two)
  expect(log.counts).toEqual({ recordsIn: 4, bytesIn: bytes, recordsOut: 0, bytesOut: 0 })
  await log.read(p0, offset(0), { maxBytes: 1_000_000 })
  expect(log.counts).toEqual({ recordsIn: 4, bytesIn: bytes, recordsOut: 4, bytesOut: bytes })
  // At the end there is nothing to count, and past it nothing to read.
  await log.read(p0, offset(4), { maxBytes: 1_000_000 })
  await log.read(p0, offset(9), { maxBytes: 1_000_000 })
  expect(log.counts.recordsOut).toBe(4)
})

test('what an idempotent producer sends twice, or is refused, is not counted', async () => {
  const log = new CountedLog({ ...memoryStores(), clock, entropy })
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  await log.append(p0, batchOf(['a'], producer))
  expect(await log.append(p0, batchOf(['a'], producer))).toMatchObject({ outcome: 'duplicate' })
  const gap = batchOf(['b'], { ...producer, baseSequence: 5 })
  expect(await log.append(p0, gap)).toMatchObject({ outcome: 'out-of-order-sequence' })
  expect(log.counts).toMatchObject({ recordsIn: 1 })
})
