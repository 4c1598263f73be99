/** `POST /kafka`: frames in, frames out, and everything else as JSON. */
import { describe, expect, test } from 'vitest'
import { httpRequestBytesMax, kafkaHttpFrameBytesMax, lambdaResponseBytesMax } from '../../lib/base/limits.ts'
import { handler } from '../../lib/broker/handler.ts'
import { lambdaHandler } from '../../lib/http/lambda.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { findCoordinatorApi } from '../../lib/wire/schemas/10-find-coordinator.ts'
import { apiVersionsApi } from '../../lib/wire/schemas/18-api-versions.ts'
import { initProducerIdApi } from '../../lib/wire/schemas/22-init-producer-id.ts'
import { batchOf } from '../log/world.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { eventForms, lambdaEvent } from './lambda-events.ts'

/** What is left out has its default. */
function frameOf<A extends Api>(api: A, version: number, request: Partial<RequestInput<A>>): Uint8Array<ArrayBuffer> {
  const sender = { correlationId: 7, clientId: 'test' }
  return new Uint8Array(Buffer.concat(encodeRequest(api, version, sender, request as RequestInput<A>)).subarray(4))
}

async function post(cluster: TestCluster, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/octet-stream' }
  return cluster.app.request('https://api.test/kafka', { method: 'POST', body, headers: { ...type, ...headers } })
}

async function call<A extends Api>(
  cluster: TestCluster,
  api: A,
  version: number,
  request: Partial<RequestInput<A>>,
  headers: Record<string, string> = {},
) {
  const response = await post(cluster, frameOf(api, version, request), headers)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/octet-stream')
  const decoded = decodeResponse(api, version, Buffer.from(await response.arrayBuffer()))
  expect(decoded.correlationId).toBe(7)
  return decoded.response
}

const produced = (records: Uint8Array, acks = -1) => ({
  acks,
  timeoutMs: 1_000,
  topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
})

const fetched = (maxBytes: number) => ({
  ...{ maxWaitMs: 0, minBytes: 1, maxBytes },
  topics: [
    {
      topic: 'orders',
      partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: maxBytes }],
    },
  ],
})

async function problem(response: Response) {
  return { status: response.status, ...((await response.json()) as { error_code: number; message: string }) }
}

describe('POST /kafka', () => {
  test('a request frame is answered with its response frame', async () => {
    const { apiKeys } = await call(testCluster(), apiVersionsApi, 2, {})
    expect(apiKeys.length).toBeGreaterThan(20)
  })

  test('what is produced can be fetched, and acks=0 is answered with nothing', async () => {
    const cluster = testCluster()
    await cluster.createTopic('orders')
    const { responses } = await call(cluster, produceApi, 9, produced(batchOf(['a'])))
    expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 })
    const silent = await post(cluster, frameOf(produceApi, 9, produced(batchOf(['b']), 0)))
    expect([silent.status, await silent.text()]).toEqual([204, ''])
    const answer = await call(cluster, fetchApi, 12, fetched(1_000_000))
    expect(answer.responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 2 })
  })

  test('the client is told of one broker, at the address that it has asked', async () => {
    const cluster = testCluster()
    const brokers = async (headers: Record<string, string>) =>
      (await call(cluster, metadataApi, 9, { topics: [] }, headers)).brokers
    expect(await brokers({})).toMatchObject([{ nodeId: 1, host: 'api.test', port: 443 }])
    expect(await brokers({ 'x-gregor-advertised': '127.0.0.1:19092' })).toMatchObject([
      { nodeId: 1, host: '127.0.0.1', port: 19_092 },
    ])
    expect(await brokers({ 'x-gregor-advertised': '[::1]:19092' })).toMatchObject([{ host: '::1', port: 19_092 }])
    const coordinator = { keyType: 0, coordinatorKeys: ['readers'] }
    const found = await call(cluster, findCoordinatorApi, 4, coordinator, { 'x-gregor-advertised': 'bridge:1' })
    expect(found.coordinators).toMatchObject([{ errorCode: 0, host: 'bridge', port: 1 }])
  })

  test.each(['bridge', 'bridge:0', 'bridge:99999', 'a b:1', ':9092', 'http://a:1', 'a:1,b:2'])(
    'an advertised address such as %j is refused',
    async (address) => {
      const response = await post(testCluster(), frameOf(apiVersionsApi, 2, {}), { 'x-gregor-advertised': address })
      expect(await problem(response)).toMatchObject({ status: 400, error_code: 400 })
    },
  )

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello, is this Kafka?')],
    ['an API that is not served', Buffer.from([0, 99, 0, 0, 0, 0, 0, 7, 0xff, 0xff])],
    ['a version that is not served', Buffer.from([0, 3, 0, 99, 0, 0, 0, 7, 0xff, 0xff])],
    ['a frame that is cut', Buffer.from(frameOf(produceApi, 9, produced(batchOf(['a'])))).subarray(0, 60)],
  ])('%s is no request, and is said to be none', async (_, body) => {
    const cluster = testCluster()
    const answer = await problem(await post(cluster, new Uint8Array(body)))
    expect(answer).toMatchObject({ status: 400, error_code: 400, message: expect.stringMatching(/Kafka protocol/) })
    expect(cluster.faults).toEqual([])
  })

  test('a body of another type is not read', async () => {
    const response = await post(testCluster(), frameOf(apiVersionsApi, 2, {}), { 'content-type': 'application/json' })
    expect(await problem(response)).toMatchObject({ status: 415 })
  })

  test('a handler that fails where the protocol has no place for it says nothing of our insides', async () => {
    const broken = handler<typeof initProducerIdApi>({
      ...{ api: initProducerIdApi, minVersion: 0, maxVersion: 5 },
      handle: () => {
        throw new Error('a secret')
      },
    })
    const cluster = testCluster({ handlers: [broken] })
    const request = { transactionalId: null, transactionTimeoutMs: 1 }
    const response = await post(cluster, frameOf(initProducerIdApi, 4, request))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/secret/)
    expect(cluster.faults.length).toBeGreaterThan(0)
  })

  test('a batch that is refused without an answer (acks=0) is told where Kafka would close the connection', async () => {
    const cluster = testCluster()
    const response = await post(cluster, frameOf(produceApi, 9, produced(batchOf(['a']), 0)))
    expect(await problem(response)).toMatchObject({ status: 400, error_code: 40_002 })
  })
})

