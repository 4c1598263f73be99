/**
 * What consumers of the classic protocol say to each other through the coordinator, inside the opaque bytes of JoinGroup
 * (`metadata`) and SyncGroup (`assignment`): a version of two bytes, then a struct. A classic group's coordinator need not
 * look; one that moves a group to KIP-848 or describes it must. A version newer than the newest that is known is read as
 * that one, as in Kafka: newer versions only add at the end.
 */
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import {
  arrayOf,
  bytes,
  type Fields,
  field,
  type Input,
  int32,
  type Message,
  nullable,
  string,
  struct,
} from './schema.ts'
import { MalformedFrame } from './wire-errors.ts'
import { WireReader } from './wire-reader.ts'
import { frameLengthBytes, WireWriter } from './wire-writer.ts'

const ownedPartitions = struct({
  topic: field('1+', string),
  partitions: field('1+', arrayOf(int32)),
})

const assignedPartitions = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

/** Held to Kafka's `ConsumerProtocolSubscription`. */
export const subscriptionFields = {
  topics: field('0+', arrayOf(string)),
  userData: field('0+', nullable(bytes), { default: null }),
  ownedPartitions: field('1+', arrayOf(ownedPartitions), { ignorable: true }),
  generationId: field('2+', int32, { default: -1, ignorable: true }),
  rackId: field('3+', nullable(string), { default: null, ignorable: true }),
}

/** Held to Kafka's `ConsumerProtocolAssignment`. */
export const assignmentFields = {
  assignedPartitions: field('0+', arrayOf(assignedPartitions)),
  userData: field('0+', nullable(bytes), { default: null }),
}

export const consumerProtocolVersionMax = 3

interface Versioned<F extends Fields> {
  /** As it was sent: 0 and up, and perhaps more than is known. */
  readonly version: number
  readonly message: Message<F>
}

/** @throws MalformedFrame */
export const decodeSubscription = (embedded: Buffer): Versioned<typeof subscriptionFields> =>
  decodeVersioned(subscriptionFields, embedded)

/**
 * What of a subscription every version begins with, whatever comes behind it: the topics. So Kafka reads it where it need not
 * know more.
 * @throws MalformedFrame
 */
export const decodeSubscribedTopics = (embedded: Buffer): readonly string[] =>
  decodeVersioned(subscriptionFields, embedded, 0).message.topics

/** @throws MalformedFrame */
export const decodeAssignment = (embedded: Buffer): Versioned<typeof assignmentFields> =>
  decodeVersioned(assignmentFields, embedded)

/** @param version 0 to `consumerProtocolVersionMax`. */
export const encodeSubscription = (version: number, message: Input<typeof subscriptionFields>): Buffer =>
  encodeVersioned(subscriptionFields, version, message)

/** @param version 0 to `consumerProtocolVersionMax`; the member's own, so that it understands it. */
export const encodeAssignment = (version: number, message: Input<typeof assignmentFields>): Buffer =>
  encodeVersioned(assignmentFields, version, message)

const contextOf = (version: number) => ({ version: Math.min(version, consumerProtocolVersionMax), flexible: false })

function decodeVersioned<F extends Fields>(fields: F, embedded: Buffer, versionMax?: number): Versioned<F> {
  const reader = new WireReader(embedded)
  const version = reader.readInt16()
  if (version < 0) throw new MalformedFrame(`version ${version} of the consumer protocol`)
  return { version, message: decode(fields, contextOf(Math.min(version, versionMax ?? version)), reader) }
}

function encodeVersioned<F extends Fields>(fields: F, version: number, message: Input<F>): Buffer {
  const writer = new WireWriter()
  writer.writeInt16(version)
  encode(fields, contextOf(version), message, writer)
  return Buffer.concat(writer.finish()).subarray(frameLengthBytes)
}
