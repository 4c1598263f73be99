/**
 * DescribeProducers (61), version 0 (KIP-664). The idempotent producers in a partition's head: those that write to it. When
 * each wrote last is not kept, nor by which coordinator's epoch (-1, as Kafka answers what it does not know).
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { describeProducersApi } from '../../wire/schemas/61-describe-producers.ts'
import { forEachPartition, logErrorOf, type PartitionAnswer, retriableError } from '../each-partition.ts'
import { handler } from '../handler.ts'

type ProducersRequest = RequestOf<typeof describeProducersApi>
type ProducersResponse = ResponseInput<typeof describeProducersApi>
type ActiveProducers = ProducersResponse['topics'][number]['partitions'][number]['activeProducers']

interface Described extends PartitionAnswer {
  readonly activeProducers?: ActiveProducers
}

export const describeProducers = handler<typeof describeProducersApi>({
  api: describeProducersApi,
  minVersion: 0,
  maxVersion: 0,
  async handle(services, request, context) {
    const asked = request.topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((partition) => ({ topic: name, partition })),
    )
    const described = await forEachPartition(services, context, asked, async (id): Promise<Described> => {
      const result = await services.log.producers(id)
      if (result.outcome !== 'listed') return { errorCode: logErrorOf(services, result) }
      const activeProducers = result.producers.map(({ openTransaction = -1, ...state }) => ({
        ...state,
        coordinatorEpoch: -1,
        currentTxnStartOffset: openTransaction,
      }))
      return { errorCode: errorCodes.NONE, activeProducers }
    })
    let next = 0
    return answer(request, () => described[next++] ?? { errorCode: errorCodes.UNKNOWN_SERVER_ERROR })
  },
  failed: (request, errorCode) => answer(request, () => ({ errorCode: retriableError(errorCode) })),
})

/** `next` answers the partitions one after the other. */
function answer({ topics }: ProducersRequest, next: () => Described): ProducersResponse {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const { errorCode, activeProducers = [] } = next()
        return { partitionIndex, errorCode, activeProducers }
      }),
    })),
  }
}
