/** What a reader may rely on, and what it does when the three things it reads do not fit together. */
import { describe, expect, it } from 'vitest'
import { epoch, offset } from '../../lib/base/ids.ts'
import { headHintAgeMsMax } from '../../lib/base/limits.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { intakeObjectKey, pageKey } from '../../lib/log/keys.ts'
import { BytesLost, IndexTorn } from '../../lib/log/loss.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { readHeader } from '../../lib/records/header.ts'
import type { QueryRange } from '../../lib/store/meta-store.ts'
import { SimClock } from '../world/sim-clock.ts'
import { LaidLog } from './laid-log.ts'
import { counted, type WatchedCall, watched } from './watched-stores.ts'
import { memoryStores, p0, recordsOf, type Stores } from './world.ts'

function open() {
  const clock = new SimClock()
  const stores = memoryStores()
  const losses: unknown[] = []
  const readerOf = (through: Stores, hints?: HeadHints) =>
    new LogReader({ ...through, clock, onLoss: (loss) => losses.push(loss), ...(hints && { hints }) })
  return { clock, stores, laid: new LaidLog(stores, clock), losses, reader: readerOf(stores), readerOf }
}

async function valuesFrom(reader: LogReader, from: number, maxBytes = 1_000_000) {
  const read = await reader.read(p0, offset(from), { maxBytes })
  if (read.outcome !== 'read') return read
  return read.chunks.flatMap(recordsOf).filter((record) => record.offset >= from)
}

/** Follows a log to its end as a consumer does, and wants every offset exactly once. */
async function consume(reader: LogReader, from = 0, maxBytes = 1_000_000): Promise<string[]> {
  const values: string[] = []
  for (let at = from; ; ) {
    const read = await reader.read(p0, offset(at), { maxBytes })
    if (read.outcome !== 'read') throw new Error(`at ${at}: ${JSON.stringify(read)}`)
    if (read.chunks.length === 0) return values
    for (const record of read.chunks.flatMap(recordsOf)) {
      if (record.offset < at) continue
      expect(record.offset).toBe(at++)
      values.push(record.value)
    }
    expect(read.nextOffset).toBe(at)
  }
}

