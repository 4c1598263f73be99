/** What is read ahead, for whom, at what price, and what happens when it comes to nothing. */
import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { followerIdleMsMax, headHintAgeMsMax } from '../../lib/base/limits.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { intakeObjectKey } from '../../lib/log/keys.ts'
import { pointerKey } from '../../lib/log/pointer.ts'
import { LogReader, type LogReaderParts } from '../../lib/log/reader.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { LaidLog } from './laid-log.ts'
import { counted, watched } from './watched-stores.ts'
import { batchOf, openLog, p0, partitionOf, recordsOf, type Stores } from './world.ts'

const maxBytes = 400

function open(options: Partial<LogReaderParts> = {}) {
  const clock = new SimClock()
  const stores: Stores = { meta: new MemoryMetaStore(), objects: new MemoryObjectStore() }
  const laid = new LaidLog(stores, clock)
  const losses: unknown[] = []
  const readerOf = (through: Stores, more: Partial<LogReaderParts> = {}) =>
    new LogReader({ ...through, clock, onLoss: (loss) => losses.push(loss), ...options, ...more })
  /** What is read ahead is read when the answer is out. */
  const rest = () => clock.pass(0).then(() => clock.pass(0))
  return { clock, stores, laid, losses, readerOf, rest }
}

type World = ReturnType<typeof open>

async function step(reader: LogReader, from: number, id = p0) {
  const read = await reader.read(id, offset(from), { maxBytes })
  if (read.outcome !== 'read') throw new Error(`at ${from}: ${read.outcome}`)
  return { next: read.nextOffset, values: read.chunks.flatMap(recordsOf).map(({ value }) => value) }
}

/** All records, by reads that follow each other; `between` lets what is read ahead arrive. */
async function scan(world: World, reader: LogReader, between = world.rest, id = p0): Promise<string[]> {
  const values: string[] = []
  for (let at = 0; ; ) {
    const read = await step(reader, at, id)
    if (read.values.length === 0) return values
    values.push(...read.values)
    at = read.next
    await between()
  }
}

const gets = (calls: readonly string[]) => calls.filter((call) => call === 'objects.get').length

