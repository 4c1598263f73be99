/** Who is reading what, by the clients' own word. */
import type { ConsumerMember } from '../../../lib/groups/consumer/consumer-state.ts'
import { countOf, type Partitions, samePartitions } from '../../../lib/groups/consumer/topic-partitions.ts'
import type { GroupWorld } from './group-world.ts'
import { named } from './modern-client.ts'

interface Owner {
  readonly id: string
  readonly owned: Partitions
}

/** Partitions that two members of the group are reading. Who has been put out does not know it yet, and is none. */
export function doublyOwned(world: Pick<GroupWorld, 'state'>, clients: readonly Owner[]): string[] {
  const members = new Set(world.state?.members.map(({ id }) => id))
  const owners = new Map<string, string>()
  const doubles: string[] = []
  for (const { id, owned } of clients) {
    if (!members.has(id)) continue
    for (const partition of named(owned)) {
      const other = owners.get(partition)
      if (other !== undefined) doubles.push(`${partition} by ${other} and ${id}`)
      owners.set(partition, id)
    }
  }
  return doubles
}

/** The same of what the coordinator has given out. */
export function doublyAssigned(members: readonly ConsumerMember[]): string[] {
  const seen = new Set<string>()
  return members
    .flatMap(({ assigned, revoking }) => named([...assigned, ...revoking]))
    .filter((partition) => seen.size === seen.add(partition).size)
}

/** What is not as it shall be once a group has come to rest. */
export function unsettled(world: GroupWorld, clients: readonly Owner[]): string[] {
  const group = world.consumer
  const problems: string[] = []
  if (group.assignmentEpoch !== group.groupEpoch) problems.push('the targets are old')
  for (const member of group.members) {
    if (member.phase !== 'stable') problems.push(`${member.id} is ${member.phase}`)
    if (member.epoch !== group.groupEpoch)
      problems.push(`${member.id} is in epoch ${member.epoch} of ${group.groupEpoch}`)
    if (!samePartitions(member.assigned, member.target)) problems.push(`${member.id} has not its target`)
    const client = clients.find(({ id }) => id === member.id)
    if (client === undefined) problems.push(`${member.id} is nobody's`)
    else if (!samePartitions(client.owned, member.assigned)) problems.push(`${member.id} does not read what it has`)
  }
  const total = group.topics.reduce((sum, { partitions }) => sum + partitions, 0)
  const read = group.members.reduce((sum, { assigned }) => sum + countOf(assigned), 0)
  if (group.members.length > 0 && total !== read) problems.push(`${read} of ${total} partitions are read`)
  return problems
}
