/**
 * Kafka's `uniform` assignor for members that are all subscribed to the same topics: first balance (no two members differ
 * by more than one partition), then stickiness (each keeps as much of what it had as balance allows). Members that already
 * have one more than the others are the ones that keep it, so a join or a leave moves the fewest partitions possible.
 * What is free is dealt one by one, so that a topic's partitions, and its load, are spread over members.
 */
import type { TopicId } from '../../../base/ids.ts'
import { fromSets, type Partitions } from '../topic-partitions.ts'
import { type Assignor, type AssignorInput, type AssignorMember, isHomogeneous } from './assignor.ts'
import { assignHeterogeneous } from './uniform-heterogeneous.ts'

export const assignUniform: Assignor = (input) =>
  isHomogeneous(input.members) ? assignHomogeneous(input) : assignHeterogeneous(input)

interface Share {
  readonly member: AssignorMember
  /** What it keeps, then what it is dealt. */
  kept: { readonly topicId: TopicId; readonly partition: number }[]
  quota: number
}

function assignHomogeneous({ members, partitionCounts }: AssignorInput): ReadonlyMap<string, Partitions> {
  const topics = [...(members[0]?.subscribed ?? [])].sort()
  const taken = new Map(topics.map((topicId) => [topicId, new Set<number>()]))
  const shares = members.map((member): Share => ({ member, kept: keptBy(member, partitionCounts, taken), quota: 0 }))
  const total = topics.reduce((sum, topicId) => sum + (partitionCounts.get(topicId) ?? 0), 0)
  setQuotas(shares, total)
  for (const share of shares) {
    for (const { topicId, partition } of surrendered(share)) taken.get(topicId)?.delete(partition)
  }
  const free = topics.flatMap((topicId) => {
    const inUse = taken.get(topicId)
    const all = Array.from({ length: partitionCounts.get(topicId) ?? 0 }, (_, partition) => ({ topicId, partition }))
    return all.filter(({ partition }) => inUse?.has(partition) !== true)
  })
  deal(shares, free)
  return new Map(shares.map(({ member, kept }) => [member.id, toPartitionsOf(kept)]))
}

/** What a member has of topics and partitions that are still there. */
function keptBy(
  member: AssignorMember,
  partitionCounts: ReadonlyMap<TopicId, number>,
  taken: ReadonlyMap<TopicId, Set<number>>,
) {
  return member.target.flatMap(({ topicId, partitions }) => {
    const inUse = taken.get(topicId)
    const count = partitionCounts.get(topicId) ?? 0
    if (inUse === undefined) return []
    const kept = partitions.filter((partition) => partition < count && !inUse.has(partition))
    for (const partition of kept) inUse.add(partition)
    return kept.map((partition) => ({ topicId, partition }))
  })
}

/** The remainder goes to those that have the most: what they would lose, another would have to gain. */
function setQuotas(shares: readonly Share[], total: number): void {
  if (shares.length === 0) return
  const least = Math.floor(total / shares.length)
  let extra = total % shares.length
  for (const share of [...shares].sort((a, b) => b.kept.length - a.kept.length)) {
    share.quota = least + (extra > 0 ? 1 : 0)
    extra--
  }
}

/** Takes from a share what is over its quota, always from the topic that it has most of, and returns that. */
function surrendered(share: Share): readonly { readonly topicId: TopicId; readonly partition: number }[] {
  const over = share.kept.length - share.quota
  if (over <= 0) return []
  // The n-th partition of each topic has rank n: the highest ranks go first.
  const ranks = new Map<TopicId, number>()
  const ranked = share.kept.map((each) => {
    const rank = ranks.get(each.topicId) ?? 0
    ranks.set(each.topicId, rank + 1)
    return { each, rank }
  })
  const sorted = ranked.sort((a, b) => a.rank - b.rank).map(({ each }) => each)
  share.kept = sorted.slice(0, share.quota)
  return sorted.slice(share.quota)
}

function deal(shares: readonly Share[], free: readonly { readonly topicId: TopicId; readonly partition: number }[]) {
  let open = shares.filter(({ kept, quota }) => kept.length < quota)
  let next = 0
  for (const partition of free) {
    const share = open[next]
    // Quotas sum up to all partitions, so there is room for each.
    if (share === undefined) return
    share.kept.push(partition)
    next++
    if (next === open.length) {
      open = open.filter(({ kept, quota }) => kept.length < quota)
      next = 0
    }
  }
}

function toPartitionsOf(kept: Share['kept']): Partitions {
  const byTopic = new Map<TopicId, number[]>()
  for (const { topicId, partition } of kept) {
    const there = byTopic.get(topicId)
    if (there === undefined) byTopic.set(topicId, [partition])
    else there.push(partition)
  }
  return fromSets(byTopic)
}
