/**
 * What one message costs, in microseconds: `node test/wire/speed.ts`. Every table is used first, so that the closures are
 * as polymorphic as in a server that has met all clients; the best of five rounds counts.
 */
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, openRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, ResponseInput } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { corpus, outcomeOf } from './corpus.ts'

const topic = 'orders'
const topicId = 'LcEa_c9eT4iuGjYhUN66jQ'
const batch = Buffer.alloc(16_384)
const rounds = 5

function measure(what: string, times: number, run: () => unknown): void {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    for (let index = 0; index < times; index++) run()
    best = Math.min(best, ((performance.now() - began) * 1_000) / times)
  }
  console.log(`${what.padEnd(52)} ${best.toFixed(2).padStart(8)} µs`)
}

const joined = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).subarray(4)
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

function measureRequest<A extends Api>(what: string, api: A, version: number, request: RequestInput<A>): void {
  const frame = joined(encodeRequest(api, version, { correlationId: 1, clientId: 'producer-1' }, request))
  measure(`read ${api.name} v${version} request, ${what}`, 50_000, () => {
    const opened = openRequest(frame)
    return opened.kind === 'request' && decodeRequest(api, version, opened.body)
  })
}

/** @param response is made anew each time, as a handler does. */
function measureResponse<A extends Api>(
  what: string,
  api: A,
  version: number,
  response: () => ResponseInput<A>,
  times = 50_000,
): void {
  measure(`write ${api.name} v${version} response, ${what}`, times, () => encodeResponse(api, version, 1, response()))
  const frame = joined(encodeResponse(api, version, 1, response()))
  measure(`read ${api.name} v${version} response, ${what}`, times, () => decodeResponse(api, version, frame))
}

for (let round = 0; round < 20; round++) for (const frame of corpus) outcomeOf(frame, frame.bytes)

for (const partitions of [1, 12]) {
  const what = `${partitions} partitions`
  for (const version of [7, 9, 13]) {
    const partitionData = many(partitions, (index) => ({ index, records: batch }))
    measureRequest(what, produceApi, version, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [version < 13 ? { name: topic, partitionData } : { topicId, partitionData }],
    })
    measureResponse(what, produceApi, version, () => {
      const partitionResponses = many(partitions, (index) => ({
        index,
        errorCode: 0,
        baseOffset: 1e9,
        logStartOffset: 0,
      }))
      return { responses: [{ name: topic, topicId, partitionResponses }] }
    })
  }
  for (const version of [11, 12, 17]) {
    const asked = many(partitions, (partition) => ({ partition, fetchOffset: 1_000_000n, partitionMaxBytes: 1 << 20 }))
    measureRequest(what, fetchApi, version, {
      maxWaitMs: 500,
      minBytes: 1,
      topics: [{ topic, topicId, partitions: asked }],
      forgottenTopicsData: [],
    })
    measureResponse(`${what}, 4 batches each`, fetchApi, version, () => ({
      responses: [
        {
          ...{ topic, topicId },
          partitions: many(partitions, (partitionIndex) => ({
            ...{ partitionIndex, errorCode: 0, highWatermark: 1e9, lastStableOffset: 1e9, abortedTransactions: null },
            records: [batch, batch, batch, batch],
          })),
        },
      ],
    }))
  }
}

measureResponse(
  '100 topics of 12 partitions',
  metadataApi,
  12,
  () => ({
    brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092 }],
    topics: many(100, (index) => ({
      ...{ errorCode: 0, name: `${topic}-${index}`, topicId },
      partitions: many(12, (partitionIndex) => ({
        ...{ errorCode: 0, partitionIndex, leaderId: 1, leaderEpoch: 0 },
        ...{ replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
      })),
    })),
  }),
  200,
)
