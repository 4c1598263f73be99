/**
 * Produce and fetch through the log against the bare stores in the same run: the same bytes by the same calls (a put and one
 * update a partition), as many at once, without anything in between. The ratio is what the log costs.
 *
 * Both sides go through the same adapters, so that what is asked for in one turn is one SQLite transaction, and one sync, for
 * either. The log may make fewer calls: pointers that are ready together go into one update, and batches of many partitions
 * that lie in one object are read by one get. A ratio of CPU is bare over log, as the other ratios: 1 is as good as bare. It
 * says more where others use the machine.
 */
import { offset, type PartitionId, topicId } from '../../lib/base/ids.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { inlineAbsent } from '../../lib/log/guards.ts'
import { newHead, parseHead, tailEntries } from '../../lib/log/head.ts'
import { newInline, parseInline } from '../../lib/log/inline.ts'
import { headKey, inlineKey, intakeObjectKey, partitionKey } from '../../lib/log/keys.ts'
import { Log, type LogOptions, logDefaults } from '../../lib/log/log.ts'
import { parsePage } from '../../lib/log/page.ts'
import { freshName, type Pointer } from '../../lib/log/pointer.ts'
import { buildBatch } from '../../lib/records/build.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { type Measured, measure, medianOf } from './measure.ts'
import { type Durability, type Stores, withStores } from './stores.ts'
import { type Row, rounded } from './table.ts'

const topic = topicId('AAAAAAAAAAAAAAAAAAAAAA')
const partitions = (count: number): PartitionId[] =>
  Array.from({ length: count }, (_, partition) => ({ topicId: topic, partition }))

export interface Load {
  readonly flushBytes: number
  readonly partitionCount: number
  readonly totalBytes: number
  readonly durability: Durability
}

/** A batch of 1 KB records that fills its partition's share of a flush. */
function batchFor({ flushBytes, partitionCount }: Load): Uint8Array {
  const recordBytes = Math.min(1_000, Math.floor(flushBytes / partitionCount))
  const count = Math.max(1, Math.floor(flushBytes / partitionCount / recordBytes))
  const records = Array.from({ length: count }, (_, n) => ({ value: new Uint8Array(recordBytes - 10).fill(n % 251) }))
  return buildBatch({ now: systemClock.now(), records })
}

const lanes = 4

