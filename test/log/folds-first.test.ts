/**
 * A process that stands still after an answer folds with its next append: the page is put while that one's bytes are, and the
 * drop goes with its update. No caller waits for a fold, and none is forgotten.
 */
import { describe, expect, test } from 'vitest'
import { tailPointersMax } from '../../lib/base/limits.ts'
import { parseHead } from '../../lib/log/head.ts'
import { headKey, partitionKey } from '../../lib/log/keys.ts'
import { Meter } from '../../lib/store/metered.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { goodLine } from './bad-lines.ts'
import { batchOf, indexOf, memoryStores, openLog, p0, readAll } from './world.ts'

/** Each call of a store takes `callMs`; what each append waited for is told in calls, one after the other. */
const callMs = 10

function open() {
  const clock = new SimClock()
  const bare = memoryStores()
  const meter = new Meter()
  const late = async <T>(call: () => Promise<T>) => {
    await clock.sleep(callMs)
    return call()
  }
  const meta = meter.metaStore(bare.meta)
  const objects = meter.objectStore(bare.objects)
  const stores = {
    meta: {
      get: (...of: Parameters<typeof meta.get>) => late(() => meta.get(...of)),
      getMany: (...of: Parameters<typeof meta.getMany>) => late(() => meta.getMany(...of)),
      query: (...of: Parameters<typeof meta.query>) => late(() => meta.query(...of)),
      put: (...of: Parameters<typeof meta.put>) => late(() => meta.put(...of)),
      update: (...of: Parameters<typeof meta.update>) => late(() => meta.update(...of)),
      delete: (...of: Parameters<typeof meta.delete>) => late(() => meta.delete(...of)),
    },
    objects: { ...objects, put: (...of: Parameters<typeof objects.put>) => late(() => objects.put(...of)) },
  }
  const instance = () => openLog(stores, clock, seeded(1), { inlineUnitsMax: 0, readAheadBytes: 0, foldsFirst: true })
  let values = 0
  /** As a function does it: answers when nothing is left to do. How many calls it waited for, one after the other. */
  const append = async (log: ReturnType<typeof instance>) => {
    const beganMs = clock.now()
    const appended = log.append(p0, batchOf([`${values++}`])).then(async (result) => {
      expect(result.outcome).toBe('appended')
      await log.settle({ dropAlone: true })
      return clock.now()
    })
    return ((await clock.run(appended)) - beganMs) / callMs
  }
  const pages = async () => (await bare.meta.query(partitionKey(p0), { from: 'page#', to: 'page#~' })).items.length
  const isWhole = async () => {
    expect(await clock.run(readAll(openLog(bare, clock, seeded(2))))).toEqual(
      Array.from({ length: values }, (_, index) => `${index}`),
    )
    expect((await indexOf(bare.meta)).size).toBe(values)
  }
  return { clock, bare, meter, instance, append, pages, isWhole }
}

describe('folding first', () => {
  test('every append of an instance waits for its PUT and its update, and for nothing else', async () => {
    const { meter, instance, append, pages, isWhole } = open()
    const log = instance()
    await append(log)
    meter.reset()
    const waits = new Set<number>()
    for (let n = 0; n < 200; n++) waits.add(await append(log))
    expect(waits).toEqual(new Set([2]))
    expect(await pages()).toBeGreaterThan(8)
    // No update but those of the appends, and one write unit and a bit for a page.
    expect(meter.bill.items.update).toBe(200)
    expect(meter.bill.writeUnits).toBeLessThanOrEqual(200 * 1.13)
    await isWhole()
  })

  test('instances that append once and are gone fold, too, while their bytes are put', async () => {
    const { meter, instance, append, pages, isWhole } = open()
    await append(instance())
    meter.reset()
    const waits: number[] = []
    for (let n = 0; n < 200; n++) waits.push(await append(instance()))
    // The head is read while the bytes are put; the page can be put only when it has been read.
    expect(new Set(waits)).toEqual(new Set([2, 3]))
    expect(waits.filter((each) => each === 3).length).toBe(await pages())
    expect(meter.bill.items.update).toBe(200)
    expect(meter.bill.writeUnits).toBeLessThanOrEqual(200 * 1.2)
    await isWhole()
  })

  test('what an instance that is gone was to fold is folded by others, before a head is full', async () => {
    const { bare, instance, append, pages, isWhole } = open()
    const stays = instance()
    const entropy = seeded(5)
    let longest = 0
    for (let round = 0; round < 60; round++) {
      const comesAndGoes = instance()
      for (let n = 1 + Math.floor(entropy.fraction() * 20); n > 0; n--) {
        await append(comesAndGoes)
        const head = await bare.meta.get(headKey(p0))
        longest = Math.max(longest, head === undefined ? 0 : Object.keys(parseHead(head).tail).length)
      }
      await append(stays)
    }
    expect(await pages()).toBeGreaterThan(20)
    expect(longest).toBeLessThan(tailPointersMax)
    await isWhole()
  })

  test('many instances at once lose nothing, and pay no more than those that fold at once', async () => {
    const cost = async (foldsFirst: boolean) => {
      const clock = new SimClock()
      const entropy = seeded(3)
      const bare = memoryStores()
      const meter = new Meter()
      const meta = goodLine(clock, entropy).metaStore(meter.metaStore(bare.meta))
      const writer = async (process: number) => {
        const log = openLog({ ...bare, meta }, clock, entropy, { inlineUnitsMax: 0, foldsFirst })
        for (let n = 0; n < 100; n++) {
          expect((await log.append(p0, batchOf([`${process}/${n}`]))).outcome).toBe('appended')
        }
        await log.settle({ dropAlone: true })
      }
      await clock.run(Promise.all([0, 1, 2, 3].map(writer)))
      expect((await indexOf(bare.meta)).size).toBe(400)
      return meter.bill.writeUnits
    }
    expect(await cost(true)).toBeLessThanOrEqual((await cost(false)) * 1.03)
  })
})
