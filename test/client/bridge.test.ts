/** The bridge as a TCP server: order, bounds, what it says when the way is broken. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import { bridgeHeldBytesMax, bridgeTriesMax, clientAnswerMsMax, kafkaHttpFrameBytesMax } from '../../lib/base/limits.ts'
import { FrameRelay } from '../../lib/client/frame-relay.ts'
import { KafkaHttp, KafkaHttpError, type KafkaHttpOptions } from '../../lib/client/kafka-http.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { apiVersionsApi } from '../../lib/wire/schemas/18-api-versions.ts'
import { batchOf } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { bridge, closeAfterEach, cluster } from './kafka-over-http.ts'

closeAfterEach()

function frame<A extends Api>(api: A, version: number, correlationId: number, request: Partial<RequestInput<A>>) {
  const sender = { correlationId, clientId: 'test' }
  return Buffer.concat(encodeRequest(api, version, sender, request as RequestInput<A>))
}

const produce = (correlationId: number, value: string, acks = -1) =>
  frame(produceApi, 9, correlationId, {
    acks,
    timeoutMs: 5_000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf([value]) }] }],
  })

function connectTo(address: string): Socket {
  const [host = '', port] = address.split(':')
  return connect(Number(port), host)
}

async function frames(socket: Socket, count: number): Promise<Buffer[]> {
  const splitter = new FrameSplitter(10_000_000)
  const all: Buffer[] = []
  for await (const chunk of socket) {
    all.push(...splitter.push(chunk as Buffer))
    if (all.length >= count) break
  }
  return all
}

const orders = (url: string) =>
  fetch(`${url}/v3/clusters`)
    .then(async (response) => ((await response.json()) as { data: { cluster_id: string }[] }).data[0]?.cluster_id)
    .then((id) =>
      fetch(`${url}/v3/clusters/${id}/topics`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({
          topic_name: 'orders',
          configs: [{ name: 'max.message.bytes', value: '20000000' }],
        }),
      }),
    )

describe('the bridge', () => {
  test('answers requests that are sent at once in their order, and says nothing where nothing is waited for', async () => {
    const { http } = await cluster()
    await orders(http)
    const socket = connectTo((await bridge(http)).address)
    socket.write(Buffer.concat([produce(1, 'a'), produce(2, 'b', 0), produce(3, 'c'), frame(apiVersionsApi, 2, 4, {})]))
    const answers = await frames(socket, 3)
    expect(answers.map((answer) => answer.readInt32BE(0))).toEqual([1, 3, 4])
    const offsets = answers
      .slice(0, 2)
      .map((answer) => decodeResponse(produceApi, 9, answer).response.responses[0]?.partitionResponses[0]?.baseOffset)
    expect(offsets).toEqual([0, 2])
  })

  test('is the only broker that a client is told of, at the address at which it was reached', async () => {
    const { http } = await cluster()
    const { address } = await bridge(http)
    const socket = connectTo(address)
    socket.write(frame(metadataApi, 9, 1, { topics: [] }))
    const [answer] = await frames(socket, 1)
    const { brokers } = decodeResponse(metadataApi, 9, answer ?? Buffer.alloc(0)).response
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([address])
  })

  test('answers MESSAGE_TOO_LARGE for what HTTPS cannot carry, and goes on', async () => {
    const { http } = await cluster()
    await orders(http)
    const socket = connectTo((await bridge(http)).address)
    socket.write(Buffer.concat([produce(1, 'x'.repeat(kafkaHttpFrameBytesMax)), produce(2, 'b')]))
    const answers = (await frames(socket, 2)).map((answer) => decodeResponse(produceApi, 9, answer).response)
    const partitions = answers.map(({ responses }) => responses[0]?.partitionResponses[0])
    expect(partitions).toMatchObject([
      { index: 0, errorCode: errorCodes.MESSAGE_TOO_LARGE, errorMessage: expect.stringMatching(/can be carried/) },
      { index: 0, errorCode: 0, baseOffset: 0 },
    ])
  })

  test.each([
    ['a frame of 2 GB', Buffer.from([0x7f, 0xff, 0xff, 0xff]), /not the Kafka protocol .*TLS or SASL/],
    ['the beginning of TLS', Buffer.from('16030100c8010000c40303', 'hex'), /not the Kafka protocol/],
    ['what is no request', Buffer.from([0, 0, 0, 2, 9, 9]), /400 .*no request of the Kafka protocol/],
  ])('closes the connection for %s, and says why', async (_, bytes, said) => {
    const { http } = await cluster()
    const reported: string[] = []
    const { address } = await bridge(http, { report: (error) => reported.push(error.message) })
    const socket = connectTo(address)
    socket.write(bytes)
    await once(socket, 'close')
    expect(reported).toEqual([expect.stringMatching(said)])
  })

  test('does not start where nobody answers, and says so', async () => {
    await expect(bridge('http://127.0.0.1:9')).rejects.toThrow(/No answer from http:\/\/127.0.0.1:9 .*is it up\?/)
  })

  test('stops at once, whoever waits', async () => {
    const { http } = await cluster()
    const { address, close } = await bridge(http)
    const socket = connectTo(address)
    await once(socket, 'connect')
    await close()
    await once(socket, 'close')
  })
})

/** Pauses pass at once; the deadline of an answer never does. */
const clock: Clock = {
  now: () => 0,
  sleep: (ms, signal) =>
    ms < clientAnswerMsMax
      ? Promise.resolve()
      : new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
}

