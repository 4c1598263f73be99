/** What a gateway takes, and what it does with who wants more, or nothing at all. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { connectionHeldBytesMax, connectionUnsentBytesMax } from '../../lib/base/limits.ts'
import type { Served, Transport } from '../../lib/broker/broker.ts'
import { apiVersionsRequest, type Client, GatewayWorld, Script } from './gateway-world.ts'

const MiB = 1024 * 1024

/** Until the gateway reads nothing more from the client, who has more to send. */
async function unread(client: Client, world: GatewayWorld): Promise<void> {
  let bytesIn = -1
  while (world.gateway.metrics.bytesIn !== bytesIn || client.socket.writableLength === 0) {
    await world.turn()
    bytesIn = world.gateway.metrics.bytesIn
    await world.turn()
    bytesIn += apiVersionsRequest.length
  }
}

test('a connection is not read from while too much is unanswered, and goes on when it is answered', async () => {
  const script = new Script()
  await using world = await GatewayWorld.start({ handlers: script.handlers(true) })
  const client = await world.connect()
  const count = 1_200
  for (let at = 0; at < count; at++) client.send(`${at}`, 32_000)
  await unread(client, world)
  expect(world.gateway.heldBytes).toBeGreaterThanOrEqual(connectionHeldBytesMax)
  expect(world.gateway.heldBytes).toBeLessThan(connectionHeldBytesMax + MiB)
  for (let at = 0; at < count; at++) {
    await script.begins(at + 1)
    script.answer(`${at}`)
    expect(await client.answer()).toEqual([at + 1, 0])
  }
  expect(world.gateway.heldBytes).toBe(0)
})

test('a request larger than what a connection may hold is taken when it is alone', async () => {
  const lengths: number[] = []
  const handle = async (frame: Buffer): Promise<Served> => {
    lengths.push(frame.length)
    return { api: 'Test', version: 0, clientId: null, response: [Buffer.from([0, 0, 0, 1, 9])] }
  }
  await using world = await GatewayWorld.start({ handle })
  const client = await world.connect()
  const length = connectionHeldBytesMax + MiB
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(length)
  client.socket.write(prefix)
  client.socket.write(Buffer.alloc(length))
  expect(await client.frame()).toEqual(Buffer.from([9]))
  expect(lengths).toEqual([length])
})

describe('what is to be done after an answer was sent', () => {
  const done: number[] = []
  const answerBytes = 16 * MiB
  const handle = async (frame: Buffer, { afterSent }: Transport): Promise<Served> => {
    const id = frame.readInt32BE(4)
    // `world.turn()` is 7.
    const response = [Buffer.from([0, 0, 0, 5, 0, 0, 0, id, 9])]
    if (id === 7) return { api: 'Test', version: 0, clientId: null, response }
    afterSent?.(() => void done.push(id))
    const body = Buffer.alloc(answerBytes, id)
    const head = Buffer.alloc(8)
    head.writeInt32BE(answerBytes + 4)
    head.writeInt32BE(id, 4)
    return { api: 'Test', version: 0, clientId: null, response: [head, body] }
  }
  const request = (id: number) => Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, id, 0, 0])

  test('is done when the client has so much of it that the system holds the rest', async () => {
    done.length = 0
    await using world = await GatewayWorld.start({ handle })
    const client = await world.connect()
    client.socket.pause()
    client.socket.write(request(1))
    await world.turn()
    await world.turn()
    expect(done).toEqual([])
    client.socket.resume()
    expect(await client.frame()).toHaveLength(answerBytes + 4)
    await world.turn()
    expect(done).toEqual([1])
  })

  test('is not done when the connection breaks before', async () => {
    done.length = 0
    await using world = await GatewayWorld.start({ handle })
    const client = await world.connect()
    client.socket.pause()
    client.socket.write(request(1))
    await world.turn()
    client.socket.resetAndDestroy()
    for (let turns = 0; turns < 3; turns++) await world.turn()
    expect(done).toEqual([])
  })
})

