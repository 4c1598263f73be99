/** Who a member of a group is, as its coordinator keeps it. */
import type { Entropy } from '../base/entropy.ts'
import { groupClientIdLengthMax } from '../base/limits.ts'
import type { RequestContext } from './handler.ts'

/** What a description of the group shows of the client; longer ids are cut. */
export function clientOf({ clientId, clientHost }: RequestContext) {
  const clip = (text: string) => text.slice(0, groupClientIdLengthMax).toWellFormed()
  return { clientId: clip(clientId ?? ''), clientHost: clip(clientHost) }
}

/** An id that nobody has had: as Kafka's, the client's id or the instance's, and a random UUID. */
export function freshMemberId(entropy: Entropy, context: RequestContext, instanceId: string | null): string {
  return `${instanceId ?? clientOf(context).clientId}-${randomUuidText(entropy)}`
}

/** Version 4 of RFC 9562. */
export function randomUuidText(entropy: Entropy): string {
  const bytes = Buffer.from(entropy.bytes(16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
