/**
 * ListOffsets (2), versions 1 to 11. The offset of a timestamp, or of a place that a negative one stands for: latest (-1),
 * earliest (-2), the record with the greatest timestamp (-3, KIP-734), earliest local (-4), latest tiered (-5), earliest of
 * those that wait to be tiered (-6, KIP-1023). Nothing is tiered in Kafka's sense, so earliest local is the earliest, and
 * the last two have no offset, as in Kafka without tiered storage. Transactions are not served, so both isolation levels
 * see the same end.
 */
import type { ListOffsetsResult, OffsetSpec } from '../../log/log-types.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { listOffsetsApi } from '../../wire/schemas/02-list-offsets.ts'
import { onceOnly } from '../api-error.ts'
import { forEachPartition, logErrorOf, retriableError } from '../each-partition.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

type ListOffsetsRequest = RequestOf<typeof listOffsetsApi>
type ListOffsetsResponse = ResponseInput<typeof listOffsetsApi>
type PartitionResponse = ListOffsetsResponse['topics'][number]['partitions'][number]

interface Found {
  readonly errorCode: number
  readonly offset?: number
  readonly timestamp?: number
  readonly leaderEpoch?: number
}

export const listOffsets = handler<typeof listOffsetsApi>({
  api: listOffsetsApi,
  minVersion: 1,
  maxVersion: 11,
  async handle(services, request, context) {
    const asked = request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => ({
        ...{ topic: name, partition: partitionIndex, currentLeaderEpoch },
        spec: specOf(timestamp, context.version),
      })),
    )
    const { repeated } = onceOnly(asked, keyOf)
    const isolation = request.isolationLevel === 1 ? 'read-committed' : 'read-uncommitted'
    const found = await forEachPartition(services, context, asked, async (id, each): Promise<Found> => {
      const { spec } = each
      if (repeated.has(keyOf(each))) return { errorCode: errorCodes.INVALID_REQUEST }
      if (spec === undefined) return { errorCode: errorCodes.UNSUPPORTED_VERSION }
      if (spec === 'tiered') return { errorCode: errorCodes.NONE }
      return foundOf(services, await services.log.listOffsets(id, spec, isolation))
    })
    let next = 0
    return answer(request, context, () => found[next++] ?? { errorCode: errorCodes.UNKNOWN_SERVER_ERROR })
  },
  failed: (request, errorCode, context) => answer(request, context, () => ({ errorCode: retriableError(errorCode) })),
})

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}#${partition}`

function foundOf(services: BrokerServices, result: ListOffsetsResult): Found {
  if (result.outcome !== 'found') return { errorCode: logErrorOf(services, result) }
  const { offset, timestamp, leaderEpoch } = result
  // Where no record is that new, Kafka names no epoch either.
  return offset < 0 ? { errorCode: errorCodes.NONE } : { errorCode: errorCodes.NONE, offset, timestamp, leaderEpoch }
}

/** What a timestamp stands for; `undefined`: nothing in this version (`ListOffsetsRequest.Builder`). */
function specOf(timestamp: bigint, version: number): OffsetSpec | 'tiered' | undefined {
  if (timestamp >= 0n) return { timestamp: Number(timestamp) }
  if (timestamp === -1n) return 'latest'
  if (timestamp === -2n) return 'earliest'
  if (timestamp === -3n && version >= 7) return 'max-timestamp'
  if (timestamp === -4n && version >= 8) return 'earliest'
  if (timestamp === -5n && version >= 9) return 'tiered'
  if (timestamp === -6n && version >= 11) return 'tiered'
  return undefined
}

/** `next` answers the partitions one after the other. */
function answer({ topics }: ListOffsetsRequest, { version }: RequestContext, next: () => Found): ListOffsetsResponse {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }): PartitionResponse => {
        const { errorCode, offset = -1, timestamp = -1, leaderEpoch = -1 } = next()
        const common = { partitionIndex, errorCode, offset, timestamp }
        return version >= 4 ? { ...common, leaderEpoch } : common
      }),
    })),
  }
}