describe("at the edge of Lambda's 6 MB", () => {
  const big = (bytes: number) => batchOf(['x'.repeat(bytes)])
  const configs = { 'max.message.bytes': '10000000' }

  test('a produce request that is too large is answered MESSAGE_TOO_LARGE in each partition', async () => {
    const cluster = testCluster()
    await cluster.createTopic('orders', 1, configs)
    const fits = await call(cluster, produceApi, 9, produced(big(kafkaHttpFrameBytesMax - 1_000)))
    expect(fits.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0 })
    const records = big(kafkaHttpFrameBytesMax)
    const refused = await call(cluster, produceApi, 9, produced(records))
    expect(refused.responses).toMatchObject([
      {
        name: 'orders',
        partitionResponses: [
          {
            index: 0,
            errorCode: errorCodes.MESSAGE_TOO_LARGE,
            baseOffset: -1,
            errorMessage: expect.stringMatching(/bytes/),
          },
        ],
      },
    ])
    const silent = await post(cluster, frameOf(produceApi, 9, produced(records, 0)))
    expect(await problem(silent)).toMatchObject({ status: 413 })
  })

  test.each(eventForms)(
    'what fits goes through a function by %s both ways, and what does not is said',
    async (form) => {
      const cluster = testCluster({ mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax })
      await cluster.createTopic('orders', 1, configs)
      const handler = lambdaHandler(cluster.app)
      const send = async (body: Uint8Array) => {
        const headers = { 'content-type': 'application/octet-stream' }
        return handler(lambdaEvent(form, { method: 'POST', path: '/kafka', headers, body }))
      }
      const largest = frameOf(produceApi, 9, produced(big(kafkaHttpFrameBytesMax - 200)))
      expect(Buffer.from(largest).toString('base64').length).toBeLessThan(6_000_000)
      expect(await send(largest)).toMatchObject({ statusCode: 200, isBase64Encoded: true })
      const read = await send(frameOf(fetchApi, 12, fetched(50_000_000)))
      expect(read).toMatchObject({ statusCode: 200, isBase64Encoded: true })
      expect(Buffer.byteLength(JSON.stringify(read))).toBeLessThan(6_000_000)
      const answer = decodeResponse(fetchApi, 12, Buffer.from(read.body, 'base64')).response
      expect(answer.responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 1 })
      expect(await send(new Uint8Array(4_600_000))).toMatchObject({ statusCode: 413 })
    },
  )

  test('what is larger than any function takes is not read', async () => {
    const response = await post(testCluster(), new Uint8Array(httpRequestBytesMax + 1))
    expect(await problem(response)).toMatchObject({ status: 413 })
  })

  test('a fetch is answered with as many batches as fit', async () => {
    const cluster = testCluster()
    await cluster.createTopic('orders', 1, configs)
    for (let round = 0; round < 6; round++) await call(cluster, produceApi, 9, produced(big(1_000_000)))
    const response = await post(cluster, frameOf(fetchApi, 12, fetched(50_000_000)))
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.length).toBeLessThanOrEqual(kafkaHttpFrameBytesMax)
    expect(bytes.length).toBeGreaterThan(4_000_000)
    expect(Math.ceil(bytes.length / 3) * 4).toBeLessThan(6_000_000)
    const [partition] = decodeResponse(fetchApi, 12, bytes).response.responses[0]?.partitions ?? []
    expect(partition).toMatchObject({ errorCode: 0, highWatermark: 6 })
  })
})
