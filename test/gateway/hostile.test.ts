/** Bytes that nobody should send, over real sockets, to a broker with all its handlers: a line each, and nothing else. */
import { describe, expect, test } from 'vitest'
import { frameBytesMax } from '../../lib/base/limits.ts'
import { corpus } from '../wire/corpus.ts'
import { broken } from '../wire/fuzz.ts'
import { seeded } from '../world/seeded.ts'
import { apiVersionsRequest, GatewayWorld } from './gateway-world.ts'

const MiB = 1024 * 1024
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const framed = (bytes: Buffer) => Buffer.concat([int32(bytes.length), bytes])
/** A request header with a client id of null, then whatever follows. */
const request = (key: number, version: number, ...body: readonly Buffer[]) => {
  const header = Buffer.alloc(10)
  header.writeInt16BE(key, 0)
  header.writeInt16BE(version, 2)
  header.writeInt16BE(-1, 8)
  return framed(Buffer.concat([header, ...body]))
}

describe('a connection is closed with one line, and the others go on,', () => {
  test.each([
    ['where a length is 2 GB', int32(0x7fffffff)],
    ['where a length is negative', int32(-1)],
    ['where a length is one more than a request may have', int32(frameBytesMax + 1)],
    ['where it is no Kafka at all', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
    ['where it is TLS', Buffer.from('16030100f8010000f40303', 'hex')],
    ['where a frame is empty', int32(0)],
    ['where a frame ends within its header', framed(Buffer.from([0, 3, 0]))],
    ['where an API is not served', request(999, 0)],
    ['where an API’s version is not served', request(3, 99)],
    ['where an array counts 2 billion', request(3, 1, int32(0x7fffffff))],
    ['where an array counts less than none', request(1, 4, Buffer.alloc(17), int32(-2))],
    ['where a string is longer than its frame', request(3, 1, int32(1), Buffer.from([0x7f, 0xff]))],
    [
      'where topics hold 2 billion partitions',
      request(1, 4, Buffer.alloc(17), int32(1), Buffer.from([0, 1, 116]), int32(0x7fffffff)),
    ],
    ['where a message ends too early', request(1, 4, Buffer.alloc(5))],
  ])('%s', async (_, bytes) => {
    await using world = await GatewayWorld.start()
    const honest = await world.connect()
    const client = await world.connect()
    client.socket.write(bytes)
    await client.closed
    expect(world.complaints).toHaveLength(1)
    expect(world.lines.find(({ level }) => level === 'warn')).toMatchObject({
      message: expect.stringMatching(/^connection closed: (no Kafka frame|a request that cannot be served)$/),
      fields: { peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/), reason: expect.any(String) },
    })
    expect(world.gateway.metrics.connectionsClosed.malformed).toBe(1)
    honest.socket.write(apiVersionsRequest)
    await honest.frame()
  })
})

/** Of this thread: what is resident counts the test files beside it. */
function ownBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('what was asked before a broken frame may be lost, but is never answered wrongly', async () => {
  await using world = await GatewayWorld.start()
  const client = await world.connect()
  client.socket.write(apiVersionsRequest)
  expect((await client.frame()).readInt32BE(0)).toBe(7)
  client.socket.write(Buffer.concat([apiVersionsRequest, int32(-1)]))
  await client.closed
  expect(world.complaints).toHaveLength(1)
})

test('lengths alone take no memory: hundreds of clients announce 100 MB each', async () => {
  await using world = await GatewayWorld.start()
  const before = ownBytes()
  const clients = await Promise.all(Array.from({ length: 300 }, () => world.connect()))
  for (const client of clients) client.socket.write(Buffer.concat([int32(frameBytesMax), Buffer.alloc(10)]))
  while (world.gateway.metrics.bytesIn < 300 * 14) await new Promise((resolve) => setImmediate(resolve))
  expect(world.gateway.heldBytes).toBeLessThan(400 * MiB)
  expect(ownBytes() - before).toBeLessThan(400 * MiB)
  for (const client of clients) client.socket.destroy()
  while (world.gateway.metrics.connections > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(world.gateway.heldBytes).toBe(0)
})

test('thousands of broken requests to all handlers: no bug is met, memory stays bounded, and whoever is honest is served', async () => {
  const random = seeded(20_261)
  const choose = (below: number) => Math.floor(random.fraction() * below)
  const requests = corpus.filter(({ responseTo }) => responseTo === undefined)
  await using world = await GatewayWorld.start()
  const before = ownBytes()
  let bytesMax = 0
  for (let connections = 0; connections < 2_000; connections++) {
    const client = await world.connect()
    const frames = Array.from({ length: 10 }, () =>
      broken(requests[choose(requests.length)]?.bytes ?? int32(0), choose),
    )
    client.socket.write(Buffer.concat(frames.map(framed)))
    // Whoever asks to wait for an hour is not waited for.
    client.socket.end()
    await client.closed
    bytesMax = Math.max(bytesMax, ownBytes() - before)
  }
  await world.turn()
  expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(world.broker.reported).toEqual([])
  expect(bytesMax).toBeLessThan(1_000 * MiB)
})
