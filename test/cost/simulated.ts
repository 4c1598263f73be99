/**
 * A cluster under a steady load, in simulated time and on memory stores, with a meter before each of its parts: what a
 * gateway or the functions call, what their consumers call, what the janitor calls. The same code as in production; only
 * time and stores are not.
 */
import type { PartitionId } from '../../lib/base/ids.ts'
import { janitorQuietPauseMsMax } from '../../lib/base/limits.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { Janitor } from '../../lib/janitor/janitor.ts'
import { Log } from '../../lib/log/log.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { type Bill, Meter } from '../../lib/store/metered.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { Instance } from './functions-world.ts'

const hourMs = 3_600_000
const janitorIntervalMs = 300_000

export interface SteadyLoad {
  /** Between two flushes, each with one batch of every partition. */
  readonly flushMs: number
  readonly partitions: number
  /** Of the one record of each batch. */
  readonly recordBytes: number
  readonly retentionMs: number
  /** Hours that are not counted, until sweeps and retention have something to do in each round; then those that are. */
  readonly hoursBefore: number
  readonly hours: number
}

export interface Counted {
  readonly flushes: number
  readonly batchBytes: number
  readonly writer: Bill
  readonly janitor: Bill
}

/** One process appends, and the janitor is called every five minutes. */
export async function steadyLoad(load: SteadyLoad): Promise<Counted> {
  const { flushMs, partitions, recordBytes, retentionMs, hoursBefore, hours } = load
  const clock = new SimClock()
  const stores = { meta: new MemoryMetaStore(), objects: new MemoryObjectStore() }
  const through = (meter: Meter, seed: number) => ({
    meta: meter.metaStore(stores.meta),
    objects: meter.objectStore(stores.objects),
    clock,
    entropy: seeded(seed),
  })
  const [writer, janitor] = [new Meter(), new Meter()]
  const topics = new Topics({ ...stores, clock, entropy: seeded(1) })
  const made = await topics.create({ name: 'load', partitions, configs: { 'retention.ms': String(retentionMs) } })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  const log = new Log(through(writer, 2))
  const cleaning = through(janitor, 3)
  const seen = new Topics(cleaning)
  const cleaner = new Janitor({ ...cleaning, topics: seen, offsets: new GroupOffsets({ ...cleaning, topics: seen }) })
  const ids = Array.from({ length: partitions }, (_, partition): PartitionId => ({ topicId: made.topic.id, partition }))
  const value = new Uint8Array(recordBytes)
  let flushes = 0
  let batchBytes = 0
  let dueMs = clock.now()
  const endBeforeMs = clock.now() + hoursBefore * hourMs
  const endMs = endBeforeMs + hours * hourMs
  for (let isCounting = false; clock.now() < endMs; flushes++) {
    if (!isCounting && clock.now() >= endBeforeMs) {
      isCounting = true
      flushes = 0
      writer.reset()
      janitor.reset()
    }
    const batch = buildBatch({ now: clock.now(), records: [{ value }] })
    batchBytes = batch.length
    const appended = await clock.run(Promise.all(ids.map((id) => log.append(id, batch.slice()))))
    if (appended.some(({ outcome }) => outcome !== 'appended')) throw new Error('an append failed')
    if (clock.now() >= dueMs) {
      dueMs += janitorIntervalMs
      const report = await clock.run(cleaner.step({ budget: { callsMax: 1e6, msMax: 1e9 } }))
      if (report.faults.length > 0) throw new Error(JSON.stringify(report.faults))
    }
    clock.jump(flushMs)
  }
  return { flushes, batchBytes, writer: writer.bill, janitor: janitor.bill }
}

/** The janitor alone, on a cluster that nobody has written to; counted from its second day on. */
export async function idleRounds(hours: number): Promise<{ meter: Meter; rounds: number }> {
  const clock = new SimClock()
  const meter = new Meter()
  const stores = { meta: meter.metaStore(new MemoryMetaStore()), objects: meter.objectStore(new MemoryObjectStore()) }
  const parts = { ...stores, clock, entropy: seeded(1) }
  const topics = new Topics(parts)
  const offsets = new GroupOffsets({ ...parts, topics })
  // As in functions.
  const janitor = new Janitor({ ...parts, topics, offsets }, { quietPauseMsMax: janitorQuietPauseMsMax })
  const rounds = (hours * hourMs) / janitorIntervalMs
  const roundsBefore = (24 * hourMs) / janitorIntervalMs
  for (let round = -roundsBefore; round < rounds; round++) {
    if (round === 0) meter.reset()
    await clock.run(janitor.step({ budget: { callsMax: 1e6, msMax: 1e9 } }))
    clock.jump(janitorIntervalMs)
  }
  return { meter, rounds }
}

export interface FunctionsLoad {
  /** Between two produce requests, on average; they come at random. */
  readonly requestMs: number
  readonly recordBytes: number
  readonly records: number
  /** A long poll's time-out, or 0 for a consumer that asks each `pauseMs`. */
  readonly pollMs: number
  readonly pauseMs: number
  readonly hours: number
}

/** Producers, one consumer and its commits each at an instance of a function of its own. */
export async function functionsLoad(load: FunctionsLoad) {
  const clock = new SimClock()
  const stores = { meta: new MemoryMetaStore(), objects: new MemoryObjectStore() }
  const meters = { produce: new Meter(), fetch: new Meter(), commit: new Meter() }
  const instance = (name: keyof typeof meters, seed: number) =>
    new Instance(name, {
      meta: meters[name].metaStore(stores.meta),
      objects: meters[name].objectStore(stores.objects),
      clock,
      entropy: seeded(seed),
    })
  const made = await new Topics({ ...stores, clock, entropy: seeded(1) }).create({
    name: 'load',
    partitions: 1,
    configs: {},
  })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  const [produce, fetch, commit] = [instance('produce', 2), instance('fetch', 3), instance('commit', 4)]
  const values = Array.from({ length: load.records }, () => new Uint8Array(load.recordBytes))
  const chance = seeded(5)
  const endMs = clock.now() + load.hours * hourMs
  const calls = { produce: 0, fetch: 0, fetched: 0, commit: 0 }
  let openMs = 0
  const producing = async () => {
    while (clock.now() < endMs) {
      await clock.sleep(-Math.log(1 - chance.fraction()) * load.requestMs)
      await produce.produce('load', values)
      calls.produce++
    }
  }
  const consuming = async () => {
    let next = 0
    let committed = 0
    let commitMs = clock.now()
    while (clock.now() < endMs) {
      const sinceMs = clock.now()
      const answer = await fetch.fetch('load', next, load.pollMs)
      openMs += clock.now() - sinceMs
      calls.fetch++
      if (answer.records > 0) calls.fetched++
      next = answer.next
      if (next > committed && clock.now() >= commitMs + 5_000) {
        commitMs = clock.now()
        await commit.commit('readers', 'load', next)
        committed = next
        calls.commit++
      }
      if (load.pauseMs > 0) await clock.sleep(load.pauseMs)
    }
  }
  await clock.run(Promise.all([producing(), consuming()]))
  return { calls, openMs, produce: meters.produce.bill, fetch: meters.fetch.bill, commit: meters.commit.bill }
}
