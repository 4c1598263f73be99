/**
 * Who may commit for a consumer group, and what keeps late commits out. A member commits by its own epoch; the offsets'
 * items know one number for all, which is why what is written there is not a member's epoch but the group's fence.
 */
import type { CommitContext, Committer, Fence } from '../group-protocol.ts'
import type { GroupProblem } from '../group-replies.ts'
import type { ConsumerGroup } from './consumer-state.ts'
import { memberOf } from './members.ts'

export function consumerCommitProblem(
  group: ConsumerGroup,
  { memberId, generation }: Committer,
  { purpose, version }: Pick<CommitContext, 'purpose' | 'version'>,
): GroupProblem | undefined {
  // Operators, and consumers that assign themselves their partitions.
  if (generation < 0 && (purpose === 'fetch' ? memberId === '' : group.members.length === 0)) return undefined
  const member = memberOf(group, memberId)
  if (member === undefined) return 'unknown-member'
  // Before OffsetCommit 9 nobody knew epochs: the client would not understand the answer.
  if (purpose === 'commit' && member.classic === null && version < 9) return 'unsupported-version'
  if (generation === member.epoch) return undefined
  return member.classic === null ? 'stale-member-epoch' : 'illegal-generation'
}

/**
 * A member that was put out may still try to commit, perhaps by way of a process that has not heard of it. Its partitions
 * go to others at the earliest with the targets of the epoch that putting it out began. Partitions that a member has given
 * up itself need no fence: it has said so after its last commit.
 */
export const consumerFence = ({ fencedEpoch, assignmentEpoch }: ConsumerGroup): Fence => ({
  announced: fencedEpoch,
  raised: fencedEpoch > 0 && assignmentEpoch >= fencedEpoch ? fencedEpoch : -1,
})