describe('the way over HTTPS', () => {
  interface Told {
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: Buffer
  }

  /** A server that answers what a test wants, in the order of the list; the last answer repeats. */
  async function answering(answers: readonly { status: number; type?: string; body?: string | Buffer }[]) {
    const told: Told[] = []
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      told.push({ headers: request.headers, body: Buffer.concat(chunks) })
      const {
        status,
        type = 'application/json',
        body = '',
      } = answers[Math.min(told.length, answers.length) - 1] ?? {
        status: 500,
      }
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/`
    const exchange = async (options: Partial<KafkaHttpOptions> = {}, body: Uint8Array = Buffer.from([1, 2, 3])) => {
      try {
        const http = new KafkaHttp({ url, clock, entropy: seeded(1), ...options })
        return await http.exchange(body, '127.0.0.1:9092', new AbortController().signal)
      } catch (fault) {
        if (!(fault instanceof KafkaHttpError)) throw fault
        return `${fault.status}: ${fault.message}`
      } finally {
        server.close()
        server.closeAllConnections()
      }
    }
    return { told, exchange }
  }
  const bytes = { status: 200, type: 'application/octet-stream', body: Buffer.from([9, 8]) }

  test('a frame goes with the key, the headers, and the address at which we are reached', async () => {
    const { told, exchange } = await answering([bytes])
    expect(await exchange({ apiKey: 'KEY', headers: { 'x-team': 'a' } })).toEqual(Buffer.from([9, 8]))
    expect(told).toMatchObject([
      {
        body: Buffer.from([1, 2, 3]),
        headers: {
          'x-api-key': 'KEY',
          'x-team': 'a',
          'x-gregor-advertised': '127.0.0.1:9092',
          'content-type': 'application/octet-stream',
        },
      },
    ])
  })

  test('what a signer adds is sent', async () => {
    const { told, exchange } = await answering([bytes])
    await exchange({ sign: async ({ headers }) => ({ ...headers, authorization: 'signed' }) })
    expect(told[0]?.headers).toMatchObject({ authorization: 'signed', 'x-gregor-advertised': '127.0.0.1:9092' })
  })

  test('a throttled request is sent again, a bounded number of times', async () => {
    const once = await answering([{ status: 429 }, { status: 429 }, bytes])
    expect(await once.exchange()).toEqual(Buffer.from([9, 8]))
    const always = await answering([{ status: 429 }])
    expect(await always.exchange()).toMatch(/^429: .*throttled/)
    expect(always.told).toHaveLength(bridgeTriesMax)
  })

  test.each([500, 502, 503, 504])('after %d it is not sent again: it may have been done', async (status) => {
    const { told, exchange } = await answering([{ status, body: '{"message":"Endpoint request timed out"}' }, bytes])
    expect(await exchange()).toMatch(new RegExp(`^${status}: .*Endpoint request timed out`))
    expect(told).toHaveLength(1)
  })

  test.each([
    [403, '{"message":"Forbidden"}', /does not let us in \(Forbidden\): give the API key, or sign with SigV4/],
    [404, '{"message":"Not Found"}', /no Kafka endpoint at .*\/prod\/kafka .*check the URL and its stage/],
    [400, '{"error_code":400,"message":"The body is wrong."}', /answered 400 \(The body is wrong\)\./],
    [500, '<html>', /answered 500\./],
  ])('what %d means is said', async (status, body, said) => {
    const { exchange } = await answering([{ status, body }])
    expect(await exchange()).toMatch(said)
  })

  test('a page that answers everything is no cluster', async () => {
    const { exchange } = await answering([{ status: 200, type: 'text/html', body: '<html>' }])
    expect(await exchange()).toMatch(/not as a Gregor cluster does: check the URL/)
  })

  test('what is too large is not sent, and what the way refuses as too large is known as such', async () => {
    const local = await answering([bytes])
    expect(await local.exchange({}, new Uint8Array(kafkaHttpFrameBytesMax + 1))).toBe('too-large')
    expect(local.told).toEqual([])
    expect(await (await answering([{ status: 413 }])).exchange()).toBe('too-large')
    expect(await (await answering([{ status: 204 }])).exchange()).toBe('no-response')
  })
})

test('what waits for its turn is bounded: the client is not read from until there is room', async () => {
  const answers: (() => void)[] = []
  const http = {
    exchange: (frame: Uint8Array) =>
      new Promise<Buffer>((resolve) => answers.push(() => resolve(Buffer.from(frame.subarray(0, 1))))),
  }
  const sent: number[] = []
  let resumed = 0
  const relay = new FrameRelay(http, {
    advertised: '127.0.0.1:9092',
    send: async (bytes) => void sent.push(bytes[4] ?? -1),
    mayReceive: () => {
      resumed += 1
    },
    failed: (error) => {
      throw error
    },
  })
  const framed = (first: number) => {
    const bytes = Buffer.alloc(4 + bridgeHeldBytesMax / 2)
    bytes.writeInt32BE(bytes.length - 4)
    bytes[4] = first
    return bytes
  }
  expect([relay.receive(framed(1)), relay.receive(framed(2)), relay.receive(framed(3))]).toEqual([true, true, false])
  // One at a time: the second is not sent before the first is answered.
  expect(answers).toHaveLength(1)
  const turn = async () => {
    answers.shift()?.()
    for (let ticks = 0; ticks < 10; ticks++) await Promise.resolve()
  }
  await turn()
  expect([sent, resumed, answers.length]).toEqual([[1], 1, 1])
  await turn()
  await turn()
  expect([sent, resumed]).toEqual([[1, 2, 3], 1])
})
