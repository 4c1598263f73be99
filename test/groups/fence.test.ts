/** Commits that are under way while the fence is raised, one call at a time. */
import { beforeEach, describe, expect, test } from 'vitest'
import { offset, topicId } from '../../lib/base/ids.ts'
import { raiseFence } from '../../lib/groups/fence.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const topic = { id: topicId('orders0000000000000000'), name: 'orders' }
const at = (value: number) => ({ topic, partition: 0, offset: offset(value) })

describe.each(metaStores)('the fence on $name', ({ open }) => {
  const clock = new ImpatientClock()
  let meta: MetaStore
  let announced: number
  let marks = 0

  beforeEach(() => {
    meta = open()
    announced = 1
  })

  /** As a member of this generation commits, whose process does one thing before each of its writes. */
  async function commit(generation: number, before: (write: number) => Promise<unknown> | undefined = async () => {}) {
    const line = new UnreliableMeta(meta)
    line.before = async () => before(line.writes - 1)
    const offsets = new GroupOffsets({ meta: line, clock })
    const fence = { announced: async () => announced, mark: () => `mark-${marks++}` }
    const answer = await offsets.commit('g', [at(generation)], { generation, fence })
    return 'partitions' in answer ? answer.partitions[0]?.outcome : answer.outcome
  }
  const raise = async (generation: number) => {
    announced = generation
    await raiseFence({ meta, clock }, 'g', generation)
  }
  const committed = async () => (await new GroupOffsets({ meta, clock }).fetch('g'))[0]?.committed?.offset

  test('lets a generation commit until it is raised above it', async () => {
    expect(await commit(1)).toBe('committed')
    await raise(2)
    expect(await commit(1)).toBe('stale-generation')
    expect(await commit(2)).toBe('committed')
    expect(await committed()).toBe(2)
  })

  // The group's listing, the update that finds no item, the new item, its admission.
  test.each([0, 1, 2])('that is raised before write %i of a first commit refuses it', async (write) => {
    const outcome = await commit(1, (at) => (at === write ? raise(2) : undefined))
    expect(outcome).toBe('stale-generation')
    expect(await committed()).toBeUndefined()
    expect(await commit(2)).toBe('committed')
    expect(await commit(1)).toBe('stale-generation')
  })

  test.each([0, 1, 2])(
    'also when a later generation has committed before write %i of a first commit',
    async (write) => {
      const later = async () => {
        await raise(2)
        expect(await commit(2)).toBe('committed')
      }
      expect(await commit(1, (at) => (at === write ? later() : undefined))).toBe('stale-generation')
      expect(await committed()).toBe(2)
    },
  )

  test('a new item that an older generation has left takes nothing from it, and the newer one’s commits', async () => {
    await expect(
      commit(1, (at) => {
        if (at === 2) throw new Error('the process dies')
        return undefined
      }),
    ).rejects.toThrow()
    announced = 2
    expect(await commit(1)).toBe('stale-generation')
    expect(await commit(2)).toBe('committed')
    expect(await commit(1)).toBe('stale-generation')
    expect(await committed()).toBe(2)
  })

  test('is not lowered by who assigns itself its partitions', async () => {
    await raise(3)
    const offsets = new GroupOffsets({ meta, clock })
    const fence = { announced: async () => announced, mark: () => `mark-${marks++}` }
    await offsets.commit('g', [at(9)], { fence })
    expect(await commit(2)).toBe('stale-generation')
    expect(await commit(3)).toBe('committed')
  })

  test('costs one query, and an update for each item that is behind', async () => {
    await commit(1)
    const line = new UnreliableMeta(meta)
    await raiseFence({ meta: line, clock }, 'g', 5)
    await raiseFence({ meta: line, clock }, 'g', 5)
    expect(line.calls).toEqual(['query', 'update', 'query'])
  })
})
