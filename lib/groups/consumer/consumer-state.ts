/** A group of the consumer protocol (KIP-848), as plain data. */
import type { AnyMember } from '../group-member.ts'

export interface ConsumerGroup {
  readonly kind: 'consumer'
  readonly members: readonly ConsumerMember[]
}

export interface ConsumerMember extends AnyMember {}
