/**
 * What a server-side assignor (KIP-848) is: a pure function from who wants what, and has what, to who shall have what.
 * Every partition of a topic with a subscriber is given to exactly one of its subscribers. The outcome depends on nothing
 * but its input, the order of members included: any process that computes it again gets the same.
 */
import type { TopicId } from '../../../base/ids.ts'
import type { Partitions } from '../topic-partitions.ts'

export interface AssignorMember {
  readonly id: string
  readonly instanceId: string | null
  /** Topics that exist. */
  readonly subscribed: ReadonlySet<TopicId>
  /** What it was to have so far; it may name topics and partitions that are gone. No two members' overlap. */
  readonly target: Partitions
}

export interface AssignorInput {
  /** By their ids, each once. */
  readonly members: readonly AssignorMember[]
  /** How many partitions each subscribed topic has. */
  readonly partitionCounts: ReadonlyMap<TopicId, number>
}

/** The new target of every member, by its id. */
export type AssignorOutput = ReadonlyMap<string, Partitions>

export type Assignor = (input: AssignorInput) => AssignorOutput

/** Whether all members are subscribed to the same topics. */
export function isHomogeneous(members: readonly AssignorMember[]): boolean {
  const [first] = members
  if (first === undefined) return true
  return members.every(
    ({ subscribed }) =>
      subscribed === first.subscribed ||
      (subscribed.size === first.subscribed.size && [...subscribed].every((topicId) => first.subscribed.has(topicId))),
  )
}
