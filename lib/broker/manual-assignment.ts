/**
 * Replicas that a client chooses by hand, checked as Kafka does (`validateManualPartitionAssignment`). Here any broker
 * serves any partition, and who leads one follows from leases: of a legal choice the number of replicas is kept, no more.
 */
import type { BrokerServices } from './services.ts'

/** Why this cannot be a partition's replicas, or `undefined`. `size`: how many they must be. */
export function assignmentProblem(
  { brokers }: BrokerServices,
  replicas: readonly number[],
  size: number | undefined,
): string | undefined {
  if (replicas.length === 0) return 'The manual partition assignment includes an empty replica list.'
  const known = new Set([brokers.self, ...brokers.live().map(({ id }) => id)])
  const seen = new Set<number>()
  for (const id of replicas) {
    if (!known.has(id)) {
      return `The manual partition assignment includes broker ${id}, but no such broker is registered.`
    }
    if (seen.has(id)) return `The manual partition assignment includes the broker ${id} more than once.`
    seen.add(id)
  }
  if (size !== undefined && replicas.length !== size) {
    return `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${size} replica(s).`
  }
  return undefined
}
