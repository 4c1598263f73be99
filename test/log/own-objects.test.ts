/** Which objects go with a deleted topic. That its deletion may die anywhere is asked in `sweep.test.ts`. */
import { describe, expect, it } from 'vitest'
import { offset, type PartitionId, topicId } from '../../lib/base/ids.ts'
import { BytesCache } from '../../lib/log/bytes-cache.ts'
import { emptyPartition, fencePartition } from '../../lib/log/delete-topic.ts'
import { intakeObjectKey, partitionKey } from '../../lib/log/keys.ts'
import { OwnObjects } from '../../lib/log/own-objects.ts'
import { LogReader } from '../../lib/log/reader.ts'
import { newWorld, type World } from './crash-everywhere.ts'
import { watched } from './watched-stores.ts'
import { p0, partitionOf, topic } from './world.ts'

const ofOther: PartitionId = { topicId: topicId('BBBBBBBBBBBBBBBBBBBBBB'), partition: 0 }

const parts = ({ stores, clock }: World) => ({ ...stores, clock })
const keysOf = async ({ stores }: World) => (await stores.objects.list('')).objects.map(({ key }) => key)
const ownOf = ({ stores }: World, fenced = 1) => new OwnObjects(stores.objects, topic, fenced)

async function emptied(world: World, own: OwnObjects): Promise<boolean> {
  await fencePartition(parts(world), p0)
  return emptyPartition(parts(world), p0, own)
}

describe('an object of a deleted topic', () => {
  it.each<[string, number, PartitionId[], number]>([
    ['goes where it holds nothing else', 1, [], 0],
    ['goes where it holds another fenced partition of the topic', 2, [partitionOf(1)], 0],
    ['stays where it holds one that is not fenced yet', 1, [partitionOf(1)], 1],
    ['stays where it holds another topic’s batches', 1, [ofOther], 1],
  ])('%s', async (_, fenced, beside, left) => {
    for (const flushes of [1, 6]) {
      const world = newWorld()
      // One lies in the tail; of six, four in a page.
      await world.laid.fill(flushes, { beside })
      expect(await keysOf(world)).toHaveLength(flushes)
      const own = ownOf(world, fenced)
      expect(await emptied(world, own)).toBe(true)
      expect(await keysOf(world)).toHaveLength(left * flushes)
      expect(own.deleted).toBe(flushes - left * flushes)
    }
  })

  it('stays where nobody can say what it holds, and stops nothing', async () => {
    const world = newWorld()
    const { name } = await world.laid.append([['a']])
    await world.stores.objects.put(intakeObjectKey(name), [Buffer.from('what is this?')])
    expect(await emptied(world, ownOf(world))).toBe(true)
    expect(await keysOf(world)).toEqual([intakeObjectKey(name)])
  })

  it('is looked at once, however many partitions name it', async () => {
    const world = newWorld()
    await world.laid.append([['a']], { beside: [ofOther] })
    const { item } = await world.laid.head()
    let reads = 0
    const stores = watched(world.stores, async ({ method }) => {
      if (method === 'get') reads++
    })
    const own = new OwnObjects(stores.objects, topic, 2)
    await own.delete([item])
    await own.delete([item])
    expect(reads).toBe(1)
  })

  it('is not missed by a reader that still follows its pointer', async () => {
    const world = newWorld()
    await world.laid.fill(6)
    const losses: unknown[] = []
    const reader = new LogReader({
      ...parts(world),
      cache: new BytesCache({ bytesMax: 0 }),
      onLoss: (loss) => losses.push(loss),
    })
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toMatchObject({ outcome: 'read' })
    await emptied(world, ownOf(world))
    expect(await reader.read(p0, offset(0), { maxBytes: 1 })).toEqual({ outcome: 'unknown-partition' })
    expect(losses).toEqual([])
  })
})

describe('emptying a large partition', () => {
  it('ends a step when it has looked at enough, and is taken up where it ended', async () => {
    const world = newWorld()
    // 65 pages and more are two queries.
    await world.laid.fill(300)
    const step = () => emptied(world, new OwnObjects(world.stores.objects, topic, 1, 1))
    expect(await step()).toBe(false)
    const left = (await keysOf(world)).length
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(300)
    expect(await step()).toBe(true)
    expect(await keysOf(world)).toEqual([])
    expect((await world.stores.meta.query(partitionKey(p0))).items.map(({ sk }) => sk)).toEqual(['head'])
  })
})
