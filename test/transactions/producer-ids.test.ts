import { expect, test } from 'vitest'
import { producerIdsPerBlock } from '../../lib/base/limits.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { ProducerIds } from '../../lib/transactions/producer-ids.ts'
import { metaStores } from '../world/meta-stores.ts'
import { SimClock } from '../world/sim-clock.ts'
import { Died, type Fate, UnreliableMeta } from '../world/unreliable-meta.ts'

const take = async (ids: ProducerIds, count: number) => {
  const taken: number[] = []
  for (let index = 0; index < count; index++) taken.push(await ids.next())
  return taken
}

for (const { name, open } of metaStores) {
  const clock = new SimClock()

  test(`on ${name}: processes on one store never give the same id`, async () => {
    const meta = open()
    const processes = [1, 2, 3].map(() => new ProducerIds({ meta, clock }))
    const taken = (await Promise.all(processes.map((ids) => take(ids, 1_500)))).flat()
    expect(new Set(taken).size).toBe(4_500)
  })

  test(`on ${name}: a block is one write, whatever number of producers waits for it`, async () => {
    const meta = new UnreliableMeta(open())
    const ids = new ProducerIds({ meta, clock })
    await ids.next()
    expect(meta.calls).toEqual(['update', 'put'])
    meta.reset()
    const taken = await Promise.all(Array.from({ length: 2 * producerIdsPerBlock }, () => ids.next()))
    expect(new Set(taken).size).toBe(2 * producerIdsPerBlock)
    expect(meta.calls).toEqual(['update', 'update'])
  })

  // The writes of the first id are 0 (the update that finds nothing) and 1 (the put); those of a later block are one.
  const fates: readonly Fate[] = ['lost', 'answer-lost', 'late', 'twice', 'retried']
  for (const fate of fates) {
    for (const write of [0, 1, 2]) {
      test(`on ${name}: a write that is ${fate} (number ${write}) loses ids at most`, async () => {
        const clock = new SimClock()
        const meta = new UnreliableMeta(open())
        meta.fate = (number) => (number === write ? fate : 'done')
        const taken = await clock.run(take(new ProducerIds({ meta, clock }), producerIdsPerBlock + 1))
        await meta.deliver()
        taken.push(...(await clock.run(take(new ProducerIds({ meta, clock }), producerIdsPerBlock + 1))))
        expect(new Set(taken).size).toBe(taken.length)
      })
    }
  }

  test(`on ${name}: a process that dies at any call leaves others ids of their own`, async () => {
    for (const write of [0, 1, 2]) {
      const inner = open()
      const mortal = new UnreliableMeta(inner)
      mortal.fate = (number) => (number >= write ? 'dies' : 'done')
      const ids = new ProducerIds({ meta: mortal, clock })
      const taken: number[] = []
      const died = (async () => {
        for (;;) taken.push(await ids.next())
      })()
      await expect(died).rejects.toThrow(Died)
      taken.push(...(await take(new ProducerIds({ meta: inner, clock }), 2_500)))
      expect(new Set(taken).size).toBe(taken.length)
    }
  })

  test(`on ${name}: a store that is down is said, and asked again by the next producer`, async () => {
    const inner = open()
    const meta = new UnreliableMeta(inner)
    let down = true
    meta.before = async () => {
      if (down) throw new StoreUnavailable('a call', new Error('down'))
    }
    const ids = new ProducerIds({ meta, clock })
    await expect(ids.next()).rejects.toThrow(StoreUnavailable)
    down = false
    expect(await ids.next()).toBe(0)
  })
}
