/**
 * Many processes on one partition over lines that lose, repeat and delay everything. Whatever the seed: what was
 * acknowledged is there once at its offset, what was refused is nowhere, what is unknown is there at most once, and each
 * producer's records are in its order.
 */
import { describe, expect, it } from 'vitest'
import type { PartitionId } from '../../lib/base/ids.ts'
import { epochEndIn } from '../../lib/log/epochs.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import type { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type BadLines, badLine, mild, wild } from './bad-lines.ts'
import { Storm } from './storm.ts'
import { batchOf, indexOf, memoryStores, openLog, p0, readAll } from './world.ts'

interface Run {
  readonly processes: number
  readonly appends: number
  readonly idempotent: boolean
  readonly lines: BadLines
}

async function run(seed: number, { processes, appends, idempotent, lines: weather }: Run) {
  const clock = new SimClock()
  const entropy = seeded(seed)
  const stores = memoryStores()
  const lines = Array.from({ length: processes }, () => badLine(clock, entropy, weather))
  const results = new Map<string, AppendResult>()
  const writer = async (process: number, line: Faults) => {
    const log = openLog({ ...stores, meta: line.metaStore(stores.meta) }, clock, entropy, { appendTimeoutMs: 5_000 })
    let sequence = 0
    for (let n = 0; n < appends; n++) {
      const value = `${process}/${n}`
      const producer = idempotent ? { producerId: process, producerEpoch: 0, baseSequence: sequence } : undefined
      let result = await log.append(p0, batchOf([value, `${value}+`], producer))
      // An idempotent client sends a batch again until it is decided; a plain one goes on.
      for (let tries = 0; idempotent && undecided(result) && tries < 50; tries++) {
        result = await log.append(p0, batchOf([value, `${value}+`], producer))
      }
      results.set(value, result)
      if (idempotent && undecided(result)) break
      sequence += 2
    }
    await log.settle()
  }
  await clock.run(Promise.all(lines.map((line, process) => writer(process, line))))
  await clock.run(Promise.all(lines.map((line) => line.settled())))

  const values = await clock.run(readAll(openLog(stores, clock, entropy)))
  await indexOf(stores.meta)
  const at = new Map<string, number[]>()
  for (const [offset, value] of values.entries()) at.set(value, [...(at.get(value) ?? []), offset])
  for (const [value, result] of results) {
    const found = at.get(value) ?? []
    const where = `seed ${seed}: ${value} ${result.outcome} is at ${found}`
    if (result.outcome === 'appended' || result.outcome === 'duplicate')
      expect(found, where).toEqual([result.baseOffset])
    else if (result.outcome === 'duplicate-of-unknown-offset') expect(found.length, where).toBe(1)
    else if (result.outcome === 'unknown') expect(found.length, where).toBeLessThanOrEqual(1)
    else expect(found, where).toEqual([])
  }
  for (let process = 0; process < processes; process++) {
    const own = values.filter((value) => value.startsWith(`${process}/`) && !value.endsWith('+'))
    const inOrder = own.toSorted((a, b) => Number(a.split('/')[1]) - Number(b.split('/')[1]))
    // A plain producer that does not wait for what is unknown may be overtaken by it; an idempotent one never is.
    if (idempotent || !weather.shares.late) expect(own, `seed ${seed}`).toEqual(inOrder)
  }
  return results
}

/** Idempotent clients that change their process with every batch, and send one of three through two at once. */
async function wander(
  seed: number,
  { clients, processes, appends }: { clients: number; processes: number; appends: number },
) {
  const clock = new SimClock()
  const entropy = seeded(seed)
  const stores = memoryStores()
  const lines = Array.from({ length: processes }, () => badLine(clock, entropy, wild))
  const logs = lines.map((line) =>
    openLog({ ...stores, meta: line.metaStore(stores.meta) }, clock, entropy, { appendTimeoutMs: 3_000 }),
  )
  const any = () => logs[Math.floor(entropy.fraction() * processes)] as (typeof logs)[number]
  const bases = new Map<string, number>()
  const client = async (producerId: number) => {
    for (let n = 0; n < appends; n++) {
      const batch = () => batchOf([`${producerId}/${n}`], { producerId, producerEpoch: 0, baseSequence: n })
      for (let tries = 0; ; tries++) {
        const sent = [any().append(p0, batch())]
        if (entropy.fraction() < 0.3) sent.push(any().append(p0, batch()))
        const results = await Promise.all(sent)
        for (const result of results) if ('baseOffset' in result) bases.set(`${producerId}/${n}`, result.baseOffset)
        if (results.some((result) => !undecided(result))) break
        if (tries > 60) throw new Error(`seed ${seed}: ${producerId}/${n} is never decided`)
      }
      await clock.sleep(entropy.fraction() * 50)
    }
  }
  await clock.run(Promise.all(Array.from({ length: clients }, (_, producerId) => client(producerId))))
  await clock.run(Promise.all(logs.map((log) => log.settle())))
  await clock.run(Promise.all(lines.map((line) => line.settled())))
  const values = await clock.run(readAll(openLog(stores, clock, entropy)))
  await indexOf(stores.meta)
  expect(values.toSorted(), `seed ${seed}`).toEqual(
    Array.from({ length: clients }, (_, id) => Array.from({ length: appends }, (_, n) => `${id}/${n}`))
      .flat()
      .toSorted(),
  )
  for (const [value, base] of bases) expect(values[base], `seed ${seed}: ${value} at ${base}`).toBe(value)
  for (let id = 0; id < clients; id++) {
    const own = values.filter((value) => value.startsWith(`${id}/`)).map((value) => Number(value.split('/')[1]))
    expect(own, `seed ${seed}`).toEqual(own.toSorted((x, y) => x - y))
  }
}

