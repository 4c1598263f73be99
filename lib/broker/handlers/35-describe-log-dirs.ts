/**
 * DescribeLogDirs (35), versions 1 to 4. One folder, which stands for the stores, and the true size of each partition that
 * this broker is a replica of: what its index points at. A store has no total and no free bytes, which is -1 in Kafka's
 * protocol. A partition that is not there is left out, as in Kafka.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import type { Topic } from '../../cluster/topic-item.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { describeLogDirsApi } from '../../wire/schemas/35-describe-log-dirs.ts'
import { handler, type RequestContext } from '../handler.ts'
import { allTopics, partitionsOf } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'
import { findTopics } from '../topic-lookup.ts'

type LogDirsRequest = RequestOf<typeof describeLogDirsApi>
type LogDirsResponse = ResponseInput<typeof describeLogDirsApi>
type LogDir = LogDirsResponse['results'][number]

/** Clients want an absolute path; nothing is there. */
const logDir = '/gregor'

export const describeLogDirs = handler<typeof describeLogDirsApi>({
  api: describeLogDirsApi,
  minVersion: 1,
  maxVersion: 4,
  async handle(services, request, context) {
    const asked = await askedPartitions(services, request)
    const held = await heldHere(services, context, asked)
    const sizes = await inParallel(held, partitionsAtOnceMax, async ({ topic, partition }) => {
      const size = await services.log.size({ topicId: topic.id, partition })
      if (size.outcome === 'unavailable') throw size.cause
      return { topic, partition, bytes: size.outcome === 'measured' ? size.bytes : undefined }
    })
    const topics = new Map<string, LogDir['topics'][number]['partitions'][number][]>()
    for (const { topic, partition, bytes } of sizes) {
      if (bytes === undefined) continue
      const partitions = topics.get(topic.name) ?? []
      partitions.push({ partitionIndex: partition, partitionSize: bytes, offsetLag: 0, isFutureKey: false })
      topics.set(topic.name, partitions)
    }
    const described = [...topics].map(([name, partitions]) => ({ name, partitions }))
    return {
      throttleTimeMs: 0,
      errorCode: errorCodes.NONE,
      results: [{ errorCode: errorCodes.NONE, logDir, topics: described }],
    }
  },
  // Versions below 3 have room for an error in a folder only.
  failed: (_request, errorCode) => ({
    throttleTimeMs: 0,
    results: [
      { errorCode: errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : failedCode, logDir, topics: [] },
    ],
  }),
})

const failedCode = errorCodes.KAFKA_STORAGE_ERROR

interface AskedPartition {
  readonly topic: Topic
  readonly partition: number
}

/** Every partition there is where the request names none. */
async function askedPartitions(services: BrokerServices, { topics }: LogDirsRequest): Promise<AskedPartition[]> {
  if (topics === null) {
    const all = await allTopics(services)
    return all.flatMap((topic) =>
      Array.from({ length: topic.partitions }, (_, partition): AskedPartition => ({ topic, partition })),
    )
  }
  const found = await findTopics(services.topics, topics, 'name', ({ topic }) => ({ name: topic, topicId: '' }))
  return topics.flatMap(({ partitions }, index) => {
    const topic = found[index]
    if (topic === undefined) return []
    const known = new Set(partitions.filter((partition) => partition >= 0 && partition < topic.partitions))
    return [...known].map((partition) => ({ topic, partition }))
  })
}

/** Those that name this broker among their replicas. */
async function heldHere(
  services: BrokerServices,
  context: RequestContext,
  asked: readonly AskedPartition[],
): Promise<AskedPartition[]> {
  const described = await partitionsOf(
    services,
    context,
    asked.map(({ topic, partition }) => ({ topic, from: partition, to: partition + 1 })),
  )
  return asked.filter((_, index) => described[index]?.[0]?.replicaNodes.includes(services.brokers.self))
}
