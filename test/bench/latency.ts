/**
 * `npm run bench:latency`: the functions' code against stores that answer as late as S3 and DynamoDB do, in simulated time,
 * beside the floor: the calls that there must be, one after the other, each at its own 99th percentile, as drawn in the same run.
 * A produce must PUT and then update the head; a fetch must read the head and then the bytes. What the code itself takes is
 * measured, as CPU time, on stores that answer at once and added. `--short` for a quick look, `--output json` for programs, `--seed N`,
 * `--latency FILE` for distributions of your own.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { systemEntropy } from '../../lib/base/system.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { hedgedObjectStore } from '../../lib/store/hedged.ts'
import { Instance, produceEvent } from '../cost/functions-world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type LatencyProfile, latencyProfiles, percentile, SlowStores, type StoreCall } from './aws-latency.ts'
import { type Row, renderTable, rounded } from './table.ts'

const { values: given } = parseArgs({
  options: {
    short: { type: 'boolean' },
    output: { type: 'string' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string' },
  },
})
const calls = given.short === true ? 300 : 3_000
const topic = 'orders'

interface World {
  readonly clock: SimClock
  readonly slow: SlowStores
  readonly instance: (name: 'produce' | 'fetch', stores?: 'slow' | 'fast') => Instance
}

async function newWorld(profile: LatencyProfile, partitions: number, hedged = false): Promise<World> {
  const clock = new SimClock()
  const fast = { meta: new MemoryMetaStore(), objects: new MemoryObjectStore() }
  const slow = new SlowStores(fast, { profile, clock, entropy: seeded(Number(given.seed)) })
  const entropy = systemEntropy
  const made = await new Topics({ ...fast, clock, entropy }).create({ name: topic, partitions, configs: {} })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  // Of the process, not of an instance: a cold one knows no delays yet in truth, and hedges after a fixed time.
  const hedging = { meta: slow.meta, objects: hedgedObjectStore(slow.objects, { clock }) }
  const stores = { slow: hedged ? hedging : slow, fast }
  return {
    clock,
    slow,
    instance: (name, which = 'slow') => new Instance(name, { ...pick(stores[which]), clock, entropy }),
  }
}

const pick = ({ meta, objects }: Pick<SlowStores, 'meta' | 'objects'>) => ({ meta, objects })

interface Scenario {
  readonly title: string
  /** The calls that there must be, one after the other. */
  readonly floor: readonly StoreCall[]
  readonly recordBytes: number
  readonly kind: 'produce' | 'fetch'
  /** An instance of its own for each call. */
  readonly cold?: boolean
  readonly hedged?: true
}

const inline = 1_000
const object = 20_000
const scenarios: readonly Scenario[] = [
  { title: 'produce 1 KB (inline)', kind: 'produce', recordBytes: inline, floor: ['itemWrite', 'itemWrite'] },
  { title: 'produce 20 KB', kind: 'produce', recordBytes: object, floor: ['objectPut', 'itemWrite'] },
  {
    title: 'produce 20 KB, hedged',
    kind: 'produce',
    recordBytes: object,
    floor: ['objectPut', 'itemWrite'],
    hedged: true,
  },
  { title: 'produce 1 MB', kind: 'produce', recordBytes: 1_000_000, floor: ['objectPut', 'itemWrite'] },
  { title: 'produce 20 KB, cold', kind: 'produce', recordBytes: object, floor: ['objectPut', 'itemWrite'], cold: true },
  { title: 'fetch 1 KB (inline)', kind: 'fetch', recordBytes: inline, floor: ['itemRead', 'itemRead'] },
  { title: 'fetch 20 KB', kind: 'fetch', recordBytes: object, floor: ['itemRead', 'objectGet'] },
  { title: 'fetch 20 KB, hedged', kind: 'fetch', recordBytes: object, floor: ['itemRead', 'objectGet'], hedged: true },
  { title: 'fetch 20 KB, cold', kind: 'fetch', recordBytes: object, floor: ['itemRead', 'objectGet'], cold: true },
]

