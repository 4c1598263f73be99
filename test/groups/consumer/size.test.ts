import { expect, test } from 'vitest'
import { groupStateBytesMax } from '../../../lib/base/limits.ts'
import type { ConsumerGroup } from '../../../lib/groups/consumer/consumer-state.ts'
import { newMember } from '../../../lib/groups/consumer/members.ts'
import { isWithinLimits, stateBytes } from '../../../lib/groups/consumer/size.ts'
import { emptyConsumerGroup } from '../../../lib/groups/consumer/upgrade.ts'
import { stateToItem } from '../../../lib/groups/state-item.ts'
import { itemBytes } from '../../../lib/store/item-size.ts'
import { seeded } from '../../world/seeded.ts'
import { topicOf } from './assignors/assignor-inputs.ts'

const entropy = seeded(7)
const randomText = (length: number) => Buffer.from(entropy.bytes(length)).toString('base64url').slice(0, length)

/** A group whose members have what packs worst: random ids and names, partitions dealt at random, a target not reached. */
function groupOf(members: number, partitions: number, namesBytes: number, areNamesShared: boolean): ConsumerGroup {
  const topics = Array.from({ length: Math.max(1, Math.floor(partitions / 100)) }, (_, index) => topicOf(index))
  const shared = [randomText(namesBytes)]
  const dealt = (share: number) => {
    const numbers = Array.from({ length: 100 }, (_, number) => number)
    return topics.map((topicId) => ({ topicId, partitions: numbers.filter(() => entropy.fraction() < share) }))
  }
  return {
    ...emptyConsumerGroup(1),
    topics: topics.map((id) => ({ id, name: randomText(40), partitions: 100 })),
    members: Array.from({ length: members }, () => ({
      ...newMember(randomText(22), 1_700_000_000_000 + Math.floor(entropy.fraction() * 1e9)),
      clientId: randomText(30),
      clientHost: '/127.0.0.1',
      topicNames: areNamesShared ? shared : [randomText(namesBytes)],
      assigned: dealt(1 / members),
      target: dealt(1 / members),
    })),
  }
}

test.each([
  [3, 100, 100, false],
  [100, 2_000, 2_000, true],
  [100, 10_000, 2_000, false],
  [1_000, 10_000, 30, false],
  [1_000, 2_000, 5_000, true],
  [60, 1_000, 20_000, true],
])(
  '%d members with %d partitions take no more than they count for',
  (members, partitions, namesBytes, areNamesShared) => {
    const state = groupOf(members, partitions, namesBytes, areNamesShared)
    const stored = {
      state,
      write: 'w',
      writes: ['w'],
      by: 'b',
      claimedMs: 1,
      announced: 1,
      raised: 1,
      inline: {},
      blobs: [],
    }
    const bytes = itemBytes(stateToItem('g', stored))
    expect(bytes).toBeLessThan(stateBytes(state) + 40 * members + 2_000)
    if (isWithinLimits(state)) expect(bytes).toBeLessThan(400 * 1_024)
  },
)

test('a hundred members of the widest topics are well within the limit', () => {
  expect(stateBytes(groupOf(100, 10_000, 2_000, true))).toBeLessThan(groupStateBytesMax / 2)
})
