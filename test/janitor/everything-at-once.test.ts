/**
 * Writers, readers, trims and two janitors at once, on lines that lose, delay and double calls, with bytes swept long
 * before a slow writer comes to name them. Whatever the order: what was acknowledged is there, once, where it was said to
 * be; a reader never meets a hole or a change; and when all is quiet nothing is left that no index names.
 */
import { describe, expect, it } from 'vitest'
import { type Offset, offset, type PartitionId } from '../../lib/base/ids.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { Janitor } from '../../lib/janitor/janitor.ts'
import type { JanitorOptions } from '../../lib/janitor/work.ts'
import { parseHead, tailEntries } from '../../lib/log/head.ts'
import { headKey, intakeObjectKey, partitionKey, segmentObjectKey } from '../../lib/log/keys.ts'
import { parsePage } from '../../lib/log/page.ts'
import type { Faults } from '../../lib/store/adapters/memory/faults.ts'
import { type BadLines, badLine, timed, wild } from '../log/bad-lines.ts'
import { batchOf, memoryStores, openLog, recordsOf, type Stores, topic } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'

const budget = { callsMax: 100_000, msMax: 1e9 }
const hasty: Partial<JanitorOptions> = {
  roundPauseMs: 0,
  sweepPauseMs: 0,
  sweepAgeMs: 3,
  consolidateBytesMin: 1,
  consolidateAgeMs: 0,
}

function openJanitor(stores: Stores, clock: SimClock, seed: number, losses: unknown[], options = hasty) {
  const ports = { ...stores, clock, entropy: seeded(seed) }
  const topics = new Topics(ports)
  const offsets = new GroupOffsets({ ...ports, topics })
  return new Janitor({ ...ports, topics, offsets, onLoss: (loss) => losses.push(loss) }, options)
}

class Play {
  readonly clock = new SimClock()
  readonly inner = memoryStores()
  readonly losses: unknown[] = []
  /** By partition: what was acknowledged, and what a reader saw, at which offset. */
  readonly acknowledged = [new Map<number, string>(), new Map<number, string>()]
  readonly seen = [new Map<number, string>(), new Map<number, string>()]
  readonly #seed: number
  readonly #weather: BadLines
  readonly #lines: Faults[] = []
  writing = 0
  topicId = topic

  constructor(seed: number, weather: BadLines) {
    this.#seed = seed
    this.#weather = weather
  }

  /** Two partitions, so that they share objects. */
  get ids() {
    return [0, 1].map((partition) => ({ topicId: this.topicId, partition }))
  }

