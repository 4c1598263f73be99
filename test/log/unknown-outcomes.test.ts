/**
 * What happens when the answer to a head update is lost, when a copy of it arrives late, and when the process dies
 * between two calls: each scenario of the design in which an earlier version lost, doubled or misplaced a record.
 */
import { describe, expect, it } from 'vitest'
import { parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import type { Log } from '../../lib/log/log.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type Fate, UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, indexOf, memoryStores, openLog, p0, readAll } from './world.ts'

/** One log on a line that can fail, another one on a line that never does. */
function open() {
  const clock = new SimClock()
  const stores = memoryStores()
  const line = new UnreliableMeta(stores.meta)
  const log = openLog({ ...stores, meta: line }, clock, seeded(1), { appendTimeoutMs: 2_000 })
  const other = openLog(stores, clock, seeded(2))
  return { clock, stores, line, log, other }
}

/** The fates of the head updates, in their order; everything else is done. */
function updates(...fates: Fate[]) {
  let update = 0
  return (_write: number, call: string): Fate => (call === 'update' ? (fates[update++] ?? 'done') : 'done')
}

async function appendMany(clock: SimClock, log: Log, count: number, name = 'o') {
  for (let n = 0; n < count; n++) await clock.run(log.append(p0, batchOf([`${name}${n}`])))
}

const count = (values: readonly string[], value: string) => values.filter((each) => each === value).length

describe('an append whose answer is lost', () => {
  it('is acknowledged once, where it landed, when the update had landed', async () => {
    const { clock, line, log, other } = open()
    await appendMany(clock, log, 1)
    line.reset(updates('answer-lost'))
    expect(await clock.run(log.append(p0, batchOf(['x'])))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await clock.run(readAll(other))).toEqual(['o0', 'x'])
  })

  it('is acknowledged once when the update was lost on its way', async () => {
    const { clock, line, log, other } = open()
    await appendMany(clock, log, 1)
    line.reset(updates('lost', 'lost'))
    expect(await clock.run(log.append(p0, batchOf(['x'])))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    expect(await clock.run(readAll(other))).toEqual(['o0', 'x'])
  })

  it('is found in a page when others have folded it away since, and its late copy changes nothing', async () => {
    const { clock, line, log, other, stores } = open()
    await appendMany(clock, log, 1)
    line.reset(updates('late', 'answer-lost'))
    const update = line.update.bind(line)
    let tries = 0
    line.update = async (...call) => {
      // Between the second try, which lands, and the third: forty appends of another process, folds included.
      if (++tries === 3) for (let n = 0; n < 40; n++) await other.append(p0, batchOf([`n${n}`]))
      return update(...call)
    }
    const result = await clock.run(log.append(p0, batchOf(['x'])))
    expect(result).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    await line.deliver()
    const values = await clock.run(readAll(other))
    expect(count(values, 'x')).toBe(1)
    expect(values[1]).toBe('x')
    await indexOf(stores.meta)
  })

  it('is taken up again with a new view when it never landed and others have folded since', async () => {
    const { clock, line, log, other, stores } = open()
    await appendMany(clock, log, 1)
    line.reset(updates('late'))
    const update = line.update.bind(line)
    let tries = 0
    line.update = async (...call) => {
      if (++tries === 2) for (let n = 0; n < 40; n++) await other.append(p0, batchOf([`n${n}`]))
      return update(...call)
    }
    expect(await clock.run(log.append(p0, batchOf(['x'])))).toMatchObject({ outcome: 'appended', baseOffset: 41 })
    await line.deliver()
    expect(count(await clock.run(readAll(other)), 'x')).toBe(1)
    await indexOf(stores.meta)
  })

  it('stays unknown when the pages where it would be are consolidated: no refusal, no second try', async () => {
    const { clock, line, log, other, stores } = open()
    await appendMany(clock, log, 1)
    line.reset(updates('answer-lost'))
    const update = line.update.bind(line)
    let tries = 0
    line.update = async (...call) => {
      if (++tries === 2) {
        for (let n = 0; n < 40; n++) await other.append(p0, batchOf([`n${n}`]))
        // As a consolidation leaves the pages: the intake pointers are gone from them.
        const { items } = await stores.meta.query('partition#AAAAAAAAAAAAAAAAAAAAAA#00000', {
          from: 'page#',
          to: 'page#~',
        })
        for (const { pk, sk } of items) {
          await stores.meta.update({ pk, sk }, [{ set: ['segment'], to: { value: true } }])
        }
      }
      return update(...call)
    }
    expect((await clock.run(log.append(p0, batchOf(['x'])))).outcome).toBe('unknown')
  })

  it('is cancelled when its time is over, so that no late copy lands after the answer', async () => {
    const { clock, line, log, other, stores } = open()
    await appendMany(clock, log, 1)
    const append = line.update.bind(line)
    line.reset()
    // No append arrives, but the cancel does.
    line.update = (key, change, guard) => {
      const isAppend = change.some((each) => 'set' in each && each.set[0] === 'q')
      line.fate = () => (isAppend ? 'late' : 'done')
      return append(key, change, guard)
    }
    const result = await clock.run(log.append(p0, batchOf(['x'])))
    expect(result.outcome).toBe('unavailable')
    await line.deliver()
    expect(await clock.run(readAll(other))).toEqual(['o0'])
    // Another writer's append under a newer name goes through.
    clock.jump(10_000)
    expect((await clock.run(other.append(p0, batchOf(['y'])))).outcome).toBe('appended')
    await indexOf(stores.meta)
  })

  it('is put again under a new name when a sweep, or a cancel, has raised the floor past its bytes', async () => {
    const { clock, line, log, other, stores } = open()
    await appendMany(clock, log, 1)
    line.reset()
    const update = line.update.bind(line)
    let tries = 0
    line.update = async (...call) => {
      if (++tries === 1) {
        await stores.meta.update(headKey(p0), [{ set: ['f'], to: { value: clock.now() + 60_000 } }])
      }
      return update(...call)
    }
    expect(await clock.run(log.append(p0, batchOf(['x'])))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
    const head = parseHead((await stores.meta.get(headKey(p0))) ?? { pk: '', sk: '' })
    expect(Object.keys(head.tail)).toHaveLength(2)
    expect(await clock.run(readAll(other))).toEqual(['o0', 'x'])
    expect(line.calls.filter((call) => call === 'put')).toHaveLength(2)
  })

  it('of a producer with a gap is cancelled first: what is cut out cannot come back', async () => {
    const { clock, line, log, other, stores } = open()
    const from = (value: string, baseSequence: number) =>
      batchOf([value], { producerId: 5, producerEpoch: 0, baseSequence })
    await clock.run(other.append(p0, from('s0', 0)))
    await appendMany(clock, log, 1)
    line.reset(updates('late'))
    // [producer 5 at 2, plain]: 2 is a gap. Its first copy is still on the way when the second one is refused.
    const flush = Promise.all([log.append(p0, from('s2', 2)), log.append(p0, batchOf(['plain']))])
    const [gap, plain] = await clock.run(flush)
    expect(gap.outcome).toBe('out-of-order-sequence')
    expect(plain.outcome).toBe('appended')
    // Elsewhere the gap is filled, and then the first copy arrives.
    await clock.run(other.append(p0, from('s1', 1)))
    await line.deliver()
    const values = await clock.run(readAll(other))
    expect(count(values, 'plain')).toBe(1)
    expect(count(values, 's2')).toBe(0)
    await indexOf(stores.meta)
  })

  it('holds back what queued behind it until it is decided', async () => {
    const { clock, line, log, other } = open()
    await appendMany(clock, log, 1)
    line.reset((_write, call) => (call === 'update' ? 'lost' : 'done'))
    const results = clock.run(Promise.all([log.append(p0, batchOf(['x'])), log.append(p0, batchOf(['y']))]))
    expect((await results).map((result: AppendResult) => result.outcome)).toEqual(['unknown', 'unknown'])
    expect(await clock.run(readAll(other))).toEqual(['o0'])
    line.reset()
    expect(await clock.run(log.append(p0, batchOf(['z'])))).toMatchObject({ outcome: 'appended', baseOffset: 1 })
  })
})

describe('a process that dies', () => {
  it('between any two calls of its appends leaves a log that others read and write on', async () => {
    for (let dies = 0; dies < 60; dies++) {
      const { clock, line, log, other, stores } = open()
      await appendMany(clock, other, 10, 'before')
      line.reset((write) => (write >= dies ? 'dies' : 'done'))
      const acknowledged: [string, number][] = []
      for (let n = 0; n < 25; n++) {
        const result = await clock.run(log.append(p0, batchOf([`n${n}`])))
        if (!('baseOffset' in result)) break
        acknowledged.push([`n${n}`, result.baseOffset])
      }
      await appendMany(clock, other, 30, 'after')
      const values = await clock.run(readAll(other))
      for (const [value, base] of acknowledged) expect(values[base]).toBe(value)
      expect(new Set(values).size).toBe(values.length)
      await indexOf(stores.meta)
    }
  })
})
