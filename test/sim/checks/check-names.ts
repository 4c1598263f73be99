/**
 * What was appended by a topic's name is in one topic that had the name, at most, and that had it not long before: each batch
 * is sent once, so wherever it is found is where it went. Then it is checked there as all others are.
 */

import { topicId } from '../../../lib/base/ids.ts'
import { topicCacheMsMax } from '../../../lib/base/limits.ts'
import { partitionKey } from '../../../lib/log/keys.ts'
import type { AppendAsked } from '../history.ts'
import type { World } from '../world.ts'

/** Processes may remember a topic for so long, and what they read may be behind by a second. */
const oldMsMax = topicCacheMsMax + 1_000

/** Finds out which topic each append by name came to. */
export function settleNames(world: World): void {
  for (const operation of world.history.operations) {
    if (operation.kind === 'append' && operation.byName) settle(world, operation, operation.byName)
  }
}

function settle(
  { topics, witness, history, counts }: World,
  asked: AppendAsked,
  { topic, askedMs }: NonNullable<AppendAsked['byName']>,
): void {
  const all = topics.of(topic)
  if (all.length < 2) return
  const { partition } = asked.id
  const value = asked.batch.values[0] as string
  const found = all.filter(({ id }) =>
    witness.truths.get(partitionKey({ topicId: topicId(id), partition }))?.values.includes(value),
  )
  const [first, second] = found
  if (second) history.violation(`${asked.batch.name} is in two topics named ${topic}`)
  if (!first) return
  asked.id = { topicId: topicId(first.id), partition }
  const isOld = first.until !== undefined && first.untilMs < askedMs - oldMsMax
  // A clock that is set keeps what is remembered young.
  if (isOld && counts.skews === 0) {
    history.violation(
      `${asked.batch.name} came to a ${topic} that had been deleted ${askedMs - first.untilMs} ms before`,
    )
  }
}