describe('a read', () => {
  it('follows a log from its first page to the end of its tail, at any size', async () => {
    const { laid, reader, readerOf, stores } = open()
    await laid.fill(60)
    for (const maxBytes of [1, 200, 1_000, 1_000_000]) {
      expect(await consume(readerOf(stores), 0, maxBytes)).toEqual(laid.values)
    }
    for (const from of [0, 1, 7, 63, 118, 119]) {
      expect((await valuesFrom(reader, from)) as object[]).toEqual(
        laid.records.slice(from).map(({ offset, value }) => ({ offset, value })),
      )
    }
  })

  it('reads small flushes that lie in items, and those beside them that do not', async () => {
    const { laid, reader } = open()
    await laid.append([['a'], ['b', 'c']], { inline: true })
    await laid.append([['d']])
    await laid.append([['e']], { inline: true })
    await laid.fold(1)
    expect(await consume(reader)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('answers the whole batch that contains the offset, with true offsets and the leader epoch', async () => {
    const { laid, reader } = open()
    await laid.append([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ])
    await laid.append([['f']])
    await laid.change({ e: epoch(3), b: { 3: 0 } })
    const read = await reader.read(p0, offset(4), { maxBytes: 1 })
    if (read.outcome !== 'read') throw new Error(read.outcome)
    const [chunk] = read.chunks
    const header = chunk && readHeader(chunk)
    expect(header).toMatchObject({ baseOffset: 3, leaderEpoch: 3, lastOffsetDelta: 1, totalBytes: chunk?.length })
    expect(read).toMatchObject({ nextOffset: 5, highWatermark: 6, logStartOffset: 0, leaderEpoch: 3 })
  })

  it('stamps each batch with the leader epoch under which it was appended, whichever is the current one', async () => {
    const { laid, reader, clock } = open()
    await laid.append([['a']])
    const first = await reader.read(p0, offset(0), { maxBytes: 1_000 })
    await laid.change({ e: epoch(9), b: { 9: 1 } })
    await laid.append([['b']])
    clock.jump(headHintAgeMsMax + 1)
    const second = await reader.read(p0, offset(0), { maxBytes: 1_000 })
    const epochs = [first, second].map(
      (read) => 'chunks' in read && read.chunks.map((chunk) => readHeader(chunk).leaderEpoch),
    )
    expect(epochs).toEqual([[0], [0, 9]])
  })

  it('goes over the limit for the first batch only', async () => {
    const { laid, reader } = open()
    await laid.append([['x'.repeat(5_000)], ['y'], ['z']])
    expect(await valuesFrom(reader, 0, 100)).toHaveLength(1)
    expect(await valuesFrom(reader, 1, 70)).toHaveLength(1)
    expect(await valuesFrom(reader, 1, 500)).toHaveLength(2)
  })

  it('ends at the last stable offset when only committed records are wanted', async () => {
    const { laid, reader } = open()
    await laid.append([['a'], ['b'], ['c']])
    await laid.change({ x: { 17: 1 } })
    const read = await reader.read(p0, offset(0), { maxBytes: 1_000, isolation: 'read-committed' })
    expect(read).toMatchObject({ nextOffset: 1, lastStableOffset: 1, highWatermark: 3 })
    expect(await reader.read(p0, offset(1), { maxBytes: 1_000, isolation: 'read-committed' })).toMatchObject({
      chunks: [],
    })
  })

  it('of a partition that was never written to is empty at 0, and out of range beyond', async () => {
    const { reader } = open()
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({
      outcome: 'read',
      chunks: [],
      highWatermark: 0,
    })
    expect(await reader.read(p0, offset(1), { maxBytes: 1 })).toEqual({
      outcome: 'offset-out-of-range',
      logStartOffset: 0,
      highWatermark: 0,
    })
  })

  it('of a deleted topic is told so', async () => {
    const { laid, reader } = open()
    await laid.append([['a']])
    await laid.change({ e: -1 })
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toEqual({ outcome: 'unknown-partition' })
    expect(await reader.describe(p0)).toEqual({ outcome: 'unknown-partition' })
    expect(await reader.listOffsets(p0, 'latest')).toEqual({ outcome: 'unknown-partition' })
    expect(await reader.deleteRecords(p0, offset(1))).toEqual({ outcome: 'unknown-partition' })
  })

  it('answers a store that does not answer as unavailable', async () => {
    const { readerOf, stores } = open()
    const { StoreUnavailable } = await import('../../lib/store/errors.ts')
    const reader = readerOf(watched(stores, () => Promise.reject(new StoreUnavailable('get'))))
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({ outcome: 'unavailable' })
  })
})

describe('what a read costs', () => {
  it('is a head, a query and a get for a page of one object, and no listing ever', async () => {
    const { laid, readerOf, stores } = open()
    await laid.append([['a'], ['b']])
    await laid.append([['c']])
    await laid.fold(1)
    const counting = counted(stores)
    await valuesFrom(readerOf(counting), 0, 100)
    expect(counting.calls).toEqual(['meta.get', 'meta.query', 'objects.get'])
  })

  it('is the head alone at the end, and the head once for the tail of an appending process', async () => {
    const { clock, laid, readerOf, stores } = open()
    await laid.append([['a']], { inline: true })
    const counting = counted(stores)
    const hints = new HeadHints({ clock })
    const reader = readerOf(counting, hints)
    await valuesFrom(reader, 1)
    expect(counting.calls.splice(0)).toEqual(['meta.get'])
    await laid.append([['b']], { inline: true })
    hints.put(p0, await laid.head())
    await valuesFrom(reader, 1)
    expect(counting.calls.splice(0)).toEqual(['meta.getMany'])
    await valuesFrom(reader, 1)
    expect(counting.calls.splice(0)).toEqual([])
  })

  it('of a backlog asks for each page once, and for the head once a second', async () => {
    const { laid, readerOf, stores } = open()
    await laid.fill(60)
    const counting = counted(stores)
    await consume(readerOf(counting), 0, 150)
    const asked = Map.groupBy(counting.calls, (call) => call)
    expect(asked.get('meta.get')?.length).toBe(2)
    expect(asked.get('objects.get')?.length).toBe(60)
    expect(asked.get('meta.query')?.length).toBeLessThanOrEqual(15)
    expect(asked.get('objects.list')).toBeUndefined()
  })

  it('never grows by a head that is older than a second', async () => {
    const { clock, laid, readerOf, stores } = open()
    await laid.append([['a']])
    const hints = new HeadHints({ clock })
    hints.put(p0, await laid.head())
    const counting = counted(stores)
    clock.jump(headHintAgeMsMax + 1)
    await valuesFrom(readerOf(counting, hints), 0)
    expect(counting.calls).toContain('meta.get')
  })
})

describe('when the index moves between the calls of a read', () => {
  /** Runs `between` once, before the first call that matches. */
  function once(stores: Stores, matches: (call: WatchedCall) => boolean, between: () => Promise<unknown>) {
    let done = false
    return watched(stores, async (call) => {
      if (done || !matches(call)) return
      done = true
      await between()
    })
  }

  it('a page that a query does not show yet is not stepped over', async () => {
    const { laid, readerOf, stores } = open()
    await laid.fill(20, { perPage: 2, inTail: 2 })
    let hidden = 0
    const meta = new Proxy(stores.meta, {
      get: (target, name) => {
        if (name !== 'query') return Reflect.get(target, name).bind(target)
        return async (pk: string, range: QueryRange) => {
          const { items, more } = await target.query(pk, range)
          // Eventually consistent: of several pages the second is missing.
          if (range.strong || items.length < 2) return { items, more }
          hidden++
          return { items: items.filter((_, index) => index !== 1), more }
        }
      },
    })
    expect(await consume(readerOf({ ...stores, meta }))).toEqual(laid.values)
    expect(hidden).toBeGreaterThan(0)
  })

  it('a page that is not there yet is looked for again, from the head on', async () => {
    const { laid, readerOf, stores } = open()
    await laid.append([['a']])
    await laid.append([['b']])
    await laid.fold()
    await laid.append([['c']])
    const page = await stores.meta.get(pageKey(p0, offset(0)))
    if (!page) throw new Error('no page')
    await stores.meta.delete(page)
    // An eventually consistent query that does not see the page yet.
    const reader = readerOf(
      once(
        stores,
        () => false,
        async () => {},
      ),
    )
    expect(await reader.read(p0, offset(0), { maxBytes: 1_000 })).toMatchObject({ outcome: 'unavailable' })
    let queries = 0
    const late = readerOf(
      watched(stores, async ({ method }) => {
        if (method === 'query' && ++queries === 2) await stores.meta.put(page)
      }),
    )
    expect(await consume(late)).toEqual(['a', 'b', 'c'])
  })

  it('pointers that are in a page and still in the tail are read once', async () => {
    const { laid, reader } = open()
    await laid.append([['a']])
    await laid.append([['b']])
    await laid.append([['c']])
    await laid.fold(1, { drop: false })
    expect(await consume(reader)).toEqual(['a', 'b', 'c'])
    await laid.fold(1)
    expect(await consume(reader)).toEqual(['a', 'b', 'c'])
  })

  it('a fold between head and pages changes nothing', async () => {
    const { laid, readerOf, stores } = open()
    await laid.fill(9)
    const reader = readerOf(
      once(
        stores,
        ({ method }) => method === 'query',
        () => laid.fold(),
      ),
    )
    expect(await consume(reader)).toEqual(laid.values)
  })

  it('bytes that have moved are found where the index says by then', async () => {
    const { laid, readerOf, stores, losses } = open()
    const pointer = await laid.append([['a']])
    await laid.fold()
    const bytes = await stores.objects.get(intakeObjectKey(pointer.name))
    if (!bytes) throw new Error('no bytes')
    const reader = readerOf(
      once(
        stores,
        ({ store }) => store === 'objects',
        async () => {
          // A consolidation and a sweep: other name, same range.
          const moved = { ...pointer, name: 'f'.repeat(22) }
          await stores.objects.put(`segments/${p0.topicId}/00000/${moved.name}`, [bytes])
          const { encodeEntries } = await import('../../lib/log/page.ts')
          const q = encodeEntries(offset(0), [{ pointer: moved, base: offset(0) }])
          await stores.meta.put({ ...pageKey(p0, offset(0)), end: 1, q, rev: 2, segment: true })
          await stores.objects.delete([intakeObjectKey(pointer.name)])
        },
      ),
    )
    expect(await consume(reader)).toEqual(['a'])
    expect(losses).toEqual([])
  })

  it('bytes deleted below a log start that has risen are out of range, not lost', async () => {
    const { laid, readerOf, stores, losses } = open()
    const pointer = await laid.append([['a']])
    await laid.append([['b']])
    const reader = readerOf(
      once(
        stores,
        ({ store }) => store === 'objects',
        async () => {
          await laid.change({ s: 1 })
          await stores.objects.delete([intakeObjectKey(pointer.name)])
        },
      ),
    )
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({
      outcome: 'offset-out-of-range',
      logStartOffset: 1,
    })
    expect(losses).toEqual([])
  })

  it('bytes that an unchanged index names and that are not there are a loss, said loudly', async () => {
    const { laid, reader, stores, losses } = open()
    await laid.append([['a']])
    const pointer = await laid.append([['b']])
    await stores.objects.delete([intakeObjectKey(pointer.name)])
    // What lies before is still served; the loss is met when it comes first.
    expect(await valuesFrom(reader, 0)).toEqual([{ offset: 0, value: 'a' }])
    const read = await reader.read(p0, offset(1), { maxBytes: 1_000 })
    expect(read).toMatchObject({ outcome: 'unavailable', cause: expect.any(BytesLost) })
    expect(losses).toEqual([expect.any(BytesLost)])
  })

  it('bytes that are other batches than the index says are a loss too', async () => {
    const { laid, reader, stores, losses } = open()
    const pointer = await laid.append([['a'], ['b']])
    const other = await laid.append([['only one']])
    const bytes = await stores.objects.get(intakeObjectKey(other.name))
    if (!bytes) throw new Error('no bytes')
    await stores.objects.put(intakeObjectKey(pointer.name), [bytes, new Uint8Array(500)])
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({ outcome: 'unavailable' })
    expect(losses).toEqual([expect.any(BytesLost)])
  })

  it('an index that stays torn is said loudly', async () => {
    const { laid, reader, stores, losses } = open()
    await laid.append([['a']])
    await laid.fold()
    await laid.append([['b']])
    await stores.meta.delete(pageKey(p0, offset(0)))
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({
      outcome: 'unavailable',
      cause: expect.any(IndexTorn),
    })
    expect(losses).toHaveLength(1)
  })

  it('out of range is said only after a strongly consistent look', async () => {
    const { clock, laid, readerOf, stores } = open()
    await laid.append([['a']])
    const hints = new HeadHints({ clock })
    hints.put(p0, await laid.head())
    await laid.append([['b']])
    expect(await valuesFrom(readerOf(stores, hints), 1)).toEqual([{ offset: 1, value: 'b' }])
    const strong: unknown[] = []
    const watching = watched(stores, ({ method, args }) => {
      if (method === 'get') strong.push(args[1])
    })
    await readerOf(watching).read(p0, offset(9), { maxBytes: 1 })
    expect(strong).toEqual([{ strong: true }])
  })
})
