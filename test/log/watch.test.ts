/** What a process remembers, and how it waits. */
import { describe, expect, it } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { type Head, newHead, parseHead } from '../../lib/log/head.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { Watch } from '../../lib/log/watch.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import type { Item } from '../../lib/store/meta-store.ts'
import { newWorld, type World } from './crash-everywhere.ts'
import { counted, watched } from './watched-stores.ts'
import { p0, partitionOf, type Stores } from './world.ts'

const headWith = (attributes: Record<string, Item[string]>): Head => parseHead({ ...newHead(p0), ...attributes })

function open(world: World, { stores = world.stores, polls = true }: { stores?: Stores; polls?: boolean } = {}) {
  const hints = new HeadHints({ clock: world.clock })
  return { hints, watch: new Watch({ meta: stores.meta, clock: world.clock, hints, polls }) }
}

describe('waiting for records', () => {
  it('ends at once when the process itself appends', async () => {
    const world = newWorld()
    const { watch } = open(world, { polls: false })
    const startMs = world.clock.now()
    const waiting = watch.awaitBeyond(p0, offset(0), 60_000)
    await new Promise((resolve) => setImmediate(resolve))
    watch.appended(p0, headWith({ n: 1 }))
    expect(await waiting).toBe(true)
    expect(world.clock.now()).toBe(startMs)
  })

  it('is not woken by what it knew', async () => {
    const world = newWorld()
    const { watch } = open(world, { polls: false })
    const waiting = watch.awaitBeyond(p0, offset(3), 500)
    watch.appended(p0, headWith({ n: 3 }))
    expect(await world.clock.run(waiting)).toBe(false)
  })

  it('never misses an append between the read and the wait', async () => {
    const { watch } = open(newWorld(), { polls: false })
    watch.appended(p0, headWith({ n: 1 }))
    expect(await watch.awaitBeyond(p0, offset(0), 60_000)).toBe(true)
  })

  it('finds what another process appends, with a growing pause', async () => {
    const world = newWorld()
    const { stores, calls } = (({ calls, ...stores }) => ({ stores, calls }))(counted(world.stores))
    const { watch } = open(world, { stores })
    expect(await world.clock.run(watch.awaitBeyond(p0, offset(0), 500))).toBe(false)
    expect(calls.splice(0)).toHaveLength(3)
    expect(await world.clock.run(watch.awaitBeyond(p0, offset(0), 30_000))).toBe(false)
    expect(calls.splice(0).length).toBeLessThan(40)
    const waiting = watch.awaitBeyond(p0, offset(0), 30_000)
    await world.laid.append([['a']])
    expect(await world.clock.run(waiting)).toBe(true)
  })

  it('of many partitions ends with the first, and asks for all of them in one call', async () => {
    const world = newWorld()
    const counting = counted(world.stores)
    const { watch } = open(world, { stores: counting })
    const positions = [1, 0, 2].map((partition) => ({ partition: partitionOf(partition), offset: offset(0) }))
    await world.laid.append([['a']])
    counting.calls.length = 0
    expect(await world.clock.run(watch.awaitAny(positions, 500))).toBe(true)
    expect(counting.calls).toEqual(['meta.getMany'])
  })

  it('where no other process writes asks at most once', async () => {
    const world = newWorld()
    const counting = counted(world.stores)
    const { watch } = open(world, { stores: counting, polls: false })
    expect(await world.clock.run(watch.awaitBeyond(p0, offset(0), 30_000))).toBe(false)
    expect(counting.calls).toHaveLength(1)
  })

  it('ends when it is called off, and at once when it had no time', async () => {
    const world = newWorld()
    const { watch } = open(world)
    const calledOff = new AbortController()
    const waiting = watch.awaitBeyond(p0, offset(0), 60_000, calledOff.signal)
    calledOff.abort()
    expect(await waiting).toBe(false)
    expect(await watch.awaitBeyond(p0, offset(0), 0)).toBe(false)
    expect(await watch.awaitBeyond(p0, offset(0), 10, calledOff.signal)).toBe(false)
  })

  it('ends when the topic is deleted', async () => {
    const world = newWorld()
    const { watch } = open(world)
    await world.laid.append([['a']])
    await world.laid.change({ e: -1 })
    expect(await world.clock.run(watch.awaitBeyond(p0, offset(9), 60_000))).toBe(true)
  })

  it('outlasts a store that does not answer', async () => {
    const world = newWorld()
    let calls = 0
    const stores = watched(world.stores, () => {
      if (++calls < 4) throw new StoreUnavailable('getMany')
    })
    await world.laid.append([['a']])
    expect(await world.clock.run(open(world, { stores }).watch.awaitBeyond(p0, offset(0), 60_000))).toBe(true)
    expect(calls).toBe(4)
  })
})

