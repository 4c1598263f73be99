/** Producers that nobody knows, and whose first batches reach different processes, or the same one in another order. */
import { expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { buildAttempt, dropUpdate } from '../../lib/log/attempt.ts'
import { readBatch } from '../../lib/log/batch.ts'
import { parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import type { Log } from '../../lib/log/log.ts'
import { itemBytes } from '../../lib/store/item-size.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, openLog, p0, readAll } from './world.ts'

const appended = (baseOffset: number) => ({ outcome: 'appended', baseOffset })
const again = { outcome: 'unavailable' }
const outOfOrder = { outcome: 'out-of-order-sequence' }

/** Two processes that know nothing of each other; the calls of the first one can be made to fail. */
function world() {
  const clock = new SimClock()
  const stores = memoryStores()
  const line = new UnreliableMeta(stores.meta)
  let opened = 0
  const open = (meta = stores.meta) => openLog({ ...stores, meta }, clock, seeded(++opened))
  const [one, other] = [open(line), open()]
  const append = (log: Log, n: number, producer = 7, producerEpoch = 0) =>
    log.append(p0, batchOf([`v${n}`], { producerId: producer, producerEpoch, baseSequence: n }))
  const write = (...what: Parameters<typeof append>) => clock.run(append(...what))
  const head = async () => parseHead((await stores.meta.get(headKey(p0), { strong: true })) as never)
  return { clock, stores, line, one, other, open, append, write, head }
}

/** So many others write that those who do not are driven out of the head. */
async function driveOut({ other, write, head }: ReturnType<typeof world>, producer = 7) {
  for (let n = 0; (await head()).producers[producer] !== undefined; n++) await write(other, 0, 1e12 + n)
}

test('batch 0 fails at the old gateway, batch 1 is first at the new one: it is sent again after 0, and both are there', async () => {
  const { clock, line, one, other, write } = world()
  line.fate = () => 'lost'
  expect(await write(one, 0)).not.toMatchObject({ outcome: 'appended' })
  expect(await write(other, 1)).toMatchObject(again)
  expect(await write(other, 0)).toMatchObject(appended(0))
  expect(await write(other, 1)).toMatchObject(appended(1))
  expect(await clock.run(readAll(other))).toEqual(['v0', 'v1'])
})

test('several of them are first at the new one, in flight at once', async () => {
  const { clock, other, append } = world()
  const inFlight = (...sequences: number[]) => clock.run(Promise.all(sequences.map((n) => append(other, n))))
  expect(await inFlight(1, 2, 3)).toMatchObject([again, again, again])
  // Java's client sends its first batch in flight alone, others send all of them from the first one on.
  expect(await inFlight(0, 1, 2, 3)).toMatchObject([0, 1, 2, 3].map(appended))
  expect(await clock.run(readAll(other))).toEqual(['v0', 'v1', 'v2', 'v3'])
})

test('a client that insists begins where it wants, and what lies before is told so by everybody for ever', async () => {
  const all = world()
  const { clock, one, other, open, write, head } = all
  expect(await write(other, 1)).toMatchObject(again)
  expect(await write(other, 1)).toMatchObject(appended(0))
  expect(await write(other, 2)).toMatchObject(appended(1))
  for (const log of [other, one, open()]) expect(await write(log, 0)).toEqual(outOfOrder)
  expect(await write(open(), 1)).toEqual({ outcome: 'duplicate-of-unknown-offset' })
  await driveOut(all)
  expect(await write(open(), 0)).toEqual(outOfOrder)
  expect(await write(open(), 1)).toEqual({ outcome: 'duplicate-of-unknown-offset' })
  expect(await write(open(), 2)).toMatchObject({ outcome: 'duplicate', baseOffset: 1 })
  expect(await write(open(), 3)).toMatchObject({ outcome: 'appended' })
  expect((await head()).producerBegins).toEqual({ 7: 1 })
  expect(await write(open(), 0)).toEqual(outOfOrder)
  expect((await clock.run(readAll(other))).filter((value) => value !== 'v0')).toEqual(['v1', 'v2', 'v3'])
})

test('its next epoch begins at 0, and the old beginning is forgotten', async () => {
  const { other, open, write, head } = world()
  await write(other, 5)
  await write(other, 5)
  expect((await head()).producerBegins).toEqual({ 7: 5 })
  await write(other, 0, 7, 1)
  await write(other, 1, 7, 1)
  expect((await head()).producerBegins).toEqual({})
  expect(await write(open(), 0, 7, 1)).toEqual({ outcome: 'duplicate-of-unknown-offset' })
})

test('two processes that know of no beginnings each have one to tell: neither takes the place of the other', async () => {
  const { stores, line, one, other, write, head } = world()
  await write(one, 0, 100)
  // Each has refused once.
  for (const [log, producer] of [[one, 7] as const, [other, 8] as const]) await write(log, 3, producer)
  let isFirst = true
  line.before = async () => {
    if (isFirst) {
      isFirst = false
      const view = await head()
      const placed = {
        batch: {
          ...readBatch(batchOf(['w3'], { producerId: 8, producerEpoch: 0, baseSequence: 3 })),
          ...{ leaderEpoch: undefined, deadlineMs: 0, answer: () => {} },
        },
        flush: { name: 'f'.repeat(22), inline: true, put: Promise.resolve(), result: () => 'durable' as const },
        position: 0,
      }
      const { change, guard } = buildAttempt(view, new Map([[8, undefined]]), [placed])
      expect(await stores.meta.update(headKey(p0), change, guard)).toHaveProperty('done')
    }
  }
  line.fate = () => 'done'
  expect(await write(one, 3, 7)).toMatchObject({ outcome: 'appended' })
  expect((await head()).producerBegins).toEqual({ 7: 3, 8: 3 })
})

test('one who is known, but not in an old view, is not asked to begin anew', async () => {
  const { clock, one, other, write } = world()
  await write(one, 0, 100)
  await write(other, 0)
  expect(await write(one, 1)).toMatchObject({ outcome: 'appended' })
  expect(await clock.run(readAll(other))).toEqual(['v0', 'v0', 'v1'])
})

test('one who was forgotten and is back in its old state is not evicted by a fold that saw it before', async () => {
  const { stores, other, open, write, head } = world()
  for (let n = 0; n < 5; n++) await write(other, n)
  const seen = await head()
  const evictions = [{ producerId: 7, lastBatch: offset(4), began: undefined }]
  const drop = { tailStart: seen.tailStart, end: seen.tailStart, keys: [], evictions }
  const { change, guard } = dropUpdate(drop)
  // Evicted, forgotten, and begun anew with its last batch, all before the drop of one who saw it long ago.
  expect(await stores.meta.update(headKey(p0), change, guard)).toHaveProperty('done')
  const late = open()
  await write(late, 4)
  expect(await write(late, 4)).toMatchObject(appended(5))
  const back = await head()
  expect(back.producers[7]).toBe(seen.producers[7])
  expect(back.producerBegins[7]).toBe(4)
  expect(await stores.meta.update(headKey(p0), change, guard)).toHaveProperty('refused')
  expect(await write(open(), 3)).toEqual(outOfOrder)
})

test('a head pays nothing for those who begin at 0, and little for the others', async () => {
  const { other, write, head } = world()
  await write(other, 0)
  expect((await head()).item).not.toHaveProperty('g')
  const without = await head()
  await write(other, 1_000_000, 12_345)
  await write(other, 1_000_000, 12_345)
  const { item, producerBegins } = await head()
  expect(producerBegins).toEqual({ 12345: 1_000_000 })
  const { g: _, ...rest } = item
  expect(itemBytes(item) - itemBytes(rest)).toBe(12)
  expect(itemBytes(rest) - itemBytes(without.item)).toBeGreaterThan(0)
})
