/** Rounds of the janitor: everything gets done, in steps of any size, by any number of janitors, whoever dies when. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import { mortal, watched } from '../log/watched-stores.ts'
import { type ClusterWorld, dayMs, isTidy, itemsOf, newClusterWorld, stillReads } from './cluster-world.ts'

const budget = { callsMax: 1_000_000, msMax: 1e9 }

/** What a dead or a second janitor has left behind is old enough to be swept a day later. */
async function tidyLater(world: ClusterWorld) {
  world.clock.jump(dayMs + 1)
  await world.janitorOf(world.stores, { forgetTopicMs: 1e12 }).step({ budget })
  await isTidy(world)
}

const isCursor = (item: unknown): item is { phase: string } =>
  typeof item === 'object' && item !== null && 'pk' in item && item.pk === 'janitor'

describe('a round of the janitor', () => {
  it('does everything there is to do, and says what', async () => {
    const world = await newClusterWorld()
    const report = await world.janitorOf(world.stores).step({ budget })
    expect(report).toMatchObject({ atRest: true, faults: [], unreadable: [] })
    expect(report.counts).toMatchObject({
      partitions: 2,
      pagesConsolidated: 1,
      logStartsRaised: 1,
      pagesDeleted: 1,
      inlineItemsDeleted: 4,
      producersExpired: 1,
      offsetsExpired: 1,
      partitionsEmptied: 2,
      topicsForgotten: 0,
    })
    await isTidy(world)
  })

  it('does the same on SQLite and files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gregor-janitor-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const meta = openSqliteMetaStore({ path: join(folder, 'meta.db'), durability: 'process' })
    onTestFinished(() => meta.close())
    const objects = await openFilesystemObjectStore({ directory: folder, durability: 'process' })
    const world = await newClusterWorld({ meta, objects })
    expect(await world.janitorOf(world.stores).step({ budget })).toMatchObject({ atRest: true, faults: [] })
    await isTidy(world)
  })

  it('forgets a deleted topic a day later, its heads last', async () => {
    const world = await newClusterWorld()
    const janitor = world.janitorOf(world.stores)
    await janitor.step({ budget })
    // A late put, long after everything was deleted.
    await world.stores.meta.put({
      pk: `partition#${world.deleted.id.topicId}#00001`,
      sk: 'page#0000000000000000',
      end: 1,
      q: new Uint8Array(0),
      rev: 1,
    })
    world.clock.jump(dayMs)
    expect((await janitor.step({ budget })).counts).toMatchObject({ topicsForgotten: 1 })
    expect(await itemsOf(world.stores, world.deleted.id)).toEqual([])
    expect((await world.stores.meta.query('cluster', { from: 'deleted#', to: 'deleted#~' })).items).toEqual([])
    expect((await janitor.step({ budget })).counts).toMatchObject({ topicsForgotten: 0 })
  })

  it('in steps of one unit each comes to the same', async () => {
    const world = await newClusterWorld()
    let steps = 1
    // Another process each time, as a function that is started anew.
    while (!(await world.janitorOf(world.stores).step({ budget: { callsMax: 1, msMax: 1e9 } })).atRest) steps++
    expect(steps).toBeGreaterThan(8)
    await isTidy(world)
  })

  it('ends its step when the time is over', async () => {
    const world = await newClusterWorld()
    const slow = watched(world.stores, () => world.clock.jump(10))
    const report = await world.janitorOf(slow).step({ budget: { callsMax: 1_000_000, msMax: 15 } })
    expect(report.atRest).toBe(false)
    expect(report.calls).toBeLessThan(20)
  })

  it('is not due again before its time, and that costs one read', async () => {
    const world = await newClusterWorld()
    const janitor = world.janitorOf(world.stores, { roundPauseMs: 1_000, sweepPauseMs: 5_000 })
    await janitor.step({ budget })
    expect(await janitor.step({ budget })).toMatchObject({ atRest: true, calls: 1 })
    world.clock.jump(1_000)
    await world.kept.bytesOnly([['orphan']], { inline: true })
    world.clock.jump(2 * dayMs)
    const sweeping = await janitor.step({ budget })
    expect(sweeping.counts).toMatchObject({ inlineItemsDeleted: 1 })
    world.clock.jump(1_000)
    const short = await janitor.step({ budget })
    expect(short.calls).toBeGreaterThan(1)
    expect(short.calls).toBeLessThan(sweeping.calls)
  })

  it('is due soon after this process has deleted a topic, where that is wanted', async () => {
    const world = await newClusterWorld()
    const patient = world.janitorOf(world.stores, { roundPauseMs: 300_000 }, world.topics)
    const janitor = world.janitorOf(world.stores, { roundPauseMs: 300_000, deletionPauseMs: 10_000 }, world.topics)
    await janitor.step({ budget })
    await world.topics.delete('expiring')
    world.clock.jump(9_999)
    expect(await janitor.step({ budget })).toMatchObject({ atRest: true, calls: 1 })
    world.clock.jump(1)
    expect(await patient.step({ budget })).toMatchObject({ atRest: true, calls: 1 })
    expect((await janitor.step({ budget })).counts).toMatchObject({ partitionsEmptied: 2 })
    world.clock.jump(10_000)
    expect(await janitor.step({ budget })).toMatchObject({ atRest: true, calls: 1 })
  })

  it('takes a deleted topic’s objects along without a sweep', async () => {
    const world = await newClusterWorld()
    const janitor = world.janitorOf(world.stores, { sweepPauseMs: 1e12 })
    await janitor.step({ budget })
    await world.topics.delete('kept')
    const { counts } = await janitor.step({ budget })
    expect(counts).toMatchObject({ partitionsEmptied: 2, intakeObjectsDeleted: 2, segmentsDeleted: 0 })
    expect((await world.stores.objects.list('')).objects).toEqual([])
  })

  it('empties a deleted partition of more than one unit of work before it counts as done', async () => {
    const world = await newClusterWorld()
    for (let item = 0; item < 1_100; item++) await world.deleted.bytesOnly([['orphan']], { inline: true })
    const { counts } = await world.janitorOf(world.stores, { sweepPauseMs: 1e12 }).step({ budget })
    expect(counts).toMatchObject({ partitionsEmptied: 2 })
    expect(await itemsOf(world.stores, world.deleted.id)).toEqual(['head'])
  })

  it('comes less and less often while there is nothing to do, and at once as before when there is', async () => {
    const world = await newClusterWorld()
    const options = { roundPauseMs: 1_000, quietPauseMsMax: 8_000 }
    const janitor = world.janitorOf(world.stores, options)
    const roundsIn = async (seconds: number) => {
      const at: number[] = []
      for (let second = 0; second < seconds; second++) {
        if ((await janitor.step({ budget })).calls > 1) at.push(second)
        world.clock.jump(1_000)
      }
      return at
    }
    // The first has everything to do; then 1, 2, 4 and 8 seconds are between two, and never more.
    expect(await roundsIn(33)).toEqual([0, 1, 3, 7, 15, 23, 31])
    await world.kept.bytesOnly([['orphan']], { inline: true })
    world.clock.jump(2 * dayMs)
    const rounds = world.janitorOf(world.stores, { ...options, sweepPauseMs: 0 })
    expect((await rounds.step({ budget })).counts).toMatchObject({ inlineItemsDeleted: 1 })
    world.clock.jump(1_000)
    expect((await rounds.step({ budget })).calls).toBeGreaterThan(1)
  })

  it('writes down how far it is where much would be repeated, and at the end', async () => {
    const world = await newClusterWorld()
    const phases: string[] = []
    const stores = watched(world.stores, ({ method, args: [item] }) => {
      if (method === 'put' && isCursor(item)) phases.push(item.phase)
    })
    const janitor = world.janitorOf(stores, { roundPauseMs: 0 })
    await janitor.step({ budget })
    expect(phases).toContain('intake')
    expect(phases.at(-1)).toBe('rest')
    phases.length = 0
    // Nothing is left to do but to look.
    await janitor.step({ budget })
    expect(phases).toEqual(['offsets', 'rest'])
  })

  it('after an unreadable cursor begins again', async () => {
    const world = await newClusterWorld()
    await world.stores.meta.put({ pk: 'janitor', sk: 'cursor', phase: 'of another version', at: 7 })
    expect(await world.janitorOf(world.stores).step({ budget })).toMatchObject({ atRest: true, faults: [] })
    await isTidy(world)
  })

  it('goes on elsewhere when one partition has lost bytes, and never deletes its pages for that', async () => {
    const world = await newClusterWorld()
    const { objects } = await world.stores.objects.list('intake/')
    const [first] = objects
    await world.stores.objects.delete([first?.key ?? ''])
    const report = await world.janitorOf(world.stores).step({ budget })
    expect(report.faults).toMatchObject([
      { where: expect.stringContaining('consolidate'), cause: expect.objectContaining({ name: 'BytesLost' }) },
    ])
    expect(report.counts).toMatchObject({ logStartsRaised: 1, partitionsEmptied: 2, offsetsExpired: 1 })
    expect(await itemsOf(world.stores, world.kept.id)).toContain('page#0000000000000000')
  })

  it('that dies at any call leaves everything readable, and the next one finishes', async () => {
    for (let callsMax = 0; ; callsMax += 1) {
      const world = await newClusterWorld()
      const { life, ...stores } = mortal(world.stores, callsMax)
      await world.janitorOf(stores).step({ budget })
      await stillReads(world)
      // The rest of the round that died, then a whole one.
      await world.janitorOf(world.stores).step({ budget })
      await stillReads(world)
      await tidyLater(world)
      if (!life.dead) break
    }
  })

  it('beside another one, wherever that comes in, is harmless', async () => {
    for (let at = 1; ; at += 3) {
      const world = await newClusterWorld()
      let calls = 0
      let came = false
      const stores = watched(world.stores, async () => {
        if (++calls !== at) return
        came = true
        await world.janitorOf(world.stores).step({ budget })
      })
      const report = await world.janitorOf(stores).step({ budget })
      expect(report.faults).toEqual([])
      await stillReads(world)
      await tidyLater(world)
      if (!came) break
    }
  })
})
