/** The order of requests and answers on one connection. */
import { expect, test } from 'vitest'
import { connectionRequestsMax } from '../../lib/base/limits.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { apiVersionsRequest, GatewayWorld, Script } from './gateway-world.ts'

const start = async (options: { failed?: boolean; configs?: Record<string, string> } = {}) => {
  const script = new Script()
  const { failed = true, ...rest } = options
  return { script, world: await GatewayWorld.start({ handlers: script.handlers(failed), ...rest }) }
}

test('requests that admit the next one are under way together, and are answered in their order', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  const names = ['admit-1', 'admit-2', 'admit-3', 'admit-4', 'admit-5']
  for (const name of names) client.send(name)
  await script.begins(5)
  expect(script.begun).toEqual(names)
  for (const [index, name] of [...names.entries()].reverse()) script.answer(name, { errorCode: index })
  const answers = [await client.answer(), await client.answer(), await client.answer(), await client.answer()]
  expect([...answers, await client.answer()]).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
  ])
})

test('a request that does not admit the next one is answered before that begins', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('admit-1')
  client.send('alone')
  client.send('admit-2')
  await script.begins(2)
  const other = await world.connect()
  other.send('another connection')
  await script.begins(3)
  expect(script.begun).toEqual(['admit-1', 'alone', 'another connection'])
  script.answer('alone')
  await script.begins(4)
  expect(script.begun.at(-1)).toBe('admit-2')
  script.answer('admit-2')
  script.answer('admit-1')
  expect([await client.answer(), await client.answer(), await client.answer()].map(([id]) => id)).toEqual([1, 2, 3])
})

test('a request that wants no answer (acks 0) gets none, and holds back nobody behind it but for its place', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('admit-silent')
  client.send('admit-loud')
  await script.begins(2)
  script.answer('admit-loud', { errorCode: 7 })
  script.answer('admit-silent', 'no-response')
  expect(await client.answer()).toEqual([2, 7])
})

test('only so many requests of one connection are under way at once', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  for (let at = 0; at < connectionRequestsMax + 10; at++) client.send(`admit-${at}`)
  await script.begins(connectionRequestsMax)
  const other = await world.connect()
  other.send('later')
  await script.begins(connectionRequestsMax + 1)
  expect(script.begun.at(-1)).toBe('later')
  script.answer('admit-0')
  await script.begins(connectionRequestsMax + 2)
  expect(script.begun.at(-1)).toBe(`admit-${connectionRequestsMax}`)
})

test('thousands of requests that are answered at once let other connections have their turn', async () => {
  const script = new Script()
  await using world = await GatewayWorld.start({ handlers: script.handlers(true) })
  const [flood, other] = [await world.connect(), await world.connect()]
  const count = 20_000
  flood.socket.write(Buffer.concat(Array.from({ length: count }, () => apiVersionsRequest)))
  other.send('other')
  await script.begins(1)
  const served = world.gateway.metrics.apis.get('ApiVersions')?.byVersion.get(0) ?? 0
  // One read brings 64 KiB, 4,681 of them.
  expect(served).toBeLessThan(2_000)
  script.answer('other')
  await other.answer()
  for (let at = 0; at < count; at++) expect((await flood.frame()).readInt32BE(0)).toBe(7)
})

test('a request that is answered late admits nobody past one that was begun after it', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('admit-1')
  client.send('alone')
  client.send('waits')
  await script.begins(2)
  script.answer('admit-1')
  await client.answer()
  script.contexts.get('admit-1')?.admitNext()
  await world.turn()
  expect(script.begun).toEqual(['admit-1', 'alone'])
  script.answer('alone')
  await script.begins(3)
})

test('a fault of the store is answered with its code where the API has a place for it', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('broken')
  await script.begins(1)
  script.fail('broken', new StoreUnavailable('a read', new Error('down')))
  expect(await client.answer()).toEqual([1, 15])
  expect(world.complaints).toEqual([])
})

test('a fault closes the connection where the API has no place for it, with a line', async () => {
  const { script, world } = await start({ failed: false })
  await using _ = world
  const client = await world.connect()
  client.send('broken')
  await script.begins(1)
  script.fail('broken', new Error('a bug'))
  await client.closed
  expect(world.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { fields: { err: { message: 'a bug' } }, message: 'connection closed: a request failed' },
  ])
  expect(world.gateway.metrics.connectionsClosed.failed).toBe(1)
})

test('a client that is gone is known to its requests', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('poll')
  await script.begins(1)
  const signal = script.contexts.get('poll')?.signal
  expect(signal?.aborted).toBe(false)
  const aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve))
  client.socket.destroy()
  await aborted
  script.answer('poll')
  expect(script.contexts.get('poll')?.clientHost).toBe('/127.0.0.1')
})

test('what was begun is answered when the gateway closes, what waits is told, and nothing more is begun', async () => {
  const { script, world } = await start()
  await using _ = world
  const client = await world.connect()
  client.send('admit-1')
  client.send('poll')
  client.send('never begun')
  await script.begins(2)
  const idle = await world.connect()
  const signal = script.contexts.get('poll')?.signal
  const told = new Promise((resolve) => signal?.addEventListener('abort', resolve))
  const closed = world.gateway.close()
  await told
  await idle.closed
  script.answer('poll', { errorCode: 2 })
  script.answer('admit-1', { errorCode: 1 })
  expect([await client.answer(), await client.answer()]).toEqual([
    [1, 1],
    [2, 2],
  ])
  await client.closed
  await closed
  expect(script.begun).toEqual(['admit-1', 'poll'])
})

test('clients that connect before the broker is ready are answered when it is', async () => {
  const script = new Script()
  await using world = await GatewayWorld.listen()
  const early = await world.connect()
  early.send('early')
  world.serve({ handlers: script.handlers(true) })
  await script.begins(1)
  script.answer('early')
  expect(await early.answer()).toEqual([1, 0])
})
