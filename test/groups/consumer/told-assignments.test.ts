import { beforeEach, expect, test } from 'vitest'
import type { TopicId } from '../../../lib/base/ids.ts'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import { ToldAssignments } from '../../../lib/groups/consumer/told-assignments.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import { silentHeartbeat } from './heartbeat.ts'

const beat: ConsumerHeartbeat = { ...silentHeartbeat, memberId: 'm', memberEpoch: 3 }

const answer = (...partitions: number[]): GroupReply => ({
  kind: 'consumer-heartbeat',
  memberId: 'm',
  memberEpoch: 3,
  heartbeatIntervalMs: 5_000,
  assignment: [{ topicId: 't' as TopicId, partitions }],
  isTold: false,
})

let told: ToldAssignments

beforeEach(() => {
  told = new ToldAssignments()
})

async function isTold(reply: GroupReply, fields: Partial<ConsumerHeartbeat> = {}): Promise<boolean> {
  const answered = await told.during('g', { ...beat, ...fields }, async () => reply)
  return answered !== 'out-of-time' && answered.kind === 'consumer-heartbeat' && answered.isTold
}

test('a process that has told a member nothing tells it everything, once', async () => {
  expect(await isTold(answer(1))).toBe(true)
  expect(await isTold(answer(1))).toBe(false)
  expect(await isTold(answer(1, 2))).toBe(true)
  expect(await isTold(answer(1, 2))).toBe(false)
})

test('what was told in the answer to a heartbeat that another has followed was told to nobody', async () => {
  await isTold(answer(1))
  let arrive = (_: GroupReply) => {}
  const late = told.during('g', beat, () => new Promise((resolve) => (arrive = resolve)))
  expect(await isTold(answer(1))).toBe(false)
  arrive(answer(1, 2))
  await late
  expect(await isTold(answer(1, 2))).toBe(true)
})

test('who leaves is told nothing', async () => {
  expect(await isTold(answer(), { memberEpoch: -1 })).toBe(false)
})
