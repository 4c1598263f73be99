/** A round of the janitor with its items in DynamoDB: guards and changes mean there what they mean in memory. */
import { describe, expect, it } from 'vitest'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { dayMs, isTidy, itemsOf, newClusterWorld } from '../janitor/cluster-world.ts'
import { dynamoStandIns, freshTable } from './dynamodb-tables.ts'

const budget = { callsMax: 1_000_000, msMax: 1e9 }

for (const { name, endpoint } of dynamoStandIns) {
  describe.skipIf(endpoint === undefined)(`a round of the janitor on ${name}`, () => {
    it('does everything there is to do, and forgets a deleted topic a day later', async () => {
      const meta = await freshTable(endpoint ?? '')
      const world = await newClusterWorld({ meta, objects: new MemoryObjectStore() })
      const janitor = world.janitorOf(world.stores)
      expect(await janitor.step({ budget })).toMatchObject({ atRest: true, faults: [], unreadable: [] })
      await isTidy(world)
      world.clock.jump(dayMs)
      expect(await janitor.step({ budget })).toMatchObject({ faults: [], counts: { topicsForgotten: 1 } })
      expect(await itemsOf(world.stores, world.deleted.id)).toEqual([])
    })
  })
}
