/**
 * The bill's rules against clusters that really run: the log, the functions' routes and the janitor on memory stores with a
 * meter before each. A rule that is no longer so makes a test red; how near it must be is said beside each.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { PartitionId } from '../../lib/base/ids.ts'
import { topicId } from '../../lib/base/ids.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import {
  cleaning,
  consuming,
  type Flow,
  fetchingReads,
  flowOf,
  pollsOf,
  producing,
  producingReads,
  running,
} from '../../lib/cost/calls.ts'
import * as counts from '../../lib/cost/counts.ts'
import { type Load, loadDefaults } from '../../lib/cost/load.ts'
import type { Priced } from '../../lib/cost/prices.ts'
import { Log } from '../../lib/log/log.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { hedgedObjectStore } from '../../lib/store/hedged.ts'
import { Meter } from '../../lib/store/metered.ts'
import { latencyProfiles, SlowStores } from '../bench/aws-latency.ts'
import { batchOf, partitionOf } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type Counted, functionsLoad, idleRounds, type SteadyLoad, steadyLoad } from './simulated.ts'

const hourMs = 3_600_000
const gateway: Load = { ...loadDefaults, via: 'gateway' }

const rateOf = (rates: readonly { readonly what: Priced; readonly rate: number }[], what: Priced) =>
  rates.filter((each) => each.what === what).reduce((sum, each) => sum + each.rate, 0)

/** At most so many per cent away. */
function near(computed: number, measured: number, percent: number): void {
  const least = measured * (1 - percent / 100)
  expect(computed, `measured ${measured}`).toBeGreaterThanOrEqual(least)
  expect(computed, `measured ${measured}`).toBeLessThanOrEqual(measured * (1 + percent / 100))
}

/** As the model would have it, from what the simulation did. */
function flowIn({ partitions, recordBytes, flushMs }: SteadyLoad): Flow {
  const flushes = 1000 / flushMs
  const load = { ...gateway, partitions, recordBytes, messagesPerSecond: flushes * partitions }
  const batchBytes = counts.batchHeaderBytes + recordBytes + counts.recordOverheadBytes
  const pointers = flushes * partitions
  const { inline, inlineUnits } = flowOf({ ...load, partitions: 1, messagesPerSecond: flushes })
  return {
    flushes,
    partitionsPerFlush: partitions,
    pointers,
    batchBytes,
    inline,
    inlineUnits,
    bytes: pointers * batchBytes,
  }
}

const day = { retentionMs: 24 * hourMs, hoursBefore: 54, hours: 24 }
const steadyLoads: readonly (readonly [string, SteadyLoad])[] = [
  ['small flushes, inline', { flushMs: 50_000, partitions: 1, recordBytes: 1_000, ...day }],
  ['flushes in objects', { flushMs: 50_000, partitions: 1, recordBytes: 20_000, ...day }],
  ['flushes of three partitions', { flushMs: 50_000, partitions: 3, recordBytes: 20_000, ...day, hours: 12 }],
]

describe.each(steadyLoads)('a gateway and its janitor, %s', (_, load) => {
  let counted: Counted
  let flow: Flow
  beforeAll(async () => {
    counted = await steadyLoad(load)
    flow = flowIn(load)
  }, 60_000)
  const seconds = load.hours * 3_600
  const retentionDays = load.retentionMs / (24 * hourMs)
  const asked = { ...gateway, partitions: load.partitions, recordBytes: load.recordBytes, retentionDays }

  test('batches have the bytes that are computed, within one in a hundred', () => {
    near(flow.batchBytes, counted.batchBytes, 1)
  })

  test('flushes cost the puts that are computed, and write units within one in two hundred', () => {
    const rates = producing(asked, flow)
    expect(rateOf(rates, 'objectPut') * seconds).toBeCloseTo(counted.writer.objects.put, 5)
    near(rateOf(rates, 'writeUnit') * seconds, counted.writer.writeUnits, 0.5)
    expect(counted.writer.objects.get + counted.writer.readUnits).toBe(0)
  })

  test('the janitor costs the write units that are computed, within five in a hundred', () => {
    near(rateOf(cleaning(asked, flow), 'writeUnit') * seconds, counted.janitor.writeUnits, 5)
  })

  test('the janitor reads at most what is computed, and at least a third of it', () => {
    for (const [what, measured] of [
      ['readUnit', counted.janitor.readUnits],
      ['objectGet', counted.janitor.objects.get],
    ] as const) {
      const computed = rateOf(cleaning(asked, flow), what) * seconds
      expect(measured).toBeLessThanOrEqual(computed * 1.1)
      expect(measured).toBeGreaterThanOrEqual(computed / 3)
    }
  })

  test('segments and listings are as many as computed, within a quarter', () => {
    const { list, compose, put } = counted.janitor.objects
    // Segments of the simulation are below a part's size, and so one request each.
    near(rateOf(cleaning(asked, flow), 'objectPut') * seconds, list + compose + put, 25)
  })
})

