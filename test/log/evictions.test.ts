/** Producers that leave the head while they write on elsewhere: what is known of them never goes back. */
import { expect, it } from 'vitest'
import { producerId } from '../../lib/base/ids.ts'
import { headKey, producerKey } from '../../lib/log/keys.ts'
import type { Log } from '../../lib/log/log.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, openLog, p0, readAll } from './world.ts'

const idler = 1e12

function open() {
  const clock = new SimClock()
  const stores = memoryStores()
  const line = new UnreliableMeta(stores.meta)
  const log = openLog({ ...stores, meta: line }, clock, seeded(1))
  const other = openLog(stores, clock, seeded(2))
  const write = (by: Log, producer: number, baseSequence: number) =>
    clock.run(
      by.append(p0, batchOf([`${producer}/${baseSequence}`], { producerId: producer, producerEpoch: 0, baseSequence })),
    )
  return { clock, stores, line, log, other, write }
}

it('one who writes elsewhere between the fold that evicts it and the drop stays, and its batch is known again', async () => {
  for (let before = 5; before < 45; before++) {
    const { clock, stores, log, other, write } = open()
    for (let n = 0; n < before; n++) await write(log, idler + n, 0)
    // Somebody else, who does not know of the fold. The drop comes with the next append of the one who does.
    await write(other, idler, 1)
    await write(log, idler + 1_000, 0)
    // By a process that does not remember it.
    await write(openLog(stores, clock, seeded(3)), idler, 1)
    const values = await clock.run(readAll(other))
    expect(
      values.filter((value) => value === `${idler}/1`),
      `after ${before}`,
    ).toHaveLength(1)
  }
})

it('a late copy of its item does not bring an older state back', async () => {
  const { clock, stores, line, log, other, write } = open()
  const key = producerKey(p0, producerId(idler))
  let isLate = false
  const put = line.put.bind(line)
  line.put = (item, guard) => {
    if (item.sk === key.sk) isLate = true
    line.fate = () => (item.sk === key.sk ? 'late' : 'done')
    return put(item, guard)
  }
  for (let n = 0; !isLate; n++) await write(log, idler + n, 0)
  await write(other, idler, 1)
  for (let n = 0; n < 100; n++) await write(other, 2 * idler + n, 0)
  const head = await stores.meta.get(headKey(p0))
  expect(Object.keys(head?.p ?? {})).not.toContain(String(idler))
  const known = await stores.meta.get(key)
  await line.deliver()
  expect(await stores.meta.get(key)).toEqual(known)
  await write(openLog(stores, clock, seeded(3)), idler, 1)
  const values = await clock.run(readAll(other))
  expect(values.filter((value) => value === `${idler}/1`)).toHaveLength(1)
})
