/**
 * The partitioner of Kafka's clients: murmur2 of the key, and without a key one partition for all records of a call
 * (KIP-480): a call is a batch here, and one partition costs one write where several would cost several.
 */
import type { Entropy } from '../base/entropy.ts'
import { partitionForKey } from '../records/partitioner.ts'
import type { ClientPartitioner } from './client-types.ts'

export function defaultPartitioner(entropy: Entropy): ClientPartitioner {
  let sticky: number | undefined
  return ({ key, partitionCount }) => {
    if (key !== null) return partitionForKey(key, partitionCount)
    sticky ??= Math.floor(entropy.fraction() * partitionCount)
    return sticky
  }
}
