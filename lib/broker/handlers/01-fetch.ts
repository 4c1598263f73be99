/**
 * Fetch (1), versions 4 to 18. Reads whole batches of many partitions, waiting for `min_bytes` of them as long as
 * `max_wait_ms` and the transport allow; an append of this process wakes the wait at once. Whatever is answered at once in
 * Kafka is here: an error, a divergence, a fetch of no partition.
 *
 * Unlike Kafka: no fetch session is kept (KIP-227 lets a broker answer id 0), so a request that goes on with one is answered
 * FETCH_SESSION_ID_NOT_FOUND; every broker that leads serves followers and consumers alike, and a batch that the transport
 * cannot carry (6 MB from a function) is MESSAGE_TOO_LARGE.
 */
import { fetchGatherMs } from '../../base/limits.ts'
import type { Isolation } from '../../log/read.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { fetchApi } from '../../wire/schemas/01-fetch.ts'
import { type FetchRequest, namedBy, type PlannedPartition, type PlannedRead, planFetch } from '../fetch-plan.ts'
import { type FetchedReads, type FetchRead, readPartitions, releaseReads, sizeOf } from '../fetch-reads.ts'
import { handler, type RequestContext } from '../handler.ts'
import { nodeEndpointsOf } from '../leadership.ts'
import type { BrokerServices } from '../services.ts'
import { unknownTopicError } from '../topic-lookup.ts'

type FetchResponse = ResponseInput<typeof fetchApi>
type PartitionResponse = FetchResponse['responses'][number]['partitions'][number]

export const fetch = handler<typeof fetchApi>({
  api: fetchApi,
  minVersion: 4,
  maxVersion: 18,
  handle: fetched,
  failed: (request, errorCode) =>
    allRefused(request, errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.KAFKA_STORAGE_ERROR),
})

/** KIP-227: 0 begins a session and -1 ends one, both with a full list of partitions; any other goes on with one. */
const continuesSession = ({ sessionEpoch }: FetchRequest) => sessionEpoch !== 0 && sessionEpoch !== -1

async function fetched(
  services: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
): Promise<FetchResponse> {
  if (continuesSession(request)) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, responses: [] }
  const plan = await planFetch(services, request, context)
  const reads = plan.filter(isRead)
  const bytesMax = Math.min(request.maxBytes, services.settings.fetchMaxBytes, bytesCarried(request, context))
  const fetchedReads = await readUntilEnough(services, request, context, {
    reads,
    bytesMax,
    waits: reads.length === plan.length,
  })
  context.afterSent?.(() => releaseReads(fetchedReads.results))
  return answer(services, request, context, plan, fetchedReads.results)
}

const isRead = (planned: PlannedPartition): planned is PlannedRead => !('errorCode' in planned)

/** Without their records a partition's answer has at most 90 bytes, a topic's 22 and its name, and the rest 200. */
function bytesCarried({ topics }: FetchRequest, { responseBytesMax }: RequestContext): number {
  if (responseBytesMax === Number.POSITIVE_INFINITY) return responseBytesMax
  let bytes = 200
  for (const { topic, partitions } of topics) bytes += 22 + topic.length + 90 * partitions.length
  return Math.max(responseBytesMax - bytes, 0)
}

interface Wanted {
  readonly reads: readonly PlannedRead[]
  readonly bytesMax: number
  /** False where something is to be said at once. */
  readonly waits: boolean
}