/** Bytes that went in, by the log's own calls but without it. */
async function produceRaw({ meta, objects }: Stores, load: Load, inlineUnitsMax: number): Promise<number> {
  const batch = batchFor(load)
  const ids = partitions(load.partitionCount)
  const flushBytes = batch.length * ids.length
  const inline = ids.length * Math.ceil((batch.length + 128) / 1_024) <= inlineUnitsMax
  let left = Math.ceil(load.totalBytes / flushBytes)
  const flushes = left
  const seenNext = offset(0)
  await Promise.all(ids.map((id) => meta.put(newHead(id))))
  const lane = async () => {
    while (left-- > 0) {
      const name = freshName(systemClock.now(), 0, systemEntropy)
      // Fresh bytes for each put, as a socket brings them.
      const fresh = ids.map(() => batch.slice())
      if (inline) {
        await Promise.all(
          ids.map((id, index) =>
            meta.put(newInline(id, { name, bytes: fresh[index] ?? batch, seenNext }), [inlineAbsent]),
          ),
        )
      } else await objects.put(intakeObjectKey(name), fresh, { ifAbsent: true })
      await Promise.all(ids.map((id) => updateRaw(meta, id, left)))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return flushes * flushBytes
}

/** An update of an item that weighs what a head weighs: 12 pointers of 34 characters, one comes and one goes. */
function updateRaw(meta: MetaStore, id: PartitionId, n: number): Promise<unknown> {
  const key = (number: number) => String(number).padStart(34, '0')
  return meta.update(
    headKey(id),
    [
      { set: ['q', key(n)], to: { path: ['n'] } },
      { set: ['n'], to: { path: ['n'], plus: 1 } },
      { remove: ['q', key(n + 12)] },
    ],
    [
      { path: ['e'], is: '=', than: { value: 0 } },
      { path: ['q', key(n)], is: 'absent' },
    ],
  )
}

async function produceLog(log: Log, load: Load): Promise<number> {
  const ids = partitions(load.partitionCount)
  const template = batchFor(load)
  let left = Math.ceil(load.totalBytes / (template.length * ids.length))
  const bytes = left * template.length * ids.length
  const lane = async () => {
    while (left-- > 0) {
      const results = await Promise.all(ids.map((id) => log.append(id, template.slice())))
      for (const { outcome } of results)
        if (outcome !== 'appended') throw new Error(`an append was answered ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return bytes
}

/** Where every batch lies, read from the index before the clock starts. */
async function pointersOf({ meta }: Stores, id: PartitionId): Promise<Pointer[]> {
  const pointers: Pointer[] = []
  const head = parseHead((await meta.get(headKey(id), { strong: true })) ?? newHead(id))
  for (let from = 'page#'; ; ) {
    const { items, more } = await meta.query(partitionKey(id), { from, to: 'page#~' })
    for (const page of items.map(parsePage)) {
      if (page.base < head.tailStart) pointers.push(...page.entries.map(({ pointer }) => pointer))
    }
    const last = items.at(-1)
    if (!more || !last) break
    from = `${last.sk}\0`
  }
  return [...pointers, ...tailEntries(head).map(({ pointer }) => pointer)]
}

/** What a fetch cannot do without: the bytes of every pointer, partitions side by side, each in its order. */
async function fetchRaw(
  { meta, objects }: Stores,
  pointers: readonly (readonly [PartitionId, Pointer[]])[],
): Promise<number> {
  let bytes = 0
  const partition = async ([id, all]: readonly [PartitionId, Pointer[]]) => {
    const inline = all.filter((pointer) => pointer.inline).map(({ name }) => inlineKey(id, name))
    for (let at = 0; at < inline.length; at += 16) {
      const items = await meta.getMany(inline.slice(at, at + 16))
      for (const item of items) if (item) bytes += parseInline(item).bytes.length
    }
    for (const { name, position, length } of all.filter((pointer) => !pointer.inline)) {
      const range = { start: position, end: position + length }
      // In a line of its own: `bytes += await ...` would forget what other partitions added meanwhile.
      const got = await objects.get(intakeObjectKey(name), { range })
      bytes += got?.length ?? 0
    }
  }
  await Promise.all(pointers.map(partition))
  return bytes
}

async function fetchLog(log: Log, load: Load): Promise<number> {
  const counts = await Promise.all(
    partitions(load.partitionCount).map(async (id) => {
      let bytes = 0
      for (let from = offset(0); ; ) {
        const read = await log.read(id, from, { maxBytes: 1 << 20 })
        if (read.outcome !== 'read') throw new Error(`a read was answered ${read.outcome}`)
        if (read.chunks.length === 0) return bytes
        for (const chunk of read.chunks) bytes += chunk.length
        from = read.nextOffset
        // As the Fetch handler does once its answer is sent.
        read.release()
      }
    }),
  )
  return counts.reduce((total, bytes) => total + bytes, 0)
}

interface Round {
  readonly raw: Measured<number>
  readonly produce: Measured<number>
  readonly bare: Measured<number>
  readonly fetch: Measured<number>
}

async function round(load: Load, options: Partial<LogOptions>, rawFirst: boolean): Promise<Round> {
  const flushBytesMax = batchFor(load).length * load.partitionCount
  // A local cluster leaves reading ahead to the system.
  const logOptions = { readAheadBytes: 0, ...options, flushBytesMax, flushesInFlightMax: lanes }
  const inlineUnitsMax = options.inlineUnitsMax ?? logDefaults.inlineUnitsMax
  const bareStore = () =>
    withStores(load.durability, (stores) => measure(() => produceRaw(stores, load, inlineUnitsMax)))
  // The first on a quiet disk is the quicker one: they take turns at that too.
  const before = rawFirst ? await bareStore() : undefined
  const log = await withStores(load.durability, async (stores) => {
    const surroundings = { clock: systemClock, entropy: systemEntropy }
    const log = new Log({ ...stores, ...surroundings }, logOptions)
    const produce = await measure(async () => {
      const bytes = await produceLog(log, load)
      await log.settle()
      return bytes
    })
    const pointers = await Promise.all(
      partitions(load.partitionCount).map(async (id) => [id, await pointersOf(stores, id)] as const),
    )
    const bare: Measured<number>[] = []
    const fetch: Measured<number>[] = []
    const sides = {
      bare: async () => bare.push(await measure(() => fetchRaw(stores, pointers))),
      // Another process each time: it knows no head and holds no bytes.
      log: async () => {
        const reader = new Log({ ...stores, ...surroundings }, logOptions)
        fetch.push(await measure(() => fetchLog(reader, load)))
      },
    }
    // Finely by turns: what else the machine does meets both.
    for (const side of ['bare', 'log', 'log', 'bare'] as const) await sides[side]()
    const read = [...bare, ...fetch].find(({ result }) => result !== produce.result)
    if (read) throw new Error(`${read.result} bytes were read where ${produce.result} had been written`)
    return { produce, bare: together(bare), fetch: together(fetch) }
  })
  return { ...log, raw: before ?? (await bareStore()) }
}

const together = (all: readonly Measured<number>[]): Measured<number> => ({
  result: total(all, ({ result }) => result),
  seconds: total(all, ({ seconds }) => seconds),
  cpuSeconds: total(all, ({ cpuSeconds }) => cpuSeconds),
  allocatedBytes: total(all, ({ allocatedBytes }) => allocatedBytes),
})

const total = <Of>(all: readonly Of[], value: (one: Of) => number) => all.reduce((sum, one) => sum + value(one), 0)

const speed = ({ result, seconds }: Measured<number>) => result / 1e6 / seconds
const cpu = ({ result, cpuSeconds }: Measured<number>) => (cpuSeconds / result) * 1e9
const allocated = ({ result, allocatedBytes }: Measured<number>) => allocatedBytes / result

/** Medians of several rounds, in which raw and log take turns; a ratio is the median of the rounds' own ratios. */
export async function benchThroughput(load: Load, options: Partial<LogOptions>, roundCount: number): Promise<Row> {
  const rounds: Round[] = []
  for (let n = 0; n < roundCount; n++) rounds.push(await round(load, options, n % 2 === 0))
  const median = (value: (round: Round) => number, digits = 2) => rounded(medianOf(rounds.map(value)), digits)
  return {
    flush: load.flushBytes >= 2 ** 20 ? `${load.flushBytes / 2 ** 20} MB` : `${load.flushBytes / 1024} KB`,
    partitions: load.partitionCount,
    durability: load.durability,
    'raw put MB/s': median(({ raw }) => speed(raw), 0),
    'produce MB/s': median(({ produce }) => speed(produce), 0),
    'produce ratio': median(({ raw, produce }) => speed(produce) / speed(raw)),
    'raw get MB/s': median(({ bare }) => speed(bare), 0),
    'fetch MB/s': median(({ fetch }) => speed(fetch), 0),
    'fetch ratio': median(({ bare, fetch }) => speed(fetch) / speed(bare)),
    'produce CPU s/GB': median(({ produce }) => cpu(produce)),
    'produce CPU ratio': median(({ raw, produce }) => cpu(raw) / cpu(produce)),
    'fetch CPU s/GB': median(({ fetch }) => cpu(fetch)),
    'fetch CPU ratio': median(({ bare, fetch }) => cpu(bare) / cpu(fetch)),
    'produce MB allocated/MB': median(({ produce }) => allocated(produce)),
    'fetch MB allocated/MB': median(({ fetch }) => allocated(fetch)),
  }
}