test('idle rounds of the janitor cost the units that are computed, and touch no object but to list them', async () => {
  const { meter, rounds } = await idleRounds(24)
  const perRound = (units: number) => (units * rounds * counts.roundMs) / 1000
  const rates = cleaning({ ...gateway, messagesPerSecond: 0 }, flowOf({ ...gateway, messagesPerSecond: 0 }))
  near(perRound(rateOf(rates, 'writeUnit')), meter.bill.writeUnits, 10)
  expect(meter.bill.readUnits).toBeLessThanOrEqual(perRound(rateOf(rates, 'readUnit')))
  expect(meter.bill.objects).toMatchObject({ put: 0, get: 0, compose: 0, list: 8 })
})

const functionLoads = [
  [
    'a record a second, long polls',
    { requestMs: 1_000, records: 1, recordBytes: 1_000, pollMs: 25_000, pauseMs: 0, hours: 0.25 },
  ],
  [
    'a record a second, read each 10 s',
    { requestMs: 1_000, records: 1, recordBytes: 1_000, pollMs: 0, pauseMs: 10_000, hours: 0.5 },
  ],
  [
    'a record a minute, long polls',
    { requestMs: 60_000, records: 1, recordBytes: 1_000, pollMs: 25_000, pauseMs: 0, hours: 6 },
  ],
  [
    '20 KB each 5 s, long polls',
    { requestMs: 5_000, records: 5, recordBytes: 4_000, pollMs: 25_000, pauseMs: 0, hours: 1 },
  ],
] as const

describe.each(functionLoads)('functions, %s', (_, { requestMs, records, recordBytes, pollMs, pauseMs, hours }) => {
  let counted: Awaited<ReturnType<typeof functionsLoad>>
  let flow: Flow
  const seconds = hours * 3_600
  const polling = pollMs > 0 ? ('long' as const) : pauseMs / 1000
  const load: Load = { ...loadDefaults, recordBytes, polling, messagesPerSecond: 1 }
  beforeAll(async () => {
    counted = await functionsLoad({ requestMs, records, recordBytes, pollMs, pauseMs, hours })
    // Chance has made some more requests, or fewer, than on average.
    const flushes = counted.calls.produce / seconds
    const batchBytes = counts.batchHeaderBytes + records * (recordBytes + counts.recordOverheadBytes)
    const inlineUnits = Math.ceil((batchBytes + counts.inlineOverheadBytes) / counts.writeUnitSize)
    const inline = inlineUnits <= counts.inlineUnitsMax
    flow = {
      flushes,
      partitionsPerFlush: 1,
      pointers: flushes,
      batchBytes,
      inline,
      inlineUnits,
      bytes: flushes * batchBytes,
    }
  }, 60_000)

  test('produce requests cost what is computed, their write units within two in a hundred', () => {
    const rates = producing(load, flow)
    expect(rateOf(rates, 'lambdaCall') * seconds).toBeCloseTo(counted.calls.produce, 5)
    expect(rateOf(rates, 'objectPut') * seconds).toBeCloseTo(counted.produce.objects.put, 5)
    near(rateOf(rates, 'writeUnit') * seconds, counted.produce.writeUnits, 2)
    near(producingReads(flow) * seconds, counted.produce.readUnits, 15)
  })

  test('reads are as many, as long and as dear as computed, within fifteen in a hundred', () => {
    const polls = pollsOf(polling, flow.pointers)
    near(polls.rate * seconds, counted.calls.fetch, 15)
    near(polls.rate * polls.openMs * seconds, counted.openMs, polling === 'long' ? 15 : 0)
    near(fetchingReads(load, flow, polls) * seconds, counted.fetch.readUnits, 10)
    near(rateOf(consuming(load, flow), 'objectGet') * seconds, counted.fetch.objects.get, 5)
  })

  test('a commit costs what is computed, within two in a hundred', () => {
    near(counted.calls.commit * counts.commitWriteUnits, counted.commit.writeUnits, 2)
    near(counted.calls.commit * counts.commitReadUnits, counted.commit.readUnits, 2)
  })
})