async function readUntilEnough(
  { log, clock }: BrokerServices,
  { minBytes, maxWaitMs, isolationLevel }: FetchRequest,
  { signal, waitMsMax }: RequestContext,
  { reads, bytesMax, waits }: Wanted,
): Promise<FetchedReads> {
  const isolation: Isolation = isolationLevel === 1 ? 'read-committed' : 'read-uncommitted'
  const beginMs = clock.now()
  const waitMs = waits && reads.length > 0 ? Math.min(maxWaitMs, waitMsMax) : 0
  const bytesWanted = Math.min(minBytes, bytesMax)
  let before: FetchedReads | undefined
  for (let reading = 1; ; reading++) {
    const fetchedReads = await readPartitions(log, reads, { bytesMax, isolation, before })
    const { results, bytes } = fetchedReads
    if (before) releaseReads(before.results, results)
    const leftMs = waitMs - (clock.now() - beginMs)
    if (bytes >= bytesWanted || leftMs <= 0 || signal.aborted) return fetchedReads
    const positions = results.flatMap((result, index) => {
      const read = reads[index]
      return result.outcome === 'read' && read ? [{ partition: read.id, offset: result.highWatermark }] : []
    })
    if (positions.length < reads.length) return fetchedReads
    // Woken, and still too little: small appends gather before they are read over again.
    if (reading > 1) await clock.sleep(Math.min(fetchGatherMs, leftMs), signal)
    await log.awaitAny(positions, leftMs, signal)
    before = fetchedReads
  }
}

function answer(
  services: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
  plan: readonly PlannedPartition[],
  results: readonly FetchRead[],
): FetchResponse {
  const leaderIds = new Set<number>()
  let next = 0
  let nextRead = 0
  const responses = request.topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }): PartitionResponse => {
      const planned = plan[next++]
      if (planned === undefined) return refusal(partition, errorCodes.UNKNOWN_SERVER_ERROR)
      if ('errorCode' in planned) {
        const { errorCode, currentLeader, divergingEpoch } = planned
        if (divergingEpoch) return { ...refusal(partition, errorCode), divergingEpoch }
        if (!currentLeader || context.version < 16) return refusal(partition, errorCode)
        leaderIds.add(currentLeader.leaderId)
        return { ...refusal(partition, errorCode), currentLeader }
      }
      return partitionResponse(services, request, context, { partition, planned, result: results[nextRead++] })
    }),
  }))
  if (leaderIds.size === 0) return { responses }
  return { responses, nodeEndpoints: nodeEndpointsOf(services, leaderIds) }
}

interface ReadPartition {
  readonly partition: number
  readonly planned: PlannedRead
  readonly result: FetchRead | undefined
}

function partitionResponse(
  services: BrokerServices,
  { isolationLevel }: FetchRequest,
  { version, responseBytesMax }: RequestContext,
  { partition, planned, result }: ReadPartition,
): PartitionResponse {
  switch (result?.outcome) {
    case 'read': {
      if (sizeOf(result) > responseBytesMax) return refusal(partition, errorCodes.MESSAGE_TOO_LARGE)
      return {
        partitionIndex: partition,
        errorCode: errorCodes.NONE,
        highWatermark: result.highWatermark,
        lastStableOffset: result.lastStableOffset,
        logStartOffset: result.logStartOffset,
        abortedTransactions: isolationLevel === 1 ? [] : null,
        records: result.chunks,
      }
    }
    case 'skipped': {
      // Read the next time, when it stands further ahead in the request. What is known of it is good enough until then.
      const known = services.log.remembered(planned.id)
      return {
        ...refusal(partition, errorCodes.NONE),
        highWatermark: known?.highWatermark ?? -1,
        lastStableOffset: known?.lastStableOffset ?? -1,
        logStartOffset: known?.logStartOffset ?? -1,
      }
    }
    case 'offset-out-of-range':
      return refusal(partition, errorCodes.OFFSET_OUT_OF_RANGE)
    case 'unknown-partition':
      return refusal(partition, unknownTopicError(namedBy(version)))
    case 'unavailable':
      services.report(result.cause)
      return refusal(partition, errorCodes.KAFKA_STORAGE_ERROR)
    case undefined:
      return refusal(partition, errorCodes.UNKNOWN_SERVER_ERROR)
  }
}

const nothing: readonly Uint8Array[] = []

const refusal = (partitionIndex: number, errorCode: number): PartitionResponse => ({
  partitionIndex,
  errorCode,
  highWatermark: -1,
  abortedTransactions: null,
  records: nothing,
})

/** In versions with an error of its own a fetch fails as a whole, and without partitions, as in Kafka. */
const allRefused = (request: FetchRequest, errorCode: number): FetchResponse => ({
  errorCode,
  responses: request.topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => refusal(partition, errorCode)),
  })),
})