describe('a client that does not take its answers', () => {
  const answerBytes = connectionUnsentBytesMax
  const begun: Buffer[] = []
  /** Large answers, but for the requests of `world.turn()`. */
  const handle = async (frame: Buffer): Promise<Served> => {
    const isTurn = frame.readInt32BE(4) === 7
    if (!isTurn) begun.push(frame)
    const answer = Buffer.alloc(isTurn ? 8 : answerBytes)
    answer.writeInt32BE(answer.length - 4)
    return { api: 'Test', version: 0, clientId: null, response: [answer] }
  }
  const request = Buffer.from('0000000a00120000000000080000', 'hex')

  test('has no further request begun until it does', async () => {
    begun.length = 0
    await using world = await GatewayWorld.start({ handle })
    const client = await world.connect()
    client.socket.pause()
    const count = 60
    client.socket.write(Buffer.concat(Array.from({ length: count }, () => request)))
    while (world.gateway.metrics.unsentBytes < connectionUnsentBytesMax / 2) await world.turn()
    for (let turns = 0; turns < 3; turns++) await world.turn()
    expect(begun.length).toBeLessThan(count)
    expect(world.gateway.metrics.unsentBytes).toBeLessThan(2 * answerBytes)
    client.socket.resume()
    for (let at = 0; at < count; at++) expect((await client.frame()).length).toBe(answerBytes - 4)
    expect(begun.length).toBe(count)
    while (world.gateway.metrics.unsentBytes > 0) await world.turn()
  })

  test('is cut off when memory is short, whoever has waited longest first; the others stay', async () => {
    await using world = await GatewayWorld.start({ handle, unsentBytesMax: 1.5 * answerBytes })
    const [first, second] = [await world.connect(), await world.connect()]
    for (const client of [first, second]) {
      client.socket.pause()
      client.socket.write(Buffer.concat(Array.from({ length: 60 }, () => request)))
      while (world.gateway.metrics.unsentBytes === 0) await world.turn()
    }
    while (world.gateway.metrics.connectionsClosed.unsent === 0) await world.turn()
    expect(world.complaints).toEqual(['connection closed: its client takes no answers, and memory is short'])
    first.socket.resume()
    await first.closed
    second.socket.resume()
    for (let at = 0; at < 60; at++) await second.frame()
  })
})

test('one client with half a request in the way of all memory does not stop the others', async () => {
  const script = new Script()
  await using world = await GatewayWorld.start({ handlers: script.handlers(true), heldBytesMax: 2 * MiB })
  const halves: Client[] = []
  for (let count = 0; count < 8; count++) {
    const half = await world.connect()
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(64 * MiB)
    half.socket.write(Buffer.concat([prefix, Buffer.alloc(MiB)]))
    halves.push(half)
  }
  while (world.gateway.heldBytes < 2 * MiB) await new Promise((resolve) => setImmediate(resolve))
  const other = await world.connect()
  other.send('other')
  // It may not read while all is used; it may as soon as one of them goes.
  for (const half of halves) half.socket.destroy()
  await script.begins(1)
  script.answer('other')
  expect(await other.answer()).toEqual([1, 0])
  while (world.gateway.metrics.connections > 1) await new Promise((resolve) => setImmediate(resolve))
  expect(world.gateway.heldBytes).toBe(0)
})

describe('connections', () => {
  test('are refused beyond max.connections, and taken again when one is gone', async () => {
    await using world = await GatewayWorld.start({ configs: { 'max.connections': '2' } })
    const [first] = [await world.connect(), await world.connect()]
    await world.turn().catch(() => undefined)
    const third = await world.connect()
    await third.closed
    expect(world.complaints).toContain('connection refused: too many')
    expect(world.gateway.metrics.connections).toBe(2)
    first.socket.end()
    await first.closed
    while (world.gateway.metrics.connections === 2) await new Promise((resolve) => setImmediate(resolve))
    await world.turn()
  })

  test('are refused beyond max.connections.per.ip, and taken again when one is gone', async () => {
    await using world = await GatewayWorld.start({ configs: { 'max.connections.per.ip': '2' } })
    const [first] = [await world.connect(), await world.connect()]
    const third = await world.connect()
    await third.closed
    expect(world.lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({ limit: 'max.connections.per.ip' })
    first.socket.end()
    await first.closed
    while (world.gateway.metrics.connections === 2) await new Promise((resolve) => setImmediate(resolve))
    await world.turn()
  })

  test('are closed when nothing is sent on them for connections.max.idle.ms, but not while a request waits', async () => {
    const script = new Script()
    const handlers = script.handlers(true)
    await using world = await GatewayWorld.start({ handlers, configs: { 'connections.max.idle.ms': '200' } })
    const [idle, slow, busy] = [await world.connect(), await world.connect(), await world.connect()]
    busy.send('poll')
    // A byte now and then is no request: a connection is idle until one is whole.
    const trickle = setInterval(() => slow.socket.write(Buffer.from([0])), 40)
    slow.socket.write(Buffer.from([0, 0, 1, 0]))
    await Promise.all([idle.closed, slow.closed])
    clearInterval(trickle)
    expect(world.gateway.metrics.connectionsClosed.idle).toBe(2)
    script.answer('poll')
    expect(await busy.answer()).toEqual([1, 0])
    await busy.closed
    expect(world.complaints).toEqual([])
  })

  test('that their clients reset while they are answered harm nobody', async () => {
    const script = new Script()
    await using world = await GatewayWorld.start({ handlers: script.handlers(true) })
    const client = await world.connect()
    client.send('admit-1')
    client.send('admit-2')
    await script.begins(2)
    client.socket.resetAndDestroy()
    await once(client.socket, 'close')
    while (world.gateway.metrics.connections > 0) await new Promise((resolve) => setImmediate(resolve))
    script.answer('admit-1')
    script.answer('admit-2')
    await world.turn()
    expect(world.gateway.heldBytes).toBe(0)
    expect(world.complaints).toEqual([])
  })
})
