/**
 * DeleteRecords (21), versions 0 to 2. Raises a log's start to an offset, -1 standing for the high watermark (KIP-107); what
 * lies below is gone for every reader at once, and its bytes are deleted in time. As in Kafka a topic that is only compacted
 * refuses (POLICY_VIOLATION), and an offset below the start changes nothing.
 */
import { offset } from '../../base/ids.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { deleteRecordsApi } from '../../wire/schemas/21-delete-records.ts'
import { forEachPartition, logErrorOf, type PartitionAnswer, retriableError } from '../each-partition.ts'
import { handler } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

type DeleteRecordsRequest = RequestOf<typeof deleteRecordsApi>
type DeleteRecordsResponse = ResponseInput<typeof deleteRecordsApi>

interface Deleted extends PartitionAnswer {
  readonly lowWatermark?: number
}

const toHighWatermark = -1n

export const deleteRecords = handler<typeof deleteRecordsApi>({
  api: deleteRecordsApi,
  minVersion: 0,
  maxVersion: 2,
  async handle(services, request, context) {
    const asked = request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset: before }) => ({ topic: name, partition: partitionIndex, before })),
    )
    const deleted = await forEachPartition(services, context, asked, (id, { before }, { config }): Promise<Deleted> => {
      const isKept = config.cleanup.compact && !config.cleanup.delete
      if (isKept) return Promise.resolve({ errorCode: errorCodes.POLICY_VIOLATION })
      return deleteBefore(services, id, before)
    })
    let next = 0
    return answer(request, () => deleted[next++] ?? { errorCode: errorCodes.UNKNOWN_SERVER_ERROR })
  },
  failed: (request, errorCode) => answer(request, () => ({ errorCode: retriableError(errorCode) })),
})

async function deleteBefore(
  services: BrokerServices,
  id: Parameters<BrokerServices['log']['deleteRecords']>[0],
  before: bigint,
): Promise<Deleted> {
  const isHighWatermark = before === toHighWatermark
  if (!isHighWatermark && (before < 0n || before > BigInt(Number.MAX_SAFE_INTEGER))) {
    return { errorCode: errorCodes.OFFSET_OUT_OF_RANGE }
  }
  const result = await services.log.deleteRecords(id, isHighWatermark ? 'high-watermark' : offset(before))
  switch (result.outcome) {
    case 'deleted':
      return { errorCode: errorCodes.NONE, lowWatermark: result.logStartOffset }
    case 'offset-out-of-range':
      return { errorCode: errorCodes.OFFSET_OUT_OF_RANGE }
    default:
      return { errorCode: logErrorOf(services, result) }
  }
}

/** `next` answers the partitions one after the other. */
function answer({ topics }: DeleteRecordsRequest, next: () => Deleted): DeleteRecordsResponse {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const { errorCode, lowWatermark = -1 } = next()
        return { partitionIndex, lowWatermark, errorCode }
      }),
    })),
  }
}
