/** A small cluster with something for each of the janitor's phases to do, and what must be left when it has been. */
import { expect } from 'vitest'
import { offset, type PartitionId, producerId } from '../../lib/base/ids.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { Janitor } from '../../lib/janitor/janitor.ts'
import type { JanitorOptions } from '../../lib/janitor/work.ts'
import { partitionKey, segmentPrefix } from '../../lib/log/keys.ts'
import { newProducerItem } from '../../lib/log/producer-item.ts'
import { readFresh, recordsFrom } from '../log/crash-everywhere.ts'
import { LaidLog } from '../log/laid-log.ts'
import { memoryStores, type Stores } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'

export const dayMs = 24 * 3_600_000

export interface ClusterWorld {
  readonly clock: SimClock
  readonly stores: Stores
  readonly topics: Topics
  readonly kept: LaidLog
  readonly expiring: LaidLog
  readonly deleted: LaidLog
  /** `topics`: those of the janitor's own process, where a test uses them. */
  readonly janitorOf: (stores: Stores, options?: Partial<JanitorOptions>, topics?: Topics) => Janitor
}

const entropies = { next: 0 }

/** `kept` (for ever), `expiring` (an hour), `deleted` (just now), all written two days ago; a group that read `kept`. */
export async function newClusterWorld(stores = memoryStores()): Promise<ClusterWorld> {
  const clock = new SimClock()
  const ports = { ...stores, clock, entropy: seeded(41) }
  const topics = new Topics({ ...ports, cacheMs: 0 })
  const offsets = new GroupOffsets({ ...ports, topics })
  const laid = async (name: string, configs: Record<string, string>, seed: number) => {
    const made = await topics.create({ name, partitions: 2, configs })
    if (made.outcome !== 'created') throw new Error(made.outcome)
    return { topic: made.topic, log: new LaidLog(stores, clock, { topicId: made.topic.id, partition: 1 }, seed) }
  }
  const kept = await laid('kept', { 'retention.ms': '-1' }, 1)
  const expiring = await laid('expiring', { 'retention.ms': '3600000' }, 2)
  const deleted = await laid('deleted', {}, 3)
  for (const { log } of [kept, expiring, deleted]) {
    await log.append([['inline']], { inline: true })
    await log.fill(5)
    await log.bytesOnly([['orphan']])
    await log.bytesOnly([['orphan']], { inline: true })
  }
  await stores.meta.put(
    newProducerItem(kept.log.id, producerId(5), { state: 1, lastBatch: offset(0), atMs: clock.now() }),
  )
  await offsets.commit('readers', [{ topic: kept.topic, partition: 1, offset: offset(3) }])
  clock.jump(2 * dayMs)
  await topics.delete('deleted')
  const janitorOf = (through: Stores, options: Partial<JanitorOptions> = {}, given?: Topics) => {
    const parts = { ...through, clock, entropy: seeded(1_000 + entropies.next++) }
    const seen = given ?? new Topics({ ...parts, cacheMs: 0 })
    return new Janitor(
      { ...parts, topics: seen, offsets: new GroupOffsets({ ...parts, topics: seen }) },
      { offsetsRetentionMs: dayMs, roundPauseMs: 0, sweepPauseMs: 0, ...options },
    )
  }
  return { clock, stores, topics, kept: kept.log, expiring: expiring.log, deleted: deleted.log, janitorOf }
}

/** What was to be kept reads as it was. */
export async function stillReads({ clock, stores, kept }: ClusterWorld): Promise<void> {
  const world = { clock, stores, laid: kept, entropy: seeded(1) }
  expect(await readFresh(world)).toEqual(recordsFrom(world, 0))
}

/** The state after a round: everything that the indexes name, and nothing else. */
export async function isTidy(world: ClusterWorld): Promise<void> {
  const { stores, kept, expiring, deleted } = world
  expect(await expiring.head()).toMatchObject({ logStart: expiring.end })
  expect((await itemsOf(stores, expiring.id)).filter((sk) => sk !== 'consolidated')).toEqual(['head'])
  expect(await itemsOf(stores, deleted.id)).toEqual(['head'])
  expect(await deleted.head()).toMatchObject({ epoch: -1 })
  const tail = Object.keys((await kept.head()).tail)
  expect(await keys(stores, 'intake/')).toHaveLength(tail.length)
  expect(await keys(stores, 'segments/')).toEqual([expect.stringContaining(segmentPrefix(kept.id))])
  const left = await itemsOf(stores, kept.id)
  expect(left.filter((sk) => /^(inline|producer)#/.test(sk))).toEqual([])
  await stillReads(world)
}

export async function itemsOf({ meta }: Stores, id: PartitionId): Promise<string[]> {
  return (await meta.query(partitionKey(id))).items.map(({ sk }) => sk)
}

const keys = async ({ objects }: Stores, prefix: string) => (await objects.list(prefix)).objects.map(({ key }) => key)
