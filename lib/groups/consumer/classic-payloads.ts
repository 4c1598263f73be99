/**
 * What consumers of the classic protocol bring in their joins and are given by a sync, read and written for them by a
 * coordinator that assigns. They name topics, consumer groups know ids: the group's topics join the two.
 */
import type { TopicId } from '../../base/ids.ts'
import {
  consumerProtocolVersionMax,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
} from '../../wire/consumer-protocol.ts'
import { MalformedFrame } from '../../wire/wire-errors.ts'
import type { SubscribedTopic } from './consumer-state.ts'
import { type Partitions, toPartitions } from './topic-partitions.ts'

export interface ClassicSubscription {
  readonly version: number
  readonly topics: readonly string[]
  /** What the member keeps while it joins: nothing unless its assignor is a cooperative one. */
  readonly owned: readonly NamedPartitions[]
  readonly rackId: string | null
}

export interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** `undefined`: it cannot be read. */
export function readSubscription(metadata: Uint8Array): ClassicSubscription | undefined {
  const read = readOrUndefined(() => decodeSubscription(asBuffer(metadata)))
  if (read === undefined) return undefined
  const { topics, ownedPartitions, rackId } = read.message
  const version = Math.min(read.version, consumerProtocolVersionMax)
  return { version, topics, owned: ownedPartitions ?? [], rackId: rackId ?? null }
}

/** `foreign`: there is something of a custom assignor's in it, which would be lost. */
export function readAssignment(bytes: Uint8Array): readonly NamedPartitions[] | 'foreign' | undefined {
  if (bytes.length === 0) return []
  const read = readOrUndefined(() => decodeAssignment(asBuffer(bytes)))
  if (read === undefined) return undefined
  const { assignedPartitions, userData } = read.message
  return userData !== null && userData.length > 0 ? 'foreign' : assignedPartitions
}

/** @param version of the member's own subscription. */
export function assignmentBytes(assigned: Partitions, topics: readonly SubscribedTopic[], version: number): Uint8Array {
  const names = new Map(topics.map(({ id, name }) => [id, name]))
  const assignedPartitions = assigned.flatMap(({ topicId, partitions }) => {
    const topic = names.get(topicId)
    return topic === undefined ? [] : [{ topic, partitions: [...partitions] }]
  })
  return encodeAssignment(version, { assignedPartitions, userData: null })
}

/** By ids, as far as the names are known. */
export function identified(named: readonly NamedPartitions[], idOf: ReadonlyMap<string, TopicId>): Partitions {
  return toPartitions(
    named.flatMap(({ topic, partitions }) => {
      const topicId = idOf.get(topic)
      return topicId === undefined ? [] : [{ topicId, partitions }]
    }),
  )
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedFrame) return undefined
    throw error
  }
}
