/** One update of a head must be legal on DynamoDB whatever comes together in it: its expressions are bounded by 4 KB. */
import { expect, it } from 'vitest'
import { producerId } from '../../lib/base/ids.ts'
import { attemptable, buildAttempt } from '../../lib/log/attempt.ts'
import { type Flush, type Placed, readBatch } from '../../lib/log/batch.ts'
import { keepUsual, putPage } from '../../lib/log/fold.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { headKey, producerKey } from '../../lib/log/keys.ts'
import { pointerKey } from '../../lib/log/pointer.ts'
import { checkUpdate } from '../../lib/store/meta-call.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, p0 } from './world.ts'

const nameOf = (n: number) => n.toString(16).padStart(22, '0')
const base = 1_000_000_000

/** 64 producers with ids, epochs and offsets of their usual length, all of them idle, and a tail that is due to fold. */
function fullHead({ began }: { began: boolean } = { began: false }) {
  const ids = Array.from({ length: 64 }, (_, n) => 1e12 + n)
  const pointers = Array.from({ length: 32 }, (_, n) => ({
    key: pointerKey({ name: nameOf(n), inline: true, position: 0, length: 10, maxTimestamp: 0 }),
    base: base + 5 * n,
  }))
  return parseHead({
    ...newHead(p0),
    n: base + 160,
    t: base,
    q: Object.fromEntries(pointers.map(({ key, base: at }) => [key, at])),
    p: Object.fromEntries(ids.map((id, n) => [id, 7 * 2 ** 31 + n])),
    o: Object.fromEntries(ids.map((id, n) => [id, base + n])),
    ...(began && { g: Object.fromEntries(ids.map((id) => [id, 7 * 2 ** 31])) }),
  })
}

/** Batches of as many producers, in so many flushes. */
function placedOf(producers: number, firstId: number, flushes: number, baseSequence: number): Placed[] {
  const perFlush = Math.ceil(producers / flushes)
  return Array.from({ length: flushes }, (_, n): Flush => {
    return { name: nameOf(100 + n), inline: true, put: Promise.resolve(), result: () => 'durable' }
  }).flatMap((flush, n) => {
    let position = 0
    return Array.from({ length: Math.min(perFlush, producers - n * perFlush) }, (_, index) => {
      const producerId = firstId + n * perFlush + index
      const read = readBatch(batchOf(['x'], { producerId, producerEpoch: 8, baseSequence }))
      const placed = { batch: { ...read, leaderEpoch: undefined, deadlineMs: 0, answer: () => {} }, flush, position }
      position += read.bytes.length
      return placed
    })
  })
}

it.each([
  { producers: 40, firstId: 2e12, flushes: 1 },
  { producers: 40, firstId: 2e12, flushes: 14 },
  { producers: 40, firstId: 1e12, flushes: 14 },
  { producers: 1, firstId: 2e12, flushes: 1 },
  // All of them, and those that leave, have begun somewhere else than at 0.
  { producers: 40, firstId: 2e12, flushes: 14, began: true, baseSequence: 5 },
  { producers: 40, firstId: 1e12, flushes: 14, began: true },
  { producers: 40, firstId: 2e12, flushes: 14, baseSequence: 5 },
])('the largest update is legal: $producers producers from $firstId, $flushes pointers, and a fold', async (what) => {
  const head = fullHead({ began: what.began ?? false })
  const fold = await putPage(memoryStores().meta, p0, head, { nowMs: 0, keep: keepUsual })
  const placed = attemptable(placedOf(what.producers, what.firstId, what.flushes, what.baseSequence ?? 0))
  const items = new Map(placed.map(({ batch }) => [batch.claim?.producerId ?? -1, undefined]))
  const attempt = buildAttempt(head, items, placed, fold?.drop)
  expect(attempt.runs).toHaveLength(what.flushes)
  expect(placed).toHaveLength(what.producers)
  expect(attempt.drop?.keys).toHaveLength(28)
  expect(attempt.drop?.evictions.length).toBeGreaterThan(20)
  checkUpdate(headKey(p0), attempt.change, attempt.guard)
})

it('a full tail is folded also where some producers could not be put away: they stay', async () => {
  const head = fullHead()
  const { meta } = memoryStores()
  const line = new UnreliableMeta(meta)
  line.fate = (write) => (write > 0 && write % 3 === 0 ? 'lost' : 'done')
  const put = await putPage(line, p0, head, { nowMs: 0, keep: keepUsual })
  expect(put?.drop.keys.length).toBeGreaterThan(0)
  const ids = put?.drop.evictions.map(({ producerId }) => producerId) ?? []
  expect(ids.length).toBeGreaterThan(0)
  const items = await meta.getMany(ids.map((id) => producerKey(p0, producerId(id))))
  expect(items.every((item) => item !== undefined)).toBe(true)
  expect(ids.length).toBeLessThan(line.writes - 1)
})