describe('read-ahead', () => {
  it('makes no more store calls than a scan without it, and the reader waits for the first two reads only', async () => {
    const world = open()
    await world.laid.fill(60)
    const without = counted(world.stores)
    expect(await scan(world, world.readerOf(without, { readAheadBytes: 0 }))).toEqual(world.laid.values)

    const ahead = counted(world.stores)
    const reader = world.readerOf(ahead)
    const waited: number[] = []
    let at = 0
    for (let reads = 0; ; reads++) {
      const before = gets(ahead.calls)
      const read = await step(reader, at)
      if (gets(ahead.calls) > before) waited.push(reads)
      if (read.values.length === 0) break
      at = read.next
      await world.rest()
    }
    expect(at).toBe(world.laid.end)
    expect(waited).toEqual([0, 1])
    expect(ahead.calls.toSorted()).toEqual(without.calls.toSorted())
  })

  it('is not for who jumps about', async () => {
    const world = open()
    await world.laid.fill(60)
    const jumping = async (readAheadBytes: number) => {
      const stores = counted(world.stores)
      const reader = world.readerOf(stores, { readAheadBytes, cache: new BytesCache({ bytesMax: 20_000 }) })
      for (const from of [80, 3, 55, 20, 101, 47, 12]) {
        await step(reader, from)
        await world.rest()
      }
      return stores.calls
    }
    expect(await jumping(10_000)).toEqual(await jumping(0))
  })

  it('ends with the log: at its end nothing is asked for', async () => {
    const world = open()
    await world.laid.fill(12)
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    await scan(world, reader)
    const before = stores.calls.length
    await world.rest()
    expect(stores.calls.length).toBe(before)
    await step(reader, world.laid.end)
    await world.rest()
    expect(stores.calls.slice(before)).toEqual(['meta.get'])
  })

  it('of a reader who never comes back costs at most what it would have read next', async () => {
    const world = open()
    await world.laid.fill(60)
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const { next } = await step(reader, 0)
    await step(reader, next)
    const before = gets(stores.calls)
    await world.rest()
    await world.rest()
    // Pointers of some 150 bytes each.
    expect(gets(stores.calls) - before).toBeLessThanOrEqual(maxBytes / 130)
  })

  it('stays within its share of the memory, for however many partitions', async () => {
    const cache = new BytesCache({ bytesMax: 16_000 })
    const world = open({ cache })
    const laid = [...Array(12).keys()].map((n) => new LaidLog(world.stores, world.clock, partitionOf(n), 100 + n))
    for (const each of laid) await each.fill(40)
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const at = laid.map(() => 0)
    for (let round = 0; round < 10; round++) {
      for (const [n, { id }] of laid.entries()) at[n] = (await step(reader, at[n] ?? 0, id)).next
      await world.rest()
      expect(cache.bytes).toBeLessThanOrEqual(16_000)
    }
    // Twice in no object: nothing that was read ahead had to leave before its reader came.
    const without = counted(world.stores)
    const plain = world.readerOf(without, { readAheadBytes: 0, cache: new BytesCache({ bytesMax: 16_000 }) })
    const plainAt = laid.map(() => 0)
    for (let round = 0; round < 10; round++) {
      for (const [n, { id }] of laid.entries()) plainAt[n] = (await step(plain, plainAt[n] ?? 0, id)).next
    }
    expect(plainAt).toEqual(at)
    // What was read ahead of the twelve and not asked for yet.
    expect(gets(stores.calls)).toBeLessThanOrEqual(gets(without.calls) + 8_000 / 130)
  })

  it('reads further ahead of who has to wait, up to a limit', async () => {
    const world = open({ readAheadBytes: 2_000 })
    await world.laid.fill(80)
    let delayMs = 0
    const objects = watched(world.stores, ({ store }) => (store === 'objects' ? world.clock.sleep(delayMs) : undefined))
    const stores = counted(objects)
    const reader = world.readerOf(stores)
    let at = (await world.clock.run(step(reader, 0))).next
    delayMs = 30
    for (let reads = 0; reads < 12; reads++) {
      at = (await world.clock.run(step(reader, at))).next
      await world.clock.pass(1)
    }
    await world.clock.pass(100)
    // A GET is one pointer of two records and some 150 bytes.
    const pointersAhead = gets(stores.calls) - at / 2
    expect(pointersAhead).toBeGreaterThan((3 * maxBytes) / 150)
    expect(pointersAhead).toBeLessThanOrEqual(2_000 / 130)
  })

  it('that meets a fault leaves it to the read that needs the bytes', async () => {
    const world = open()
    await world.laid.fill(30)
    let isDown = false
    const stores = watched(world.stores, () => {
      if (isDown) throw new StoreUnavailable('a call', new Error('down'))
    })
    const reader = world.readerOf(stores)
    const first = await step(reader, 0)
    const second = await step(reader, first.next)
    isDown = true
    await world.rest()
    expect(await reader.read(p0, second.next, { maxBytes })).toMatchObject({ outcome: 'unavailable' })
    await world.rest()
    isDown = false
    expect((await step(reader, second.next)).values[0]).toBe(world.laid.values[second.next])
    expect(world.losses).toEqual([])
  })

  it('of bytes that are swept before their reader comes, after a consolidation, is read again', async () => {
    const world = open()
    await world.laid.append([['a']])
    await world.laid.append([['b']])
    const old = await world.laid.append([['c']])
    await world.laid.append([['d']])
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const one = { maxBytes: 1 }
    await reader.read(p0, offset(0), one)
    await reader.read(p0, offset(1), one)
    // The head that the reader knows still names the bytes; the one in the store does not, and they are gone.
    const moved = await world.laid.bytesOnly([['c']])
    const head = await world.laid.head()
    const tail = Object.fromEntries(
      Object.entries(head.tail).map(([key, base]) => [key === pointerKey(old) ? pointerKey(moved) : key, base]),
    )
    await world.laid.change({ q: tail })
    await world.stores.objects.delete([intakeObjectKey(old.name)])
    const before = stores.calls.length
    await world.rest()
    expect(stores.calls.slice(before)).toEqual(['objects.get'])
    const third = await reader.read(p0, offset(2), one)
    expect('chunks' in third && third.chunks.flatMap(recordsOf).map(({ value }) => value)).toEqual(['c'])
    expect(world.losses).toEqual([])
  })

  it('of a topic that is deleted meanwhile, or trimmed, comes to nothing', async () => {
    for (const change of [{ e: -1 }, { s: 50 }]) {
      const world = open()
      await world.laid.fill(30)
      const reader = world.readerOf(world.stores)
      const first = await step(reader, 0)
      const second = await step(reader, first.next)
      await world.laid.change(change)
      await world.stores.objects.delete((await world.stores.objects.list('intake/')).objects.map(({ key }) => key))
      await world.rest()
      world.clock.jump(headHintAgeMsMax + 1)
      const outcome = 'e' in change ? 'unknown-partition' : 'offset-out-of-range'
      expect(await reader.read(p0, second.next, { maxBytes })).toMatchObject({ outcome })
      expect(world.losses).toEqual([])
    }
  })

  it('forgets a reader who has gone, so that others have its share', async () => {
    const cache = new BytesCache({ bytesMax: 1_600 })
    const world = open({ cache })
    const other = new LaidLog(world.stores, world.clock, partitionOf(1), 8)
    await world.laid.fill(30)
    await other.fill(30)
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const aheadOf = async (id = p0) => {
      const first = await step(reader, 0, id)
      await step(reader, first.next, id)
      const before = gets(stores.calls)
      await world.rest()
      return gets(stores.calls) - before
    }
    expect(await aheadOf()).toBeGreaterThan(0)
    const crowded = await aheadOf(other.id)
    world.clock.jump(followerIdleMsMax + 1)
    const third = new LaidLog(world.stores, world.clock, partitionOf(2), 9)
    await third.fill(30)
    expect(await aheadOf(third.id)).toBeGreaterThan(crowded)
  })
})

