/** Which protocol (assignor) a generation uses: one that all members have, and most of them prefer. */
import type { Join } from '../group-events.ts'
import type { PayloadRef } from '../payload.ts'
import type { ClassicGroup, ClassicMember } from './classic-state.ts'

/** Protocols that every member has. */
function candidates(members: readonly ClassicMember[]): ReadonlySet<string> {
  const [first, ...others] = members.map((member) => new Set(member.protocols.map(({ name }) => name)))
  return new Set([...(first ?? [])].filter((name) => others.every((names) => names.has(name))))
}

/** Anything may come to an empty group; what comes to another must be of its type and share a protocol with all. */
export function isConsistent(group: ClassicGroup, join: Join): boolean {
  if (join.protocolType === '' || join.protocols.length === 0) return false
  if (group.phase === 'empty') return true
  if (group.protocolType !== join.protocolType) return false
  const common = candidates(group.members)
  return group.members.length === 0 || join.protocols.some(({ name }) => common.has(name))
}

/** Each member votes for the first of its protocols that all have; `null` where they have none in common. */
export function chosenProtocol(members: readonly ClassicMember[]): string | null {
  const common = candidates(members)
  const votes = new Map<string, number>()
  for (const member of members) {
    const vote = member.protocols.find(({ name }) => common.has(name))
    if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  let chosen: string | null = null
  for (const [name, count] of votes) if (chosen === null || count > (votes.get(chosen) ?? 0)) chosen = name
  return chosen
}

/** What the member brought for the protocol. */
export const metadataFor = (member: ClassicMember, protocol: string | null): PayloadRef =>
  member.protocols.find(({ name }) => name === protocol)?.metadata ?? ''
