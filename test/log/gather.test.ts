/** When a flush leaves whose senders have more to send, on stores that answer at once, in simulated time. */
import { expect, it } from 'vitest'
import { gatherBytesMax, gatherBytesMin, gatherLongerBytesMin } from '../../lib/base/limits.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { watched } from './watched-stores.ts'
import { batchOf, memoryStores, openLog, p0, readAll } from './world.ts'

const gatherMs = 5
const much = gatherLongerBytesMin

interface Sent {
  readonly atMs: number
  readonly bytes: number
  /** What its sender says when it is asked. */
  readonly moreIsDue?: () => boolean
}

const due = () => true
const notDue = () => false

/** When each object was put, ms since the first append; the process's clock is set by `setMs` after the first millisecond. */
async function putsFor(sent: readonly Sent[], setMs = 0): Promise<number[]> {
  const clock = new SimClock()
  let skewMs = 0
  const ownClock = { now: () => clock.now() + skewMs, sleep: clock.sleep.bind(clock) }
  const puts: number[] = []
  const stores = watched(memoryStores(), async ({ store, method }) => {
    if (store === 'objects' && method === 'put') puts.push(clock.now() - beganMs)
  })
  const log = openLog(stores, ownClock, seeded(1), { inlineUnitsMax: 0, lingerMs: 0, gatherMs, soleProcess: true })
  const beganMs = clock.now()
  const appends = sent.map(async ({ atMs, bytes, moreIsDue }) => {
    await clock.sleep(atMs)
    const answer = await log.append(p0, batchOf([`${atMs} `.padEnd(bytes, 'x')]), { ...(moreIsDue && { moreIsDue }) })
    expect(answer).toMatchObject({ outcome: 'appended' })
  })
  const settled = Promise.all(appends).then(() => log.settle())
  await clock.pass(1)
  skewMs = setMs
  await clock.run(settled)
  const values = await clock.run(readAll(log, p0, 100_000_000))
  expect(values.map((value) => value.split(' ')[0])).toEqual(sent.map(({ atMs }) => String(atMs)))
  return puts
}

it('much waits for what its sender has under way besides, for so long', async () => {
  expect(await putsFor([{ atMs: 0, bytes: much, moreIsDue: due }])).toEqual([gatherMs])
  const four = [0, 2, 4, 6].map((atMs) => ({ atMs, bytes: much, moreIsDue: due }))
  expect(await putsFor(four)).toEqual([gatherMs, 6 + gatherMs])
})

it('what is neither much nor little waits a millisecond, and longer once it is much', async () => {
  const middling = { bytes: gatherBytesMin, moreIsDue: due }
  expect(await putsFor([{ atMs: 0, ...middling }])).toEqual([1])
  expect(await putsFor([0, 0, 0].map((atMs) => ({ atMs, ...middling })))).toEqual([1])
  const half = { bytes: much / 2, moreIsDue: due }
  expect(await putsFor([0, 0].map((atMs) => ({ atMs, ...half })))).toEqual([gatherMs])
})

it('each flush gathers for as long, though one timer serves them all', async () => {
  let asked = 0
  // The first flush is complete with its second batch.
  const untilTwo = () => ++asked < 2
  const sent = [0, 2].map((atMs) => ({ atMs, bytes: much, moreIsDue: untilTwo }))
  expect(await putsFor([...sent, { atMs: 3, bytes: much, moreIsDue: due }])).toEqual([2, 3 + gatherMs])
})

it('a little leaves at once, and much of a sender that says nothing, or stands still', async () => {
  for (const one of [{ bytes: 1_000, moreIsDue: due }, { bytes: much }, { bytes: much, moreIsDue: notDue }]) {
    expect(await putsFor([{ atMs: 0, ...one }])).toEqual([0])
  }
})

it('one sender that stands still until it is answered ends the waiting of all', async () => {
  const sent = [
    { atMs: 0, bytes: much, moreIsDue: due },
    { atMs: 2, bytes: 10, moreIsDue: notDue },
  ]
  expect(await putsFor(sent)).toEqual([2])
})

it('what is enough for a flush waits for nobody', async () => {
  const half = { bytes: gatherBytesMax / 2, moreIsDue: due }
  expect(await putsFor([0, 1, 2].map((atMs) => ({ atMs, ...half })))).toEqual([1, 2 + gatherMs])
})

it('a clock that is set back makes nobody wait for long', async () => {
  expect(await putsFor([{ atMs: 0, bytes: much, moreIsDue: due }], -60_000)).toEqual([gatherMs])
})
