/**
 * Produce (0), versions 3 to 13; advertised from 0, or librdkafka 2.0 compresses nothing. Looks up topics and leaders,
 * validates each partition's batch by its topic's config, and appends. All batches of a request have their place in the log
 * before the connection's next request begins (`admitNext`), so that requests that wait share a flush.
 *
 * As in Kafka, acks says what is answered: with 0 nothing is, and a failure closes the connection. Unlike in Kafka 1 waits
 * for as much as -1 does: what is acknowledged is durable. Transactions are not served: a transactional batch belongs to
 * none (INVALID_TXN_STATE). Where Kafka sends an error's standard text, the message here says what is wrong with the batch.
 */
import type { PartitionId } from '../../base/ids.ts'
import { produceTimeoutMsMin } from '../../base/limits.ts'
import { functionsBrokerId } from '../../cluster/brokers.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import type { LeaderCheck } from '../../log/leader-types.ts'
import type { AppendResult } from '../../log/log-types.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { produceApi } from '../../wire/schemas/00-produce.ts'
import { appendErrors } from '../append-errors.ts'
import { ClosesConnection, handler, type RequestContext } from '../handler.ts'
import { judgeBatch, type RefusedBatch } from '../judge-batch.ts'
import { checkLeader, currentLeaderOf, leaderErrorOf, leaderIdAndEpoch, nodeEndpointsOf } from '../leadership.ts'
import type { BrokerServices } from '../services.ts'
import { findTopics, type NamedBy, unknownTopicError } from '../topic-lookup.ts'

type ProduceRequest = RequestOf<typeof produceApi>
type ProduceResponse = ResponseInput<typeof produceApi>
type PartitionData = ProduceRequest['topicData'][number]['partitionData'][number]
type PartitionResponse = ProduceResponse['responses'][number]['partitionResponses'][number]

/** A batch that has its place in the log, and its answer to come. */
interface Placed {
  readonly id: PartitionId
  readonly topic: Topic
  readonly logAppendTimeMs: number
  readonly result: Promise<AppendResult>
}

type Slot = PartitionResponse | Placed

export const produce = handler<typeof produceApi>({
  api: produceApi,
  minVersion: 3,
  maxVersion: 13,
  advertisedMinVersion: 0,
  handle: (services, request, context) =>
    request.acks === 0
      ? new ProduceCall(services, request, context).unanswered()
      : new ProduceCall(services, request, context).answered(),
  // What fails here is a look-up, before anything was appended: worth another try whatever it was.
  failed: (request, errorCode) =>
    allRefused(request, errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.KAFKA_STORAGE_ERROR),
})

class ProduceCall {
  readonly #services: BrokerServices
  readonly #request: ProduceRequest
  readonly #context: RequestContext
  readonly #namedBy: NamedBy
  /** The log does not hold the request's bytes any more. */
  #mayGiveBack = true
  /** Of the leaders that the answer names. */
  readonly #leaderIds = new Set<number>()

  constructor(services: BrokerServices, request: ProduceRequest, context: RequestContext) {
    this.#services = services
    this.#request = request
    this.#context = context
    this.#namedBy = context.version >= 13 ? 'id' : 'name'
  }

  async unanswered(): Promise<'no-response'> {
    let cause: unknown
    try {
      const { responses } = await this.answered()
      const failed = responses.flatMap((topic) => topic.partitionResponses).find(({ errorCode }) => errorCode !== 0)
      if (failed === undefined) return 'no-response'
      cause = failed
    } catch (fault) {
      this.#services.report(fault)
      cause = fault
    }
    throw new ClosesConnection('a request to produce with acks=0 failed, which can be said in no other way', { cause })
  }

