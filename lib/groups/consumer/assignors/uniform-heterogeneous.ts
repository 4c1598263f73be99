/**
 * Kafka's `uniform` assignor for members with different subscriptions: as balanced as the subscriptions allow, then sticky.
 * Each keeps what it has; what is free goes to the least loaded subscriber, topics with few subscribers first; then loads
 * are evened out. A member with two or more above another hands one over if a chain of subscriptions joins the two (it
 * gives one of a topic that the second takes, who gives one of another to the third ...). When no such chain is left the
 * loads are as even as they can be: that is the known criterion for an optimal semi-matching. The shortest chain is
 * taken, so the fewest partitions move.
 */
import { assert } from '../../../base/assert.ts'
import type { TopicId } from '../../../base/ids.ts'
import { assignorRoundsMax } from '../../../base/limits.ts'
import { fromSets } from '../topic-partitions.ts'
import type { Assignor, AssignorInput } from './assignor.ts'

interface Holder {
  readonly id: string
  readonly topics: readonly number[]
  /** By topic; the last is given away first. */
  readonly held: Map<number, number[]>
  load: number
}

interface Board {
  readonly topicIds: readonly TopicId[]
  readonly holders: readonly Holder[]
  /** By topic. */
  readonly subscribers: readonly (readonly Holder[])[]
}

export const assignHeterogeneous: Assignor = (input) => {
  const board = boardOf(input)
  const free = keep(board, input)
  place(board, free)
  balance(board)
  return new Map(
    board.holders.map(({ id, held }) => [
      id,
      fromSets(new Map([...held].map(([topic, partitions]) => [topicIdOf(board, topic), partitions]))),
    ]),
  )
}

function boardOf({ members }: AssignorInput): Board {
  const topicIds = [...new Set(members.flatMap(({ subscribed }) => [...subscribed]))].sort()
  const indexOf = new Map(topicIds.map((topicId, index) => [topicId, index]))
  const holders = members.map(({ id, subscribed }): Holder => {
    const topics = [...subscribed].map((topicId) => indexOf.get(topicId) ?? -1).sort((a, b) => a - b)
    return { id, topics, held: new Map(), load: 0 }
  })
  const subscribers = topicIds.map((): Holder[] => [])
  for (const holder of holders) for (const topic of holder.topics) subscribers[topic]?.push(holder)
  return { topicIds, holders, subscribers }
}

/** Leaves everybody what it has and may have; returns what nobody has, by topic. */
function keep({ topicIds, holders }: Board, { members, partitionCounts }: AssignorInput): readonly number[][] {
  const taken = new Map(topicIds.map((topicId) => [topicId, new Set<number>()]))
  const topics = new Map(topicIds.map((topicId, topic) => [topicId, topic]))
  members.forEach((member, index) => {
    const holder = holders[index]
    for (const { topicId, partitions } of member.target) {
      const inUse = taken.get(topicId)
      const topic = topics.get(topicId)
      if (!member.subscribed.has(topicId) || inUse === undefined || topic === undefined) continue
      for (const partition of partitions) {
        if (partition >= (partitionCounts.get(topicId) ?? 0) || inUse.has(partition)) continue
        inUse.add(partition)
        if (holder !== undefined) take(holder, topic, partition)
      }
    }
  })
  return topicIds.map((topicId) => {
    const inUse = taken.get(topicId)
    const all = Array.from({ length: partitionCounts.get(topicId) ?? 0 }, (_, partition) => partition)
    return all.filter((partition) => inUse?.has(partition) !== true)
  })
}

/** Topics whose subscribers have the most to carry each go first, as they have the least choice. */
function place({ subscribers }: Board, free: readonly number[][]): void {
  const weightOf = (topic: number) => (free[topic]?.length ?? 0) / Math.max(subscribers[topic]?.length ?? 0, 1)
  const order = [...free.keys()].sort((a, b) => weightOf(b) - weightOf(a) || a - b)
  for (const topic of order) {
    for (const partition of free[topic] ?? []) {
      const least = leastLoaded(subscribers[topic] ?? [])
      if (least !== undefined) take(least, topic, partition)
    }
  }
}

function leastLoaded(holders: readonly Holder[]): Holder | undefined {
  let least: Holder | undefined
  for (const holder of holders) if (least === undefined || holder.load < least.load) least = holder
  return least
}

/** Rounds in the order of loads until one changes nothing. Each hand-over evens out, so it ends; the bound is on time. */
function balance(board: Board): void {
  for (let round = 0; round < assignorRoundsMax; round++) {
    let moved = false
    const least = leastLoaded(board.holders)?.load ?? 0
    for (const holder of [...board.holders].sort((a, b) => b.load - a.load)) {
      // Loads only rise from the least on: who has hardly more than that has nobody to hand over to.
      while (holder.load >= least + 2 && handOver(board, holder)) moved = true
    }
    if (!moved) return
  }
}

interface Step {
  readonly from: Holder
  readonly topic: number
  readonly to: Holder
  readonly before: Step | undefined
}

/** Moves one partition's worth of load from this member along the shortest chain to one that has two or more less. */
function handOver({ subscribers }: Board, start: Holder): boolean {
  const seen = new Set([start])
  const topicsSeen = new Set<number>()
  let front: readonly { readonly holder: Holder; readonly step: Step | undefined }[] = [
    { holder: start, step: undefined },
  ]
  while (front.length > 0) {
    const next: { holder: Holder; step: Step }[] = []
    for (const { holder, step } of front) {
      for (const topic of holder.held.keys()) {
        if (topicsSeen.has(topic)) continue
        topicsSeen.add(topic)
        for (const to of subscribers[topic] ?? []) {
          if (seen.has(to)) continue
          seen.add(to)
          next.push({ holder: to, step: { from: holder, topic, to, before: step } })
        }
      }
    }
    const best = leastLoaded(next.map(({ holder }) => holder))
    if (best !== undefined && best.load <= start.load - 2) {
      walk(next.find(({ holder }) => holder === best)?.step)
      return true
    }
    front = next
  }
  return false
}

function walk(last: Step | undefined): void {
  for (let step = last; step !== undefined; step = step.before) {
    const partitions = step.from.held.get(step.topic)
    const partition = partitions?.pop()
    assert(partition !== undefined, 'a member gives what it has not')
    if (partitions?.length === 0) step.from.held.delete(step.topic)
    step.from.load--
    take(step.to, step.topic, partition)
  }
}

function take(holder: Holder, topic: number, partition: number): void {
  const held = holder.held.get(topic)
  if (held === undefined) holder.held.set(topic, [partition])
  else held.push(partition)
  holder.load++
}

function topicIdOf(board: Board, topic: number): TopicId {
  const topicId = board.topicIds[topic]
  assert(topicId !== undefined, 'a topic that is not on the board')
  return topicId
}