test('a slow call of S3 is sent twice as often as computed, within a quarter', async () => {
  const clock = new SimClock()
  const fast = { meta: new MemoryMetaStore(), objects: new MemoryObjectStore() }
  const slow = new SlowStores(fast, { profile: latencyProfiles['S3 Standard'], clock, entropy: seeded(1) })
  const store = hedgedObjectStore(slow.objects, { clock })
  const puts = 2_000
  for (let n = 0; n < puts; n++) await clock.run(store.put(`intake/${n}`, [new Uint8Array(1)], { ifAbsent: true }))
  near(puts * counts.hedgedShare, slow.drawn.objectPut.length - puts, 25)
})

describe('what gathers in a gateway', () => {
  test.each([
    [0, 2],
    [250, 20],
    [1_000, 100],
  ])(
    'for %i ms, at %i records a second, is as many flushes as computed, within five in a hundred',
    async (lingerMs, messagesPerSecond) => {
      const clock = new SimClock()
      const meter = new Meter()
      const stores = {
        meta: meter.metaStore(new MemoryMetaStore()),
        objects: meter.objectStore(new MemoryObjectStore()),
      }
      const log = new Log({ ...stores, clock, entropy: seeded(1) }, { lingerMs, inlineUnitsMax: 0 })
      const chance = seeded(2)
      const partitions = 4
      const endMs = clock.now() + 300_000
      const sent: Promise<unknown>[] = []
      const produce = async () => {
        while (clock.now() < endMs) {
          await clock.sleep((-Math.log(1 - chance.fraction()) * 1000) / messagesPerSecond)
          sent.push(log.append(partitionOf(Math.floor(chance.fraction() * partitions)), batchOf(['record'])))
        }
        await Promise.all(sent)
      }
      await clock.run(produce())
      const flow = flowOf({ ...gateway, messagesPerSecond: sent.length / 300, partitions, lingerMs })
      near(flow.flushes * 300, meter.bill.objects.put, 5)
      near(flow.pointers * 300, meter.bill.items.update, 5)
    },
  )
})

test('a gateway’s readers at the end of the log cost nothing', async () => {
  const clock = new SimClock()
  const meter = new Meter()
  const stores = { meta: meter.metaStore(new MemoryMetaStore()), objects: meter.objectStore(new MemoryObjectStore()) }
  const log = new Log({ ...stores, clock, entropy: seeded(1) }, { inlineUnitsMax: 0 })
  const id: PartitionId = { topicId: topicId('AAAAAAAAAAAAAAAAAAAAAA'), partition: 0 }
  for (let n = 0; n < 100; n++) {
    const appended = await clock.run(log.append(id, batchOf([`${n}`])))
    if (appended.outcome !== 'appended') throw new Error(appended.outcome)
    const before = meter.bill
    const read = await log.read(id, appended.baseOffset, { maxBytes: 1_000_000 })
    expect(read).toMatchObject({ outcome: 'read', chunks: [expect.anything()] })
    expect(meter.bill).toEqual(before)
  }
})

test('a gateway’s lease costs the units that are computed: $0.90 a month', async () => {
  const clock = new SimClock()
  const meter = new Meter()
  const meta = meter.metaStore(new MemoryMetaStore())
  const node = { id: 1, host: 'gateway', port: 9092, rack: null }
  const brokers = new LeasedBrokers({ meta, clock, entropy: seeded(1), report: () => {} }, node)
  await brokers.start()
  meter.reset()
  await clock.pass(hourMs)
  const rates = running({ ...gateway, gateways: 1 }, flowOf({ ...gateway, messagesPerSecond: 0 }))
  near(rateOf(rates, 'writeUnit') * 3_600, meter.bill.writeUnits, 1)
  near(rateOf(rates, 'readUnit') * 3_600, meter.bill.readUnits, 1)
  const stopped = brokers.close()
  await clock.run(stopped)
})
