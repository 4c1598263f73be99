/**
 * Requests whose memory is used again are written, and read, as they were sent. Memory that is given back is overwritten
 * here at once, so that whoever still looked at it would see other bytes than were produced.
 */
import { expect, test } from 'vitest'
import { FrameMemory } from '../../lib/gateway/frame-memory.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { BrokerWorld } from '../broker/world.ts'
import { type Client, GatewayWorld } from './gateway-world.ts'

const version = 9
const fetchVersion = 11
const partitions = [0, 1, 2]
const now = 1_790_000_000_000

/** Bytes that no other request has: its number, again and again. */
const valueFor = (request: number, partition: number, bytes: number) => Buffer.alloc(bytes, `<${request}:${partition}>`)

function produceFrame(correlationId: number, bytes: number, acks = -1, to = partitions): Buffer {
  const partitionData = to.map((index) => {
    const batch = buildBatch({ now, records: [{ value: valueFor(correlationId, index, bytes) }] })
    return { index, records: [batch] }
  })
  const topicData = [{ name: 'orders', partitionData }]
  return Buffer.concat(
    encodeRequest(produceApi, version, { correlationId, clientId: null }, { acks, timeoutMs: 30_000, topicData }),
  )
}

function fetchFrame(offset: number, { maxWaitMs = 0, from = partitions }): Buffer {
  const wanted = from.map((partition) => ({ partition, fetchOffset: BigInt(offset), partitionMaxBytes: 1 << 24 }))
  const request = {
    maxWaitMs,
    minBytes: 1,
    maxBytes: 1 << 25,
    sessionEpoch: -1,
    topics: [{ topic: 'orders', partitions: wanted }],
  }
  return Buffer.concat(
    encodeRequest(
      fetchApi,
      fetchVersion,
      { correlationId: 0, clientId: null },
      { ...request, forgottenTopicsData: [] },
    ),
  )
}

/** What a client gets of a partition from `offset` on. */
async function fetched(client: Client, offset: number, options = {}): Promise<Buffer[]> {
  client.socket.write(fetchFrame(offset, options))
  const { response } = decodeResponse(fetchApi, fetchVersion, await client.frame())
  return (response.responses[0]?.partitions ?? []).map(({ records }) => records ?? Buffer.alloc(0))
}

async function startSpoiling() {
  const broker = new BrokerWorld()
  await broker.createTopic('orders', partitions.length)
  let spoilt = 0
  const spoil = (bytes: Uint8Array) => {
    spoilt += 1
    bytes.fill(0xee)
  }
  const world = await GatewayWorld.start({ broker, memory: new FrameMemory({ lends: true, spoil }) })
  return { world, spoilt: () => spoilt }
}

test.each([
  ['small', 900, 20],
  ['of some KB', 20_000, 20],
  ['longer than what is taken at once', 400_000, 4],
])(
  'records of requests in flight, %s, are there as they were sent',
  async (_, bytes, requests) => {
    const { world, spoilt } = await startSpoiling()
    await using _world = world
    const [producer, consumer] = [await world.connect(), await world.connect()]
    for (let request = 0; request < requests; request++) producer.socket.write(produceFrame(request, bytes))
    for (let request = 0; request < requests; request++) {
      const { response } = decodeResponse(produceApi, version, await producer.frame())
      expect(
        response.responses[0]?.partitionResponses.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
      ).toEqual(partitions.map(() => [0, request]))
    }
    expect(spoilt()).toBeGreaterThanOrEqual(requests)
    for (let request = 0; request < requests; request++) {
      const records = await fetched(consumer, request)
      for (const partition of partitions) {
        expect(records[partition]?.includes(valueFor(request, partition, bytes)), `request ${request}`).toBe(true)
      }
    }
  },
  20_000,
)

test('a consumer gets what was sent from memory, where a request is little more than one batch', async () => {
  const { world, spoilt } = await startSpoiling()
  await using _world = world
  const [producer, consumer] = [await world.connect(), await world.connect()]
  const requests = 12
  for (let request = 0; request < requests; request++) {
    const waiting = fetched(consumer, request, { maxWaitMs: 5_000, from: [0] })
    producer.socket.write(produceFrame(request, 9_000, -1, [0]))
    await producer.frame()
    expect((await waiting)[0]?.includes(valueFor(request, 0, 9_000)), `request ${request}`).toBe(true)
  }
  expect(spoilt()).toBe(requests)
})

test('requests that wait for no answer give their memory back too, and nothing of theirs is lost', async () => {
  const { world, spoilt } = await startSpoiling()
  await using _world = world
  const [producer, consumer] = [await world.connect(), await world.connect()]
  for (let request = 0; request < 5; request++) producer.socket.write(produceFrame(request, 5_000, 0))
  producer.socket.write(produceFrame(5, 5_000))
  await producer.frame()
  for (let request = 0; request < 6; request++) {
    const records = await fetched(consumer, request)
    expect(records[0]?.includes(valueFor(request, 0, 5_000))).toBe(true)
  }
  expect(spoilt()).toBe(6)
})
