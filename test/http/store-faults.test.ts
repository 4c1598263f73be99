/** Stores that fail while records are produced: what is acknowledged is there, what is not is said, nothing hangs. */
import { expect, test } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { SimClock } from '../world/sim-clock.ts'
import { testCluster } from './cluster.ts'

/** Writes of heads fail as long as `fault` answers one; `lands` says whether they happen all the same. */
class FaultyMeta extends MemoryMetaStore {
  fault: (() => { error: Error; lands: boolean } | undefined) | undefined
  override async update(...call: Parameters<MemoryMetaStore['update']>) {
    const failing = call[0].sk === 'head' ? this.fault?.() : undefined
    if (failing === undefined) return super.update(...call)
    if (failing.lands) await super.update(...call)
    throw failing.error
  }
}

async function world(configs: Record<string, string> = {}) {
  const clock = new SimClock()
  const meta = new FaultyMeta()
  const cluster = testCluster({ clock, meta, logOptions: { soleProcess: true } })
  await clock.run(cluster.createTopic('t', 1, configs))
  const produce = (...values: unknown[]) =>
    clock.run(cluster.send('POST', '/topics/t', { json: { records: values.map((value) => ({ value })) } }))
  const stored = async () =>
    (await clock.run(cluster.send('GET', '/topics/t/partitions/0/records'))).body.map(
      (r: { value: unknown }) => r.value,
    )
  expect((await produce('first')).body.offsets).toEqual([{ partition: 0, offset: 0 }])
  return { clock, meta, cluster, produce, stored }
}

test('a store that is away for ten seconds is waited for, and the records are stored once', async () => {
  const { clock, meta, produce, stored } = await world()
  const back = clock.now() + 10_000
  meta.fault = () => {
    if (clock.now() >= back) return undefined
    // As an adapter does, which waits and tries again before it gives up.
    clock.jump(1_000)
    return { error: new StoreUnavailable('an update'), lands: false }
  }
  const { status, body } = await produce('second')
  expect(status).toBe(200)
  if (body.offsets[0].error_code === undefined) {
    expect(body.offsets).toEqual([{ partition: 0, offset: 1 }])
    expect(await stored()).toEqual(['first', 'second'])
  } else {
    expect(body.offsets[0].error_code).toBe(50003)
    expect(await stored()).toEqual(['first'])
  }
})

test('a store that stays away: the records are refused as retriable, and were not stored', async () => {
  const { meta, produce, stored } = await world()
  meta.fault = () => ({ error: new StoreUnavailable('an update', new Error('10.0.0.7 secret')), lands: false })
  const { status, body, text } = await produce('a', 'b')
  expect(status).toBe(200)
  expect(body.offsets.map((entry: { error_code: number }) => entry.error_code)).toEqual([50003, 50003])
  expect(text).not.toContain('secret')
  meta.fault = undefined
  expect(await stored()).toEqual(['first'])
})

test('writes whose answers are lost are found, and answered with their offsets, once', async () => {
  const { meta, produce, stored } = await world()
  let lost = 2
  meta.fault = () => (lost-- > 0 ? { error: new OutcomeUnknown('an update'), lands: true } : undefined)
  expect((await produce('second')).body.offsets).toEqual([{ partition: 0, offset: 1 }])
  expect(await stored()).toEqual(['first', 'second'])
})

test('what is never known to be stored is answered as such, neither as done nor as refused', async () => {
  const { meta, produce } = await world()
  meta.fault = () => ({ error: new OutcomeUnknown('an update'), lands: false })
  const { body } = await produce('a')
  expect(body.offsets).toEqual([{ error_code: 40801, error: expect.stringContaining('may have been') }])
})

test('when a batch of a request fails, none that comes after it in its partition is stored', async () => {
  const { meta, produce, stored } = await world({ 'max.message.bytes': '500' })
  let writes = 0
  meta.fault = () => {
    writes += 1
    return writes === 2 ? { error: new StoreUnavailable('an update'), lands: false } : undefined
  }
  const values = ['a', 'b', 'c'].map((value) => value.repeat(300))
  const { body } = await produce(...values)
  meta.fault = undefined
  expect(body.offsets).toEqual([
    { partition: 0, offset: 1 },
    { error_code: 50003, error: expect.any(String) },
    { error_code: 50003, error: expect.any(String) },
  ])
  expect(await stored()).toEqual(['first', values[0]])
})

test.each([
  ['a file system', Object.assign(new Error('ENOSPC: no space left, write /data/x'), { code: 'ENOSPC' })],
  ['a quota', Object.assign(new Error('EDQUOT: /data/x'), { code: 'EDQUOT' })],
  ['SQLite', Object.assign(new Error('database or disk is full: /data/x'), { errcode: 13 })],
])('a full disk is said, since somebody can do something about it, and no more of it: %s', async (_, cause) => {
  const { meta, produce, stored, cluster } = await world()
  meta.fault = () => ({ error: new StoreUnavailable('an update of /data/x', cause), lands: false })
  const { body, text } = await produce('a')
  expect(body.offsets).toEqual([
    { error_code: 50003, error: 'The store has no room left. Nothing was stored; try again.' },
  ])
  expect(text).not.toContain('/data')
  expect(cluster.faults.length).toBeGreaterThan(0)
  meta.fault = undefined
  expect(await stored()).toEqual(['first'])
})