/** One call after the other, a second apart, so that what is remembered for five seconds is read again now and then. */
async function latencies(scenario: Scenario, profile: LatencyProfile): Promise<Row> {
  const world = await newWorld(profile, 1, scenario.hedged)
  const { clock, slow } = world
  const value = systemEntropy.bytes(Math.min(scenario.recordBytes, 60_000))
  const count = scenario.recordBytes / value.length
  const values = Array.from({ length: Math.ceil(count) }, () => value)
  const writer = world.instance('produce', scenario.kind === 'produce' ? 'slow' : 'fast')
  let reader = world.instance(scenario.kind)
  let next = 0
  const simulated: number[] = []
  const floorCalls = new Map<StoreCall, number[]>()
  const storeCalls: number[] = []
  const runs = scenario.recordBytes > 100_000 ? calls / 10 : calls
  for (let n = -5; n < runs; n++) {
    clock.jump(1_000)
    if (scenario.kind === 'fetch') await clock.run(writer.produce(topic, values))
    if (scenario.cold) reader = world.instance(scenario.kind)
    const acts = scenario.kind === 'fetch' || scenario.cold ? reader : writer
    slow.forget()
    const beganMs = clock.now()
    if (scenario.kind === 'produce') await clock.run(timed(acts.produce(topic, values)))
    else {
      const read = await clock.run(timed(acts.fetch(topic, next, 0)))
      if (read.records !== values.length) throw new Error(`${read.records} records came, not ${values.length}`)
      next = read.next
    }
    if (n < 0) continue
    simulated.push(ended - beganMs)
    for (const [call, drawn] of Object.entries(slow.drawn)) {
      const known = floorCalls.get(call as StoreCall) ?? []
      floorCalls.set(call as StoreCall, known.concat(drawn))
    }
    storeCalls.push(Object.values(slow.drawn).reduce((sum, drawn) => sum + drawn.length, 0))
  }
  const own = await ownMs(scenario, values)
  const floor = (share: number) =>
    scenario.floor.reduce((sum, call) => sum + percentile(floorCalls.get(call) ?? [], share), 0)
  const at = (share: number) => percentile(simulated, share) + own
  return {
    operation: scenario.title,
    'p50 ms': rounded(at(0.5), 1),
    'p99 ms': rounded(at(0.99), 1),
    'floor p50': floor(0.5),
    'floor p99': floor(0.99),
    'p99 to floor': rounded(at(0.99) / floor(0.99)),
    'own ms': rounded(own),
    'calls a request': rounded(storeCalls.reduce((sum, each) => sum + each, 0) / storeCalls.length),
  }

  /** The answer's moment, before the simulated clock goes on. */
  function timed<T>(work: Promise<T>): Promise<T> {
    return work.finally(() => {
      ended = clock.now()
    })
  }
}
let ended = 0

/** Of this thread: what else the machine does is nothing that the code takes. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** The mean of what the code takes where stores answer at once, as CPU time: of one call alone Linux may say 0. */
async function ownMs(scenario: Scenario, values: readonly Uint8Array[]): Promise<number> {
  const { clock, instance } = await newWorld(latencyProfiles['S3 Standard'], 1)
  const [writer, reader] = [instance('produce', 'fast'), instance('fetch', 'fast')]
  const runs = values.length > 1 ? 100 : 1_000
  let took = 0
  let next = 0
  for (let n = -runs / 5; n < runs; n++) {
    if (n === 0) took = 0
    clock.jump(1_000)
    const event = produceEvent(topic, values)
    const began = cpuMs()
    await clock.run(writer.call(event))
    const produced = cpuMs()
    next = (await clock.run(reader.fetch(topic, next, 0))).next
    took += scenario.kind === 'produce' ? produced - began : cpuMs() - produced
  }
  return took / runs
}

const profiles: Readonly<Record<string, LatencyProfile>> =
  given.latency === undefined ? latencyProfiles : { [given.latency]: JSON.parse(readFileSync(given.latency, 'utf8')) }
const results: Record<string, Row[]> = {}
for (const [name, profile] of Object.entries(profiles)) {
  const rows: Row[] = []
  for (const scenario of scenarios) rows.push(await latencies(scenario, profile))
  results[name] = rows
  const { objectPut: put, objectGet: get, itemWrite: write, itemRead: read } = profile
  const shown = (each: { p50: number; p99: number }) => `${each.p50}/${each.p99}`
  const title = `${name}: PUT ${shown(put)}, GET ${shown(get)}, item write ${shown(write)}, item read ${shown(read)} ms (p50/p99, log-normal)`
  if (given.output !== 'json') console.log(renderTable(title, rows))
}
if (given.output === 'json') console.log(JSON.stringify(results))
