/**
 * Kafka's `range` assignor: the partitions of each topic, in order, in ranges over its subscribers, in one order for all
 * topics. Topics of as many partitions are so co-partitioned: who has partition 3 of one has it of all, as joins of streams
 * want it. Static members come first and in the order of their instance ids, so a restart changes nothing (KIP-345); what
 * a dynamic member gets depends on its id's place among the others, as in Kafka.
 */
import type { TopicId } from '../../../base/ids.ts'
import { fromSets } from '../topic-partitions.ts'
import type { Assignor, AssignorMember } from './assignor.ts'

export const assignRange: Assignor = ({ members, partitionCounts }) => {
  const sorted = [...members].sort(inRangeOrder)
  const subscribers = new Map<TopicId, number>()
  for (const { subscribed } of sorted) {
    for (const topicId of subscribed) subscribers.set(topicId, (subscribers.get(topicId) ?? 0) + 1)
  }
  const served = new Map<TopicId, number>()
  return new Map(
    sorted.map((member) => {
      const ranges = new Map<TopicId, number[]>()
      for (const topicId of member.subscribed) {
        const place = served.get(topicId) ?? 0
        served.set(topicId, place + 1)
        ranges.set(topicId, rangeOf(place, subscribers.get(topicId) ?? 1, partitionCounts.get(topicId) ?? 0))
      }
      return [member.id, fromSets(ranges)]
    }),
  )
}

/** The first `count % subscribers` have one more. */
function rangeOf(place: number, subscribers: number, count: number): number[] {
  const least = Math.floor(count / subscribers)
  const extra = count % subscribers
  const start = place * least + Math.min(place, extra)
  return Array.from({ length: least + (place < extra ? 1 : 0) }, (_, index) => start + index)
}

function inRangeOrder(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId)
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compare(a.id, b.id)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
