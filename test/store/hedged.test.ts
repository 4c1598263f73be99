/** Calls that are sent twice: what each pair of answers means, and when a second one is sent at all. */
import { describe, expect, test } from 'vitest'
import { hedgeBytesMax, hedgeMsDefault, hedgesSavedMax } from '../../lib/base/limits.ts'
import { systemClock } from '../../lib/base/system.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { hedgedObjectStore } from '../../lib/store/hedged.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { objectStoreConformance } from '../conformance/object-store.ts'
import { SimClock } from '../world/sim-clock.ts'

interface Told {
  readonly afterMs: number
  readonly says: 'done' | 'exists' | Error
}

const slowMs = hedgeMsDefault + 50
const unavailable = new StoreUnavailable('a put', new Error('503'))
const unknown = new OutcomeUnknown('a put', new Error('time-out'))

/** A store whose puts answer as told, one after the other, and the last for ever. */
function told(clock: SimClock, answers: readonly Told[]): { store: ObjectStore; puts: () => number } {
  let puts = 0
  const inner = new MemoryObjectStore()
  const store = hedgedObjectStore(
    {
      put: async () => {
        const answer = answers[Math.min(puts++, answers.length - 1)]
        await clock.sleep(answer?.afterMs ?? 0)
        if (answer?.says instanceof Error) throw answer.says
        return answer?.says ?? 'done'
      },
      get: (key, options) => inner.get(key, options),
      list: (prefix, options) => inner.list(prefix, options),
      delete: (keys) => inner.delete(keys),
      compose: (key, source, options) => inner.compose(key, source, options),
    },
    { clock },
  )
  return { store, puts: () => puts }
}

const put = (store: ObjectStore, bytes = 1) => store.put('intake/a', [new Uint8Array(bytes)], { ifAbsent: true })

test('a read that may be made twice is never made into memory of the caller: the slower one would write there later', async () => {
  const clock = new SimClock()
  const inner = new MemoryObjectStore()
  await inner.put('intake/a', [new Uint8Array(10).fill(1)])
  const store = hedgedObjectStore(inner, { clock })
  const given: Uint8Array[] = []
  const into = (length: number) => {
    given.push(new Uint8Array(length))
    return given.at(-1) as Uint8Array
  }
  const read = clock.run(store.get('intake/a', { range: { start: 2, end: 6 }, into }))
  expect(await read).toEqual(new Uint8Array(4).fill(1))
  expect(given).toEqual([])
})

describe('a put', () => {
  const pairs: readonly (readonly [
    string,
    Told['says'],
    Told,
    'done' | 'exists' | 'unknown' | 'unavailable',
    number,
  ])[] = [
    ['whose second try is done is done, and waits for nobody', 'done', { afterMs: 10, says: 'done' }, 'done', 110],
    ['whose second try meets the first one’s object is done', 'done', { afterMs: 10, says: 'exists' }, 'done', 150],
    ['whose first try meets the second one’s object is done', 'exists', { afterMs: 90, says: 'done' }, 'done', 190],
    ['that meets a stranger’s object twice says so', 'exists', { afterMs: 10, says: 'exists' }, 'exists', 150],
    [
      'that exists and failed is unknown: it may be its own',
      unavailable,
      { afterMs: 10, says: 'exists' },
      'unknown',
      150,
    ],
    ['that failed once and was done once is done', unavailable, { afterMs: 90, says: 'done' }, 'done', 190],
    ['that may have happened once is unknown', unavailable, { afterMs: 10, says: unknown }, 'unknown', 150],
    ['that failed twice has not happened', unavailable, { afterMs: 10, says: unavailable }, 'unavailable', 150],
  ]

  test.each(pairs)('%s', async (_, first, second, outcome, ms) => {
    const clock = new SimClock()
    const { store, puts } = told(clock, [{ afterMs: slowMs, says: first }, second])
    const beganMs = clock.now()
    let endedMs = 0
    const work = put(store).finally(() => {
      endedMs = clock.now()
    })
    if (outcome === 'unknown') await expect(clock.run(work)).rejects.toBeInstanceOf(OutcomeUnknown)
    else if (outcome === 'unavailable') await expect(clock.run(work)).rejects.toBeInstanceOf(StoreUnavailable)
    else expect(await clock.run(work)).toBe(outcome)
    expect({ tookMs: endedMs - beganMs, puts: puts() }).toEqual({ tookMs: ms, puts: 2 })
  })

  test('that is answered soon is sent once, whatever the answer', async () => {
    for (const says of ['done', 'exists', unavailable] as const) {
      const clock = new SimClock()
      const { store, puts } = told(clock, [{ afterMs: 10, says }])
      const ended = await clock.run(put(store).catch((fault: unknown) => fault))
      expect({ ended, puts: puts() }).toEqual({ ended: says, puts: 1 })
    }
  })

  test('of a large body is sent once', async () => {
    const clock = new SimClock()
    const { store, puts } = told(clock, [{ afterMs: 1_000, says: 'done' }])
    await clock.run(put(store, hedgeBytesMax + 1))
    expect(puts()).toBe(1)
  })

  test('to a store that is slow as a whole is soon sent once again', async () => {
    const clock = new SimClock()
    const { store, puts } = told(clock, [{ afterMs: 5_000, says: 'done' }])
    // All at once, so that none has learnt from another that this is how long it takes.
    await clock.run(Promise.all(Array.from({ length: 200 }, () => put(store))))
    expect(puts()).toBe(200 + hedgesSavedMax)
  })

  test('is taken for slow when it is slower than nineteen of twenty before it', async () => {
    const clock = new SimClock()
    const answers = Array.from({ length: 100 }, (_, n): Told => ({ afterMs: n % 10 === 0 ? 14 : 10, says: 'done' }))
    const { store, puts } = told(clock, [...answers, { afterMs: 60, says: 'done' }, { afterMs: 3, says: 'done' }])
    for (let n = 0; n < 100; n++) await clock.run(put(store))
    expect(puts()).toBe(100)
    const beganMs = clock.now()
    let endedMs = 0
    await clock.run(
      put(store).finally(() => {
        endedMs = clock.now()
      }),
    )
    expect({ tookMs: endedMs - beganMs, puts: puts() }).toEqual({ tookMs: 14 + 3, puts: 102 })
  })
})

objectStoreConformance('hedged memory', async () => hedgedObjectStore(new MemoryObjectStore(), { clock: systemClock }))
