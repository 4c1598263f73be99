/**
 * How large a consumer group's state can become when it is packed: `groupStateBytesMax` bounds what no packing takes away.
 * Equal subscriptions of neighbours pack well while they fit the packer's window; long ones count each time.
 */
import {
  groupStateBytesMax,
  memberNumbersBytes,
  partitionNumberBytes,
  payloadRefTextBytes,
  repeatedTextBytesMax,
  repeatedTextShare,
  repeatedTopicBytes,
} from '../../base/limits.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { countOf } from './topic-partitions.ts'

export const isWithinLimits = (group: ConsumerGroup): boolean => stateBytes(group) <= groupStateBytesMax

export function stateBytes(group: ConsumerGroup): number {
  const seen = new Set<string>()
  let bytes = 0
  for (const { name, id } of group.topics) bytes += Buffer.byteLength(name) + id.length
  for (const member of group.members) bytes += memberBytes(member) + namesBytes(member.topicNames, seen)
  return bytes
}

function memberBytes(member: ConsumerMember): number {
  const { id, instanceId, rackId, clientId, clientHost, topicRegex, classic } = member
  let bytes = 2 * memberNumbersBytes
  for (const text of [id, instanceId, rackId, clientId, clientHost, topicRegex]) bytes += Buffer.byteLength(text ?? '')
  for (const { name } of classic?.protocols ?? []) bytes += Buffer.byteLength(name) + payloadRefTextBytes
  if (classic !== null) bytes += payloadRefTextBytes
  for (const partitions of [member.assigned, member.revoking, member.target]) {
    bytes += repeatedTopicBytes * partitions.length + partitionNumberBytes * countOf(partitions)
  }
  return bytes
}

function namesBytes(names: readonly string[], seen: Set<string>): number {
  const text = names.join()
  const bytes = Buffer.byteLength(text)
  if (bytes > repeatedTextBytesMax || !seen.has(text)) {
    seen.add(text)
    return bytes
  }
  return Math.ceil(bytes / repeatedTextShare)
}
