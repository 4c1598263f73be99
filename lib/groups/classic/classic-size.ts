/** How large a classic group's state can become when it is packed: `groupStateBytesMax` bounds what no packing takes away. */
import { memberNumbersBytes, payloadRefTextBytes } from '../../base/limits.ts'
import type { ClassicGroup } from './classic-state.ts'

export function stateBytes(group: ClassicGroup): number {
  let bytes = 0
  for (const member of group.members) {
    const { id, instanceId, clientId, clientHost, protocols } = member
    bytes += Buffer.byteLength(id) + Buffer.byteLength(instanceId ?? '') + Buffer.byteLength(clientId)
    bytes += Buffer.byteLength(clientHost) + memberNumbersBytes
    for (const { name } of protocols) bytes += Buffer.byteLength(name) + payloadRefTextBytes
  }
  for (const { id } of group.pending) bytes += Buffer.byteLength(id) + memberNumbersBytes
  return bytes
}