  async answered(): Promise<ProduceResponse> {
    const { acks, topicData } = this.#request
    if (acks < -1 || acks > 1) {
      this.#context.admitNext()
      return allRefused(this.#request, errorCodes.INVALID_REQUIRED_ACKS)
    }
    const looked = findTopics(this.#services.topics, topicData, this.#namedBy, (each) => each)
    const topics = looked instanceof Promise ? await looked : looked
    const checked = this.#checkLeaders(topics)
    const checks = checked instanceof Promise ? await checked : checked
    // From here to `admitNext` nothing waits: the batches of two requests never mix.
    const slots = this.#place(topics, checks)
    this.#context.admitNext()
    const responses: ProduceResponse['responses'][number][] = []
    for (const [index, { name, topicId }] of topicData.entries()) {
      const partitionResponses: PartitionResponse[] = []
      for (const [at, slot] of (slots[index] ?? []).entries()) {
        const partition = topicData[index]?.partitionData[at]?.index ?? -1
        partitionResponses.push('result' in slot ? await this.#responseOf(partition, slot) : slot)
      }
      responses.push({ name, topicId, partitionResponses })
    }
    if (this.#mayGiveBack) this.#context.giveBack?.()
    if (this.#leaderIds.size === 0) return { responses }
    return { responses, nodeEndpoints: nodeEndpointsOf(this.#services, this.#leaderIds) }
  }

  /** One check a partition that exists, in the order of the request. */
  #checkLeaders(topics: readonly (Topic | undefined)[]): LeaderCheck[] | Promise<LeaderCheck[]> {
    const checks: (LeaderCheck | Promise<LeaderCheck>)[] = []
    let waits = false
    for (const [index, { partitionData }] of this.#request.topicData.entries()) {
      const topic = topics[index]
      if (topic === undefined) continue
      for (const { index: partition } of partitionData) {
        if (!hasPartition(topic, partition)) continue
        const check = checkLeader(this.#services, this.#context, { topicId: topic.id, partition }, -1)
        if (check instanceof Promise) waits = true
        checks.push(check)
      }
    }
    return waits ? Promise.all(checks) : (checks as LeaderCheck[])
  }

  #place(topics: readonly (Topic | undefined)[], checks: readonly LeaderCheck[]): Slot[][] {
    const nowMs = this.#services.clock.now()
    let next = 0
    return this.#request.topicData.map(({ partitionData }, index) => {
      const topic = topics[index]
      return partitionData.map((data) => {
        if (topic === undefined || !hasPartition(topic, data.index)) {
          return refusal(data.index, unknownTopicError(this.#namedBy))
        }
        const check = checks[next++]
        if (check?.outcome === 'leader') return this.#append(topic, data, check, nowMs)
        return check === undefined
          ? refusal(data.index, errorCodes.UNKNOWN_SERVER_ERROR)
          : this.#notServed(data.index, check)
      })
    })
  }

  #append(
    topic: Topic,
    { index, records }: PartitionData,
    { leaderEpoch }: Extract<LeaderCheck, { outcome: 'leader' }>,
    nowMs: number,
  ): Slot {
    const { log, brokers } = this.#services
    const judged = judgeBatch(records, topic, this.#context.version, nowMs)
    if ('errorCode' in judged) return batchRefusal(index, judged)
    const id = { topicId: topic.id, partition: index }
    // Functions append beside whoever leads, and so does who is the only broker that its client can reach.
    const fences = brokers.self !== functionsBrokerId && this.#context.advertised === undefined
    const timeoutMs = this.#timeoutMs()
    const { giveBack, moreIsDue } = this.#context
    const options = { timeoutMs, isLent: giveBack !== undefined, moreIsDue }
    const result = log.append(id, judged.batch, fences ? { ...options, leaderEpoch } : options)
    return { id, topic, logAppendTimeMs: judged.logAppendTimeMs, result }
  }

  /** With acks=1 Kafka's time-out says nothing: it waits for nobody. Here the store is waited for, and given its time. */
  #timeoutMs(): number {
    const { timeoutMs } = this.#request
    return Math.min(Math.max(timeoutMs, produceTimeoutMsMin), this.#context.waitMsMax)
  }

  #notServed(index: number, check: Exclude<LeaderCheck, { outcome: 'leader' }>): PartitionResponse {
    if (check.outcome === 'unavailable') this.#services.report(check.cause)
    if (check.outcome === 'unknown-partition') return refusal(index, unknownTopicError(this.#namedBy))
    const leader = currentLeaderOf(check)
    return this.#withLeader(refusal(index, leaderErrorOf(check)), leader)
  }

  async #responseOf(index: number, { id, topic, logAppendTimeMs, result }: Placed): Promise<PartitionResponse> {
    const appended = await result
    if (appended.outcome !== 'appended') this.#mayGiveBack = false
    if ('baseOffset' in appended) {
      const { baseOffset, logStartOffset } = appended
      return { index, errorCode: errorCodes.NONE, baseOffset, logAppendTimeMs, logStartOffset }
    }
    if ('cause' in appended) this.#services.report(appended.cause)
    if (appended.outcome === 'unknown-partition') {
      // Deleted, and perhaps created anew: its client asks for metadata now, and must not be told of the old one again.
      await this.#services.topics.get(topic.name, { fresh: true }).catch(this.#services.report)
      return refusal(index, unknownTopicError(this.#namedBy))
    }
    const refused = refusal(index, appendErrors[appended.outcome])
    if (appended.outcome !== 'fenced-leader') return refused
    const found = await this.#services.leaders.of([id]).catch(this.#services.report)
    const leader = found?.[0]
    return this.#withLeader(refused, leader && leaderIdAndEpoch(leader))
  }

  #withLeader(response: PartitionResponse, leader: ReturnType<typeof leaderIdAndEpoch> | undefined): PartitionResponse {
    if (leader === undefined || this.#context.version < 10) return response
    this.#leaderIds.add(leader.leaderId)
    return { ...response, currentLeader: leader }
  }
}

const hasPartition = (topic: Topic, partition: number) => partition >= 0 && partition < topic.partitions

const refusal = (index: number, errorCode: number): PartitionResponse => ({ index, errorCode, baseOffset: -1 })

function batchRefusal(index: number, { errorCode, errorMessage, recordIndex }: RefusedBatch): PartitionResponse {
  const recordErrors =
    recordIndex === undefined ? [] : [{ batchIndex: recordIndex, batchIndexErrorMessage: errorMessage }]
  return { ...refusal(index, errorCode), errorMessage, recordErrors }
}

function allRefused({ topicData }: ProduceRequest, errorCode: number): ProduceResponse {
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => refusal(index, errorCode)),
    })),
  }
}
