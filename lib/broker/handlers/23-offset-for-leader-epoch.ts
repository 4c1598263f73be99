/**
 * OffsetForLeaderEpoch (23), versions 2 to 4. Where a leader epoch ended, so that a consumer notices whether what it has read
 * is still what the log holds (KIP-101, KIP-320). An epoch newer than any that was is answered as undefined (-1, -1).
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { offsetForLeaderEpochApi } from '../../wire/schemas/23-offset-for-leader-epoch.ts'
import { forEachPartition, logErrorOf, type PartitionAnswer, retriableError } from '../each-partition.ts'
import { handler } from '../handler.ts'

type EpochsRequest = RequestOf<typeof offsetForLeaderEpochApi>
type EpochsResponse = ResponseInput<typeof offsetForLeaderEpochApi>

interface Ended extends PartitionAnswer {
  readonly leaderEpoch?: number
  readonly endOffset?: number
}

export const offsetForLeaderEpoch = handler<typeof offsetForLeaderEpochApi>({
  api: offsetForLeaderEpochApi,
  minVersion: 2,
  maxVersion: 4,
  async handle(services, request, context) {
    const asked = request.topics.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each })))
    const ended = await forEachPartition(services, context, asked, async (id, { leaderEpoch }): Promise<Ended> => {
      const end = await services.leaders.epochEnd(id, leaderEpoch)
      switch (end.outcome) {
        case 'found':
          return { errorCode: errorCodes.NONE, leaderEpoch: end.leaderEpoch, endOffset: end.endOffset }
        case 'unknown-epoch':
          return { errorCode: errorCodes.NONE }
        default:
          return { errorCode: logErrorOf(services, end) }
      }
    })
    let next = 0
    return answer(request, () => ended[next++] ?? { errorCode: errorCodes.UNKNOWN_SERVER_ERROR })
  },
  failed: (request, errorCode) => answer(request, () => ({ errorCode: retriableError(errorCode) })),
})

/** `next` answers the partitions one after the other. */
function answer({ topics }: EpochsRequest, next: () => Ended): EpochsResponse {
  return {
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => {
        const { errorCode, leaderEpoch = -1, endOffset = -1 } = next()
        return { errorCode, partition, leaderEpoch, endOffset }
      }),
    })),
  }
}
