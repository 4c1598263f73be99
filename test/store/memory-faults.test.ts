import { expect, test } from 'vitest'
import { systemClock } from '../../lib/base/system.ts'
import { faultsByChance, noFaults, withOutage } from '../../lib/store/adapters/memory/fault-plans.ts'
import { type Fault, Faults, type StoreCall } from '../../lib/store/adapters/memory/faults.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { InvalidCall, OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { Change, MetaStore } from '../../lib/store/meta-store.ts'
import { metaStoreConformance } from '../conformance/meta-store.ts'
import { objectStoreConformance } from '../conformance/object-store.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'

metaStoreConformance('memory behind a line without faults', async () =>
  new Faults(noFaults, systemClock).metaStore(new MemoryMetaStore()),
)
objectStoreConformance('memory behind a line without faults', async () =>
  new Faults(noFaults, systemClock).objectStore(new MemoryObjectStore()),
)

const key = { pk: 'partition', sk: 'head' }
const increment: Change = [{ set: ['n'], to: { path: ['n'], plus: 1 } }]

/** A head with `n` 0, and a line to it on which calls meet the faults one after the other, then nothing. */
async function world(...faults: Fault[]) {
  const inner = new MemoryMetaStore()
  await inner.put({ ...key, n: 0 })
  const calls: StoreCall[] = []
  const clock = new SimClock()
  const next = (call: StoreCall): Fault => {
    calls.push(call)
    return faults.shift() ?? { kind: 'none' }
  }
  const line = new Faults({ next }, clock)
  const n = async () => (await inner.get(key))?.n
  return { clock, line, store: line.metaStore(inner), n, calls }
}

test('a call that finds the store unavailable does not happen', async () => {
  const { store, n } = await world({ kind: 'unavailable' })
  await expect(store.update(key, increment)).rejects.toThrow(StoreUnavailable)
  expect(await n()).toBe(0)
})

test('a lost request never happens, a lost answer has happened, and a caller cannot tell them apart', async () => {
  const { store, n, line } = await world({ kind: 'request-lost' }, { kind: 'answer-lost' })
  await expect(store.update(key, increment)).rejects.toThrow(OutcomeUnknown)
  expect(await n()).toBe(0)
  await expect(store.update(key, increment)).rejects.toThrow(OutcomeUnknown)
  expect(await n()).toBe(1)
  await line.settled()
})

test('a late call happens long after its caller was told that it may have', async () => {
  const { store, n, clock, line } = await world({ kind: 'late', lateMs: 60_000 })
  await expect(store.update(key, increment)).rejects.toThrow(OutcomeUnknown)
  await clock.pass(59_999)
  expect(await n()).toBe(0)
  await clock.pass(1)
  await line.settled()
  expect(await n()).toBe(1)
})

test('a call delivered twice is answered once, and its second copy is done after the answer', async () => {
  const { store, n, clock } = await world({ kind: 'twice', againMs: 50 })
  expect(await store.update(key, increment)).toEqual({ done: { ...key, n: 1 } })
  expect(await n()).toBe(1)
  await clock.pass(50)
  expect(await n()).toBe(2)
})

test('a second copy is judged by its guard as any other call', async () => {
  const { store, n, clock, line } = await world({ kind: 'twice', againMs: 50 })
  await store.update(key, increment, [{ path: ['n'], is: '=', than: { value: 0 } }])
  await clock.pass(50)
  await line.settled()
  expect(await n()).toBe(1)
})

test('a call that its line tries again is refused by what it has written itself', async () => {
  const { store, n, clock } = await world({ kind: 'retried', againMs: 50 })
  let answer: unknown
  void store.update(key, increment, [{ path: ['n'], is: '=', than: { value: 0 } }]).then((heard) => {
    answer = heard
  })
  await clock.pass(49)
  expect([await n(), answer]).toEqual([1, undefined])
  await clock.pass(1)
  expect([await n(), answer]).toEqual([1, { refused: { ...key, n: 1 } }])
})

test('what is late, and what is not answered, may happen twice all the same', async () => {
  const { store, n, clock, line } = await world(
    { kind: 'late', lateMs: 10, againMs: 20 },
    { kind: 'answer-lost', againMs: 100 },
  )
  await expect(store.update(key, increment)).rejects.toThrow(OutcomeUnknown)
  await clock.pass(10)
  expect(await n()).toBe(1)
  await clock.pass(20)
  expect(await n()).toBe(2)
  await expect(store.update(key, increment)).rejects.toThrow(OutcomeUnknown)
  expect(await n()).toBe(3)
  await clock.pass(100)
  await line.settled()
  expect(await n()).toBe(4)
})

test('a slow call is overtaken by one that was sent after it', async () => {
  const { store, n, clock } = await world({ kind: 'slow', slowMs: 50 })
  const slow = store.update(key, [{ set: ['n'], to: { value: 1 } }])
  await store.update(key, [{ set: ['n'], to: { value: 2 } }])
  expect(await n()).toBe(2)
  await clock.pass(50)
  await slow
  expect(await n()).toBe(1)
})

test('a call takes its time on both ways, and happens in the middle', async () => {
  const { store, n, clock } = await world({ kind: 'none', beforeMs: 10, afterMs: 20 })
  let answered = false
  void store.update(key, increment).then(() => {
    answered = true
  })
  await clock.pass(9)
  expect([await n(), answered]).toEqual([0, false])
  await clock.pass(1)
  expect([await n(), answered]).toEqual([1, false])
  await clock.pass(20)
  expect(answered).toBe(true)
})

