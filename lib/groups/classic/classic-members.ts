/** Who is in a classic group: finding, checking, adding, replacing and removing members. All pure. */
import type { Join } from '../group-events.ts'
import type { GroupProblem } from '../group-replies.ts'
import { type PayloadRef, payloadRef } from '../payload.ts'
import type { ClassicGroup, ClassicMember } from './classic-state.ts'

export const memberOf = (group: ClassicGroup, id: string): ClassicMember | undefined =>
  group.members.find((member) => member.id === id)

export const staticMemberOf = (group: ClassicGroup, instanceId: string): ClassicMember | undefined =>
  group.members.find((member) => member.instanceId === instanceId)

export const isPending = (group: ClassicGroup, id: string): boolean => group.pending.some((each) => each.id === id)

/** Whether this id is a member's, and its instance id still this member's (KIP-345). */
export function memberProblem(group: ClassicGroup, id: string, instanceId: string | null): GroupProblem | undefined {
  if (instanceId !== null) {
    const bearer = staticMemberOf(group, instanceId)
    if (bearer === undefined) return 'unknown-member'
    if (bearer.id !== id) return 'fenced-instance'
  }
  return memberOf(group, id) === undefined ? 'unknown-member' : undefined
}

/** What a join says about its member; the rest is where it stands in the group. */
type Brought = Pick<ClassicMember, 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'protocols'>

export function broughtBy(join: Join): Brought {
  const protocols = join.protocols.map(({ name, metadata }) => ({ name, metadata: payloadRef(metadata) }))
  return { sessionTimeoutMs: join.sessionTimeoutMs, rebalanceTimeoutMs: join.rebalanceTimeoutMs, protocols }
}

/** The same protocols in the same order with the same metadata. */
export const bringsTheSame = (member: ClassicMember, brought: Brought): boolean =>
  member.protocols.length === brought.protocols.length &&
  member.protocols.every(({ name, metadata }, index) => {
    const other = brought.protocols[index]
    return other !== undefined && other.name === name && other.metadata === metadata
  })

/** The first one leads until a generation is made, and says of what protocol type the group is. */
export function withMember(group: ClassicGroup, member: ClassicMember, protocolType: string): ClassicGroup {
  return {
    ...group,
    protocolType: group.members.length === 0 ? protocolType : group.protocolType,
    leader: group.leader ?? member.id,
    members: [...group.members, member],
    pending: group.pending.filter((each) => each.id !== member.id),
  }
}

/** `changed` in the place of the member that had `id`. */
export function withChanged(group: ClassicGroup, id: string, changed: ClassicMember): ClassicGroup {
  const members = group.members.map((member) => (member.id === id ? changed : member))
  return { ...group, members, leader: group.leader === id ? changed.id : group.leader }
}

/** Without these, members or only given an id; the next in line leads if the leader goes. */
export function without(group: ClassicGroup, ids: ReadonlySet<string>): ClassicGroup {
  const members = group.members.filter((member) => !ids.has(member.id))
  const pending = group.pending.filter((each) => !ids.has(each.id))
  const leads = group.leader === null || !ids.has(group.leader)
  return { ...group, members, pending, leader: leads ? group.leader : (members[0]?.id ?? null) }
}

/** The longest that any member takes to rejoin. */
export const rebalanceTimeoutMs = (group: ClassicGroup): number =>
  group.members.reduce((longest, member) => Math.max(longest, member.rebalanceTimeoutMs), 0)

export const hasAllJoined = (group: ClassicGroup): boolean =>
  group.pending.length === 0 && group.members.every((member) => member.joined)

export function* classicPayloadRefs(group: ClassicGroup): Iterable<PayloadRef> {
  for (const member of group.members) {
    for (const protocol of member.protocols) yield protocol.metadata
    yield member.assignment
  }
}
