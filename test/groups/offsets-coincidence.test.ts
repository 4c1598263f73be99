/** Two processes that commit the same offset of a partition in the same millisecond. */
import { expect, test } from 'vitest'
import { offset, topicId } from '../../lib/base/ids.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { OutcomeUnknown } from '../../lib/store/errors.ts'
import { SimClock } from '../world/sim-clock.ts'

test('what another has committed alike is no proof that the rest of a commit was done', async () => {
  const clock = new SimClock()
  const meta = new MemoryMetaStore()
  const topic = { id: topicId('AAAAAAAAAAAAAAAAAAAAAA'), name: 'orders' }
  const [one, two] = [new GroupOffsets({ meta, clock }), new GroupOffsets({ meta, clock })]
  const commit = (by: GroupOffsets, offsets: Readonly<Record<number, number>>) =>
    clock.run(
      by.commit(
        'g',
        Object.entries(offsets).map(([partition, at]) => ({ topic, partition: Number(partition), offset: offset(at) })),
      ),
    )
  await commit(one, { 0: 1, 1: 1 })
  await commit(two, { 1: 10 })
  // Of the same millisecond as the one before, which `one` has not seen, and alike in partition 1.
  await expect(commit(one, { 0: 19, 1: 10 })).rejects.toThrow(OutcomeUnknown)
  await commit(one, { 0: 19, 1: 10 })
  const fetched = await one.fetch('g', [{ topic, partitions: [0, 1] }])
  expect(fetched.map(({ committed }) => committed?.offset)).toEqual([19, 10])
})