describe('what a reader has passed', () => {
  it('leaves the memory when it comes for more, unless another one is behind it', async () => {
    const cache = new BytesCache({ bytesMax: 1_000_000 })
    const world = open({ cache, readAheadBytes: 0 })
    await world.laid.fill(60)
    const reader = world.readerOf(world.stores)
    await scan(world, reader)
    expect(cache.bytes).toBeLessThan(2 * maxBytes)

    const both = new BytesCache({ bytesMax: 1_000_000 })
    const stores = counted(world.stores)
    const shared = world.readerOf(stores, { cache: both })
    const slow = await step(shared, 0)
    let at = (await step(shared, 0)).next
    for (let n = 0; n < 5; n++) at = (await step(shared, at)).next
    const before = gets(stores.calls)
    for (let behind = slow.next; behind < at; ) behind = (await step(shared, behind)).next
    expect(gets(stores.calls)).toBe(before)
  })

  it('is still there for who asks for the same again', async () => {
    const world = open({ readAheadBytes: 0 })
    await world.laid.fill(60)
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const first = await step(reader, 0)
    const second = await step(reader, first.next)
    const before = gets(stores.calls)
    expect(await step(reader, first.next)).toEqual(second)
    expect(gets(stores.calls)).toBe(before)
  })
})

describe('reads that meet', () => {
  it('two of the same bytes are one GET', async () => {
    const world = open()
    await world.laid.append([['a'], ['b']])
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const reads = await Promise.all([step(reader, 0), step(reader, 0), step(reader, 1)])
    expect(reads.map(({ values }) => values)).toEqual([['a', 'b'], ['a', 'b'], ['b']])
    expect(gets(stores.calls)).toBe(1)
  })

  it('of partitions whose batches lie in one object are one GET', async () => {
    const world = open()
    const entropy = seeded(1)
    const log = openLog(world.stores, world.clock, entropy, { inlineUnitsMax: 0 })
    const ids = [...Array(12).keys()].map(partitionOf)
    for (const flush of ['a', 'b', 'c']) {
      await world.clock.run(Promise.all(ids.map((id) => log.append(id, batchOf([`${flush}${id.partition}`])))))
    }
    const stores = counted(world.stores)
    const reader = world.readerOf(stores)
    const reads = await Promise.all(ids.map((id) => step(reader, 0, id)))
    expect(reads.map(({ values }) => values)).toEqual(ids.map(({ partition: p }) => [`a${p}`, `b${p}`, `c${p}`]))
    expect(gets(stores.calls)).toBe(3)
  })

  it('a fault is told to each of them, and is over with it', async () => {
    const world = open()
    await world.laid.append([['a']])
    let isDown = true
    const stores = watched(world.stores, ({ store }) => {
      if (isDown && store === 'objects') throw new StoreUnavailable('a call', new Error('down'))
    })
    const reader = world.readerOf(stores)
    const reads = await Promise.all([1, 2].map(() => reader.read(p0, offset(0), { maxBytes })))
    expect(reads.map(({ outcome }) => outcome)).toEqual(['unavailable', 'unavailable'])
    isDown = false
    expect((await step(reader, 0)).values).toEqual(['a'])
  })
})