test('a read whose request or answer is lost has failed, and is known to have', async () => {
  const { store } = await world({ kind: 'request-lost' }, { kind: 'answer-lost' }, { kind: 'late', lateMs: 1 })
  await expect(store.get(key)).rejects.toThrow(StoreUnavailable)
  await expect(store.query(key.pk)).rejects.toThrow(StoreUnavailable)
  await expect(store.getMany([key])).rejects.toThrow(StoreUnavailable)
  expect(await store.get(key)).toEqual({ ...key, n: 0 })
})

test('a copy carries what was sent, whatever its caller does to its buffers in the meantime', async () => {
  const { store, clock, line } = await world({ kind: 'late', lateMs: 5 })
  const bytes = new Uint8Array([1, 2])
  await expect(store.put({ ...key, bytes })).rejects.toThrow(OutcomeUnknown)
  bytes.fill(9)
  const objects = new MemoryObjectStore()
  const late = new Faults({ next: () => ({ kind: 'late', lateMs: 5 }) }, clock).objectStore(objects)
  await expect(late.put('object', [bytes.subarray(1)])).rejects.toThrow(OutcomeUnknown)
  await expect(late.compose('composed', chunks(bytes))).rejects.toThrow(OutcomeUnknown)
  bytes.fill(7)
  await clock.pass(5)
  await line.settled()
  expect((await store.get(key))?.bytes).toEqual(new Uint8Array([1, 2]))
  expect(await objects.get('object')).toEqual(new Uint8Array([9]))
  expect(await objects.get('composed')).toEqual(new Uint8Array([9, 9]))
})

test('an illegal call is a bug of its caller, not a fault of the line', async () => {
  const { store, calls } = await world()
  await expect(store.update({ pk: '', sk: '' }, [])).rejects.toThrow(InvalidCall)
  await store.getMany([key])
  expect(calls.map(({ store: kind, operation, key: named }) => `${kind} ${operation} ${named}`)).toEqual([
    'meta getMany partition head',
  ])
})

test('an outage answers 503 from its beginning to its end', async () => {
  const clock = new SimClock()
  const store = new Faults(withOutage(noFaults, clock, clock.now() + 10, clock.now() + 20), clock).metaStore(
    new MemoryMetaStore(),
  )
  await store.put({ ...key })
  await clock.pass(10)
  await expect(store.put({ ...key })).rejects.toThrow(StoreUnavailable)
  await clock.pass(9)
  await expect(store.get(key)).rejects.toThrow(StoreUnavailable)
  await clock.pass(1)
  expect(await store.get(key)).toEqual(key)
})

const kinds = ['unavailable', 'request-lost', 'answer-lost', 'late', 'twice', 'retried', 'slow'] as const

test('chance with the same seed meets the same calls, and each kind of fault in its share', async () => {
  const shares = Object.fromEntries(kinds.map((kind) => [kind, 0.1]))
  const faults = (seed: number) => {
    const plan = faultsByChance(seeded(seed), shares, { wayMsMax: 5, laterMsMax: 60, doubled: 0.5 })
    return Array.from({ length: 2_000 }, () => plan.next({ store: 'meta', operation: 'get', key: '' }))
  }
  expect(faults(1)).toEqual(faults(1))
  expect(faults(1)).not.toEqual(faults(2))
  const drawn = faults(3)
  const counts = Object.groupBy(drawn, ({ kind }) => kind)
  for (const kind of kinds) {
    expect(counts[kind]?.length).toBeGreaterThan(120)
    expect(counts[kind]?.length).toBeLessThan(280)
  }
  for (const kind of ['late', 'answer-lost'] as const) {
    const doubled = counts[kind]?.filter((fault) => 'againMs' in fault) ?? []
    expect(doubled.length).toBeGreaterThan(40)
    expect(doubled.length).toBeLessThan(160)
  }
  const times = drawn.flatMap((fault) => ('slowMs' in fault ? fault.slowMs : []))
  expect(Math.min(...times)).toBeLessThan(10)
  expect(Math.max(...times)).toBe(60)
})

test('blind retries of a guarded append never double it, whatever the line does', async () => {
  for (let seed = 1; seed <= 20; seed++) expect(await appendsUnder(seed)).toBe(30)
})

/** Appends 30 ids by an update that is refused when its id is there; answers how many the head then has. */
async function appendsUnder(seed: number): Promise<number> {
  const inner = new MemoryMetaStore()
  await inner.put({ ...key, n: 0, q: {} })
  const clock = new SimClock()
  const shares = {
    unavailable: 0.1,
    'request-lost': 0.1,
    'answer-lost': 0.2,
    late: 0.1,
    twice: 0.1,
    retried: 0.1,
    slow: 0.1,
  }
  const line = new Faults(faultsByChance(seeded(seed), shares, { wayMsMax: 3, laterMsMax: 50, doubled: 0.5 }), clock)
  const store = line.metaStore(inner)
  const all = Promise.all(Array.from({ length: 30 }, (_, index) => persistently(store, `id${index}`)))
  await clock.pass(10_000)
  await all
  await line.settled()
  const head = await inner.get(key)
  expect(Object.keys(head?.q ?? {})).toHaveLength(30)
  return head?.n as number
}

async function persistently(store: MetaStore, id: string): Promise<void> {
  const change: Change = [{ set: ['q', id], to: { path: ['n'] } }, ...increment]
  for (;;) {
    try {
      await store.update(key, change, [{ path: ['q', id], is: 'absent' }])
      return
    } catch (error) {
      if (!(error instanceof OutcomeUnknown || error instanceof StoreUnavailable)) throw error
    }
  }
}

async function* chunks(...parts: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts
}
