/**
 * Chooses a partition for a record as Kafka's Java client does, so that a key lies in the same partition whoever wrote
 * it: murmur2 of the key's bytes, else sticky (KIP-480, KIP-794). Order per key rests on this and on the number of
 * partitions staying as it is.
 */
import { murmur2 } from 'murmurhash-js'
import { assert } from '../base/assert.ts'
import { BoundedMap } from '../base/bounded-map.ts'
import type { Entropy } from '../base/entropy.ts'
import { partitionerTopicsMax, stickyBytesDefault } from '../base/limits.ts'
import { recordBytesBound } from './build.ts'
import type { RecordHeader } from './iterate.ts'

export interface PartitionerInput {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Absent: none. */
  readonly headers?: readonly RecordHeader[]
  /** 1 to 10,000. */
  readonly partitionCount: number
}

/**
 * Answers a partition from 0 to `partitionCount - 1`. It may keep state, and is asked once for every record that names no
 * partition itself, in their order.
 */
export type Partitioner = (input: PartitionerInput) => number

/** A partitioner chose a partition that the topic does not have: its author's mistake, told in a sentence. */
export class InvalidPartition extends Error {
  override readonly name = 'InvalidPartition'
}

/** The partitioner's answer, held to the topic: a custom one must not be trusted to count. Throws `InvalidPartition`. */
export function choosePartition(input: PartitionerInput, partitioner: Partitioner): number {
  const { partitionCount, topic } = input
  const partition = partitioner(input)
  if (Number.isInteger(partition) && partition >= 0 && partition < partitionCount) return partition
  throw new InvalidPartition(
    `the partitioner chose partition ${partition} of ${topic}, which has 0 to ${partitionCount - 1}`,
  )
}

const murmur2Seed = 0x9747b28c

/** Kafka's hash of a key (`Utils.murmur2`), as a signed 32-bit number. The library takes bytes as a latin1 string. */
export function murmur2Hash(key: Uint8Array): number {
  return murmur2(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'), murmur2Seed) | 0
}

/** The partition of a key, an empty one included (`BuiltInPartitioner.partitionForKey`). */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  assert(partitionCount > 0, 'a topic has at least one partition')
  return (murmur2Hash(key) & 0x7fff_ffff) % partitionCount
}

/** By key where there is one, else sticky: Kafka's default. */
export function defaultPartitioner(options: StickyOptions): Partitioner {
  const sticky = stickyPartitioner(options)
  return (input) => (input.key === null ? sticky(input) : partitionForKey(input.key, input.partitionCount))
}

/**
 * The default for the records of one call, all of which go out together: by key, and those without one share a random
 * partition (KIP-480), for one batch costs one write where several would cost several.
 */
export function batchPartitioner(entropy: Entropy): Partitioner {
  return defaultPartitioner({ entropy, stickyBytes: Number.POSITIVE_INFINITY })
}

interface StickyOptions {
  readonly entropy: Entropy
  /** After how many bytes to move on. Default `stickyBytesDefault`. */
  readonly stickyBytes?: number
}

/**
 * Stays with a random partition of a topic until enough bytes went there, keys ignored: full batches, and over time the
 * same number of bytes for every partition (KIP-794).
 */
export function stickyPartitioner({ entropy, stickyBytes = stickyBytesDefault }: StickyOptions): Partitioner {
  const current = new BoundedMap<string, { partition: number; bytes: number }>(partitionerTopicsMax)
  return ({ topic, key, value, headers = [], partitionCount }) => {
    let stuck = current.get(topic)
    if (stuck === undefined || stuck.bytes >= stickyBytes || stuck.partition >= partitionCount) {
      stuck = { partition: anotherPartition(entropy, partitionCount, stuck?.partition), bytes: 0 }
      current.set(topic, stuck)
    }
    stuck.bytes += recordBytesBound({ key, value, headers })
    return stuck.partition
  }
}

/** A random one, and another one than before where there are several. */
function anotherPartition(entropy: Entropy, partitionCount: number, previous: number | undefined): number {
  if (previous === undefined || previous >= partitionCount || partitionCount === 1) {
    return Math.floor(entropy.fraction() * partitionCount)
  }
  const chosen = Math.floor(entropy.fraction() * (partitionCount - 1))
  return chosen >= previous ? chosen + 1 : chosen
}

/** Every record goes to the next partition of its topic, keys ignored (`RoundRobinPartitioner` in Kafka). */
export function roundRobinPartitioner(): Partitioner {
  const next = new BoundedMap<string, number>(partitionerTopicsMax)
  return ({ topic, partitionCount }) => {
    const partition = (next.get(topic) ?? 0) % partitionCount
    next.set(topic, partition + 1)
    return partition
  }
}