describe('heads that a process remembers', () => {
  it('are never older than what it has seen, in whatever order it hears of them', () => {
    const { hints } = open(newWorld())
    hints.put(p0, headWith({ n: 5, t: 2 }))
    hints.put(p0, headWith({ n: 4 }))
    expect(hints.get(p0)?.head.next).toBe(5)
    hints.put(p0, headWith({ n: 5, t: 4 }))
    hints.put(p0, headWith({ n: 5, t: 2 }))
    expect(hints.get(p0)?.head.tailStart).toBe(4)
    hints.put(p0, headWith({ e: 1, n: 3 }))
    hints.put(p0, headWith({ e: 0, n: 9 }))
    expect(hints.get(p0)?.head).toMatchObject({ epoch: 1, next: 3 })
    hints.put(p0, headWith({ e: -1 }))
    hints.put(p0, headWith({ e: 7, n: 9 }))
    expect(hints.get(p0)?.head.epoch).toBe(-1)
  })

  it('are young for a while only, and as many as fit', () => {
    const world = newWorld()
    const hints = new HeadHints({ clock: world.clock, countMax: 2 })
    for (const partition of [0, 1, 2]) hints.put(partitionOf(partition), headWith({ n: 1 }))
    expect([0, 1, 2].map((partition) => hints.get(partitionOf(partition)) !== undefined)).toEqual([false, true, true])
    expect(hints.young(partitionOf(2), 10)?.next).toBe(1)
    world.clock.jump(11)
    expect(hints.young(partitionOf(2), 10)).toBeUndefined()
  })
})

describe('bytes that a process remembers', () => {
  const entryOf = (bytes: Uint8Array) => ({ bytes, batches: [] })

  it('stay below a bound, least recently used out first', () => {
    const cache = new BytesCache({ bytesMax: 800 })
    for (let n = 0; n < 7; n++) cache.put(`${n}`, entryOf(new Uint8Array(100)))
    cache.get('0')
    cache.put('7', entryOf(new Uint8Array(100)))
    expect(cache.bytes).toBe(700)
    expect(cache.get('0')).toBeDefined()
    expect(cache.get('1')).toBeUndefined()
    cache.put('large', entryOf(new Uint8Array(101)))
    expect(cache.get('large')).toBeUndefined()
  })

  it('that nobody has asked for have little of the room, and those that somebody waits for all of it', () => {
    const cache = new BytesCache({ bytesMax: 3_200 })
    for (const key of ['a', 'b']) cache.putWritten(key, new Uint8Array(100), { isAwaited: false })
    expect([cache.has('a'), cache.has('b'), cache.bytes]).toEqual([false, true, 100])
    for (const key of ['c', 'd']) cache.putWritten(key, new Uint8Array(100), { isAwaited: true })
    expect([cache.has('b'), cache.has('c'), cache.has('d'), cache.bytes]).toEqual([true, true, true, 300])
  })

  it('do not keep a large buffer alive for a small view of it', () => {
    const cache = new BytesCache()
    cache.put('k', entryOf(new Uint8Array(1_000_000).subarray(10, 20)))
    expect(cache.get('k')?.bytes.buffer.byteLength).toBe(10)
    const frame = new Uint8Array(1_000_000)
    cache.putWritten('awaited', frame.subarray(10, 20), { isAwaited: true })
    expect(cache.get('awaited')?.bytes.buffer.byteLength).toBe(10)
    cache.putWritten('unread', frame.subarray(10, 20), { isAwaited: false })
    expect(cache.has('unread')).toBe(false)
  })

  it('are counted with the buffer that they share, until the last of them is out', () => {
    const cache = new BytesCache({ bytesMax: 8_000 })
    const buffer = new Uint8Array(1_000)
    for (const at of [0, 500]) cache.put(`${at}`, entryOf(buffer.subarray(at, at + 300)), { sharesBuffer: true })
    expect(cache.bytes).toBe(1_000)
    cache.drop('0')
    expect(cache.bytes).toBe(1_000)
    cache.drop('500')
    expect(cache.bytes).toBe(0)
  })
})