/**
 * What a batch was said to be of is what it was appended under, at every read; where the head has forgotten epochs it may be
 * said to be of a later one, but never of one that ended before it.
 */
async function epochsHold(storm: Storm, id: PartitionId, seed: string) {
  const truth = storm.witness.epochs(id)
  const item = await storm.witness.stores.meta.get(headKey(id), { strong: true })
  const head = parseHead(item ?? newHead(id))
  const oldestKept = Math.min(...Object.keys(head.epochBegins).map(Number))
  for (const [base, stamped] of storm.stamps[id.partition] ?? []) {
    const epoch = truth[base] ?? -1
    if (epoch >= oldestKept) expect([...stamped], `${seed}: the epoch of ${base}`).toEqual([epoch])
    for (const said of stamped) {
      expect(said, `${seed}: the epoch of ${base}`).toBeGreaterThanOrEqual(epoch)
      expect(epochEndIn(head, said).endOffset, `${seed}: where ${said} ended`).toBeGreaterThan(base)
    }
  }
}

/** All that storms, and then the whole history held against what everybody was told and saw. */
async function weather(seed: number) {
  const storm = new Storm(seed)
  await storm.run()
  expect(storm.wrongs, `seed ${seed}`).toEqual([])
  for (const id of storm.ids) {
    const history = storm.witness.history(id)
    const at = new Map(history.map((value, index) => [value, index]))
    expect(at.size, `seed ${seed}: no value twice`).toBe(history.length)
    const epochs = storm.witness.epochs(id)
    for (const { values, result, leaderEpoch } of storm.told.filter((told) => told.id === id)) {
      const found = values.map((value) => at.get(value))
      const where = `seed ${seed}: ${values} ${result.outcome} is at ${found}`
      if (result.outcome === 'appended' && leaderEpoch !== undefined)
        expect(epochs[result.baseOffset], where).toBe(leaderEpoch)
      if ('baseOffset' in result) expect(found, where).toEqual([result.baseOffset, result.baseOffset + 1])
      else if (result.outcome === 'duplicate-of-unknown-offset') expect(found[0], where).toBeDefined()
      else if (result.outcome === 'unavailable' || result.outcome === 'fenced-leader')
        expect(found, where).toEqual([undefined, undefined])
      else expect(['unknown', 'crashed'], where).toContain(result.outcome)
    }
    for (const [offset, value] of storm.seen[id.partition] ?? []) expect(history[offset], `seed ${seed}`).toBe(value)
    await epochsHold(storm, id, `seed ${seed}`)
    for (const client of ['0', '1', '2', '3']) {
      const own = history.filter((value) => value.startsWith(`${client}/`)).map((value) => Number(value.split('/')[1]))
      expect(own, `seed ${seed}`).toEqual(Array.from({ length: 48 }, (_, n) => Math.floor(n / 2)))
    }
    const start = await storm.calm().listOffsets(id, 'earliest')
    const from = start.outcome === 'found' ? start.offset : -1
    expect(await storm.clock.run(readAll(storm.calm(), id, 1_000, from)), `seed ${seed}`).toEqual(history.slice(from))
  }
  return storm.counts
}

const undecided = ({ outcome }: AppendResult) => outcome === 'unknown' || outcome === 'unavailable'

describe('the log under chaos', () => {
  it('keeps every promise to plain producers', async () => {
    for (let seed = 1; seed <= 40; seed++)
      await run(seed, { processes: 4, appends: 12, idempotent: false, lines: wild })
  })

  it('keeps every promise to idempotent producers, who are all acknowledged in the end', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const results = await run(seed, { processes: 4, appends: 12, idempotent: true, lines: wild })
      for (const [value, { outcome }] of results) {
        expect(['appended', 'duplicate', 'duplicate-of-unknown-offset'], `seed ${seed}: ${value}`).toContain(outcome)
      }
      expect(results.size).toBe(48)
    }
  })

  it('knows idempotent producers again wherever they turn up, also those that had to leave the head', async () => {
    for (let seed = 1; seed <= 12; seed++) await wander(seed, { clients: 40, processes: 5, appends: 8 })
  })

  it('gets on with 64 uncoordinated writers whose updates are sent twice and late', async () => {
    const results = await run(1, { processes: 64, appends: 15, idempotent: false, lines: mild })
    expect(results.size).toBe(960)
    for (const [value, { outcome }] of results) expect(outcome, value).toBe('appended')
  })

  it('keeps every promise in a storm of crashes, elections, set clocks, sweeps, trims and faults of both stores', async () => {
    const counts = { crashes: 0, elections: 0, fenced: 0, trims: 0, consolidated: 0, swept: 0 }
    for (let seed = 1; seed <= 12; seed++) {
      const more = await weather(seed)
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += more[name]
    }
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(50)
  })
})