  entropy(process: number) {
    return seeded(this.#seed * 1_000 + process)
  }

  /** A process of its own, on lines of its own. */
  line(process: number): Stores {
    const line = badLine(this.clock, this.entropy(process), this.#weather)
    this.#lines.push(line)
    return { meta: line.metaStore(this.inner.meta), objects: line.objectStore(this.inner.objects) }
  }

  async create() {
    const topics = new Topics({ meta: this.inner.meta, clock: this.clock, entropy: this.entropy(0) })
    const made = await topics.create({ name: 'orders', partitions: 2, configs: { 'retention.ms': '-1' } })
    if (made.outcome !== 'created') throw new Error(made.outcome)
    this.topicId = made.topic.id
  }

  async write(process: number, batches: number) {
    this.writing++
    const entropy = this.entropy(process + 2)
    const log = openLog(this.line(process), this.clock, entropy, {
      inlineUnitsMax: process % 20 === 0 ? 0 : 8,
      appendTimeoutMs: 400,
    })
    const append = async (n: number, id: PartitionId) => {
      const values = Array.from({ length: 1 + (n % 3) }, (_, index) => `w${process}-${id.partition}-${n}-${index}`)
      const result = await log.append(id, batchOf(values))
      if (result.outcome !== 'appended') return
      const acknowledged = this.acknowledged[id.partition]
      for (const [index, value] of values.entries()) acknowledged?.set(result.baseOffset + index, value)
    }
    // Both partitions in one flush, mostly.
    for (let n = 0; n < batches; n++) await Promise.all(this.ids.slice(n % 5 === 0 ? 1 : 0).map((id) => append(n, id)))
    await log.settle()
    this.writing--
  }

  async read(process: number) {
    const stores = this.line(process)
    while (this.writing > 0) {
      const log = openLog(stores, this.clock, this.entropy(process), { cacheBytesMax: 0 })
      for (const id of this.ids) {
        const start = await log.listOffsets(id, 'earliest')
        if (start.outcome === 'found') await this.#follow(log, id, offset(start.offset))
      }
      await this.clock.sleep(20)
    }
  }

  async #follow(log: ReturnType<typeof openLog>, id: PartitionId, from: Offset) {
    const seen = this.seen[id.partition]
    for (let at: number = from; ; ) {
      const read = await log.read(id, offset(at), { maxBytes: 400 })
      // Trimmed under way, or the line is down: a consumer asks again.
      if (read.outcome === 'unavailable' || read.outcome === 'offset-out-of-range') {
        if (read.outcome === 'unavailable' && /Lost|Torn/.test(String(read.cause))) this.losses.push(read.cause)
        return
      }
      if (read.outcome !== 'read' || read.chunks.length === 0) return
      for (const record of read.chunks.flatMap(recordsOf)) {
        if (record.offset < at) continue
        if (record.offset !== at) throw new Error(`a hole: ${record.offset} where ${at} was expected`)
        const before = seen?.get(at)
        if (before !== undefined && before !== record.value) throw new Error(`${at} was ${before}, is ${record.value}`)
        seen?.set(at++, record.value)
      }
    }
  }

  async trim(process: number) {
    const log = openLog(this.line(process), this.clock, this.entropy(process))
    while (this.writing > 0) {
      await this.clock.sleep(150)
      for (const id of this.ids) {
        const described = await log.describe(id)
        if (described.outcome !== 'described') continue
        await log.deleteRecords(id, offset(Math.floor(described.highWatermark / 3)))
      }
    }
  }

  async tidy(process: number) {
    const janitor = openJanitor(this.line(process), this.clock, process, this.losses)
    while (this.writing > 0) {
      await janitor.step({ budget: { callsMax: 30, msMax: 1e9 } })
      await this.clock.sleep(1)
    }
  }

  /** Everything that is still under way arrives. */
  async quiet() {
    await Promise.all(this.#lines.map((line) => line.settled()))
  }

  /** What the indexes name, and what is there. */
  async inventory() {
    const named = new Set<string>()
    const there = new Set((await this.inner.objects.list('')).objects.map(({ key }) => key))
    for (const id of this.ids) {
      const item = await this.inner.meta.get(headKey(id))
      if (!item) throw new Error('no head')
      const head = parseHead(item)
      const { items } = await this.inner.meta.query(partitionKey(id))
      const pages = items.filter(({ sk }) => sk.startsWith('page#')).map(parsePage)
      const entries = [
        ...pages.flatMap(({ entries, segment }) => entries.map((entry) => ({ ...entry, segment }))),
        ...tailEntries(head).map((entry) => ({ ...entry, segment: false })),
      ]
      for (const { pointer, end, segment } of entries) {
        if (end <= head.logStart) continue
        const key = segment ? segmentObjectKey(id, pointer.name) : intakeObjectKey(pointer.name)
        named.add(pointer.inline ? `${id.partition} inline#${pointer.name}` : key)
      }
      for (const { sk } of items) if (sk.startsWith('inline#')) there.add(`${id.partition} ${sk}`)
    }
    return { named, there }
  }

  /** All of a partition's records by a process that knows nothing. */
  async records(id: PartitionId) {
    const log = openLog(this.inner, this.clock, seeded(1))
    const start = await log.listOffsets(id, 'earliest')
    if (start.outcome !== 'found') throw new Error(start.outcome)
    const values = new Map<number, string>()
    for (let at = offset(start.offset); ; ) {
      const read = await log.read(id, at, { maxBytes: 10_000 })
      if (read.outcome !== 'read') throw new Error(JSON.stringify(read))
      if (read.chunks.length === 0) return { start: start.offset, values }
      for (const record of read.chunks.flatMap(recordsOf))
        if (record.offset >= at) values.set(record.offset, record.value)
      at = read.nextOffset
    }
  }
}

async function play(seed: number) {
  const world = new Play(seed, timed(wild, { wayMsMax: 6, laterMsMax: 300 }))
  await world.clock.run(world.create())
  const acts = [world.write(10, 60), world.write(20, 60), world.write(30, 60)]
  acts.push(world.read(100), world.read(110), world.tidy(200), world.tidy(210))
  if (seed % 2 === 0) acts.push(world.trim(300))
  await world.clock.run(Promise.all(acts))
  await world.clock.run(world.quiet())
  return world
}

describe('writers, readers and janitors on bad lines', () => {
  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'lose nothing and leave nothing (seed %i)',
    async (seed) => {
      const world = await play(seed)
      expect(world.losses).toEqual([])

      world.clock.jump(1_000)
      const janitor = openJanitor(world.inner, world.clock, 999, world.losses)
      for (let round = 0; round < 2; round++) {
        const report = await world.clock.run(janitor.step({ budget }))
        expect(report).toMatchObject({ atRest: true, faults: [], unreadable: [] })
      }

      for (const id of world.ids) {
        const { start, values } = await world.records(id)
        const acknowledged = world.acknowledged[id.partition] ?? new Map()
        const expected = new Map([...acknowledged, ...(world.seen[id.partition] ?? [])])
        for (const [at, value] of expected) if (at >= start) expect(values.get(at)).toBe(value)
        expect(new Set(values.values()).size).toBe(values.size)
        expect(acknowledged.size).toBeGreaterThan(50)
      }
      const { named, there } = await world.inventory()
      expect(there).toEqual(named)
    },
  )
})
