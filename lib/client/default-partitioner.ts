/**
 * The partitioner of Kafka's clients: murmur2 of the key, and without a key one partition for all records of a call
 * (KIP-480: larger batches, and so fewer writes, than taking turns).
 */
import { murmur2 } from 'murmurhash-js'
import type { Entropy } from '../base/entropy.ts'
import type { ClientPartitioner } from './client-types.ts'

const seed = 0x9747b28c

export function defaultPartitioner(entropy: Entropy): ClientPartitioner {
  let sticky: number | undefined
  return ({ key, partitionCount }) => {
    if (key !== null) return (murmur2(Buffer.from(key).toString('latin1'), seed) & 0x7fffffff) % partitionCount
    sticky ??= Math.floor(entropy.fraction() * partitionCount)
    return sticky
  }
}
