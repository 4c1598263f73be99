/** Who may commit for a classic group, and what its consumers have subscribed to. */
import { decodeSubscribedTopics } from '../../wire/consumer-protocol.ts'
import { MalformedFrame } from '../../wire/wire-errors.ts'
import type { Committer, TransitionContext } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import { memberProblem } from './classic-members.ts'
import type { ClassicGroup } from './classic-state.ts'
import { metadataFor } from './classic-votes.ts'

/** Consumers that assign themselves their partitions, and operators, may commit while the group is empty. */
export function classicCommitProblem(group: ClassicGroup, commit: Committer): GroupProblem | undefined {
  const { memberId, instanceId, generation } = commit
  if (generation < 0 && group.phase === 'empty') return undefined
  if (generation < 0 && memberId === '' && instanceId === null) return 'unknown-member'
  const problem = memberProblem(group, memberId, instanceId)
  if (problem !== undefined) return problem
  if (generation !== group.generation) return 'illegal-generation'
  // It has joined and not synced: what it commits for is no longer known to be its own.
  return group.phase === 'completing' ? 'rebalance-in-progress' : undefined
}

/** The protocol type of consumers: others bring what only they can read. */
export const consumerProtocolType = 'consumer'

/** `null` where the subscriptions cannot be read. */
export function classicSubscribedTopics(group: ClassicGroup, { payload }: Pick<TransitionContext, 'payload'>) {
  if (group.members.length === 0) return new Set<string>()
  if (group.protocolType !== consumerProtocolType || group.protocolName === null) return null
  const refs = new Set(group.members.map((member) => metadataFor(member, group.protocolName)))
  const missing = [...refs].filter((ref) => payload(ref) === undefined)
  if (missing.length > 0) return { needs: { payloads: missing } }
  const topics = new Set<string>()
  for (const ref of refs) {
    const names = subscriptionOf(payload(ref) ?? new Uint8Array())
    if (names === null) return null
    for (const name of names) topics.add(name)
  }
  return topics
}

function subscriptionOf(metadata: Uint8Array): readonly string[] | null {
  try {
    return decodeSubscribedTopics(Buffer.from(metadata.buffer, metadata.byteOffset, metadata.byteLength))
  } catch (error) {
    if (error instanceof MalformedFrame) return null
    throw error
  }
}
