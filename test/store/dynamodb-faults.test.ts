import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDynamoClient } from '../../lib/store/adapters/dynamodb/client.ts'
import { failureOf } from '../../lib/store/adapters/dynamodb/failure.ts'
import { createDynamoMetaStore } from '../../lib/store/adapters/dynamodb/meta-store.ts'
import { InvalidCall, OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { Change, MetaStore } from '../../lib/store/meta-store.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { cut, type Received, type Reply, startServer } from './scripted-server.ts'

const key = { pk: 'partition', sk: 'head' }
const stored = { pk: { S: 'partition' }, sk: { S: 'head' }, n: { N: '7' } }
const change: Change = [{ set: ['n'], to: { path: ['n'], plus: 1 } }]
const done = answering({ Attributes: stored })
const throttled = failing(400, 'ThrottlingException')

/** Every way to write; each must behave as the others. */
const writes: readonly (readonly [string, (store: MetaStore) => Promise<unknown>])[] = [
  ['an update', (store) => store.update(key, change)],
  ['a put', (store) => store.put(key)],
  ['a delete', (store) => store.delete(key)],
]

const unknowns: readonly (readonly [string, Reply])[] = [
  ['a cut connection', cut],
  ['half an answer', { cutAfter: { headers: { 'content-length': '100' }, body: '{"Attr' } }],
  ['an internal error', failing(500, 'InternalServerError')],
  ['503', failing(503, 'ServiceUnavailable')],
  ['a proxy without an answer', { status: 504 }],
  ['a proxy that gave up', { status: 408 }],
]

describe.each(writes)('%s', (_, write) => {
  test.each(unknowns)('that meets %s may have happened, and is not sent again', async (__, reply) => {
    const { store, received } = await open(() => reply)
    await expect(write(store)).rejects.toThrow(OutcomeUnknown)
    expect(received).toHaveLength(1)
  })

  test('that nobody answers is given up after its time, and may have happened', async () => {
    const { store, clock, received } = await open(() => {
      setImmediate(() => clock.expire())
      return 'silence'
    })
    await expect(write(store)).rejects.toThrow(OutcomeUnknown)
    expect(received).toHaveLength(1)
  })

  test.each([
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TransactionConflictException',
  ])('that meets %s did not happen and is sent again as it was', async (name) => {
    const { store, received } = await open(({ number }) => (number < 4 ? failing(400, name) : done))
    expect(await write(store)).toHaveProperty('done')
    expect(received).toHaveLength(4)
    expect(new Set(received.map(({ body }) => body.toString())).size).toBe(1)
  })

  test('that is throttled past all patience did not happen', async () => {
    const { store, clock, received } = await open(() => throttled)
    const began = clock.now()
    await expect(write(store)).rejects.toThrow(StoreUnavailable)
    expect(clock.now() - began).toBeLessThanOrEqual(10_000)
    expect(received.length).toBeGreaterThan(5)
    expect(received.length).toBeLessThanOrEqual(20)
  })

  test('that finds nobody at the address did not happen', async () => {
    const { store } = connect(`http://127.0.0.1:${await deadPort()}`)
    await expect(write(store)).rejects.toThrow(StoreUnavailable)
  })

  test('that has no permission did not happen, and is not tried again', async () => {
    const { store, received } = await open(() => failing(400, 'AccessDeniedException'))
    await expect(write(store)).rejects.toThrow(StoreUnavailable)
    expect(received).toHaveLength(1)
  })

  test('that DynamoDB finds invalid is a bug', async () => {
    const { store } = await open(() => failing(400, 'ValidationException'))
    await expect(write(store)).rejects.toThrow(InvalidCall)
  })

  test('whose condition fails is refused by what is there', async () => {
    const { store } = await open(() => failing(400, 'ConditionalCheckFailedException', { Item: stored }))
    expect(await write(store)).toEqual({ refused: { ...key, n: 7 } })
    const { store: empty } = await open(() => failing(400, 'ConditionalCheckFailedException'))
    expect(await write(empty)).toEqual({ refused: undefined })
  })
})

describe('a read', () => {
  test.each(unknowns)('that meets %s is tried again', async (_, reply) => {
    const { store, received } = await open(({ number }) => (number === 1 ? reply : answering({ Item: stored })))
    expect(await store.get(key)).toEqual({ ...key, n: 7 })
    expect(received).toHaveLength(2)
  })

  test('that nobody answers is tried again', async () => {
    const { store, clock } = await open(({ number }) => {
      if (number > 1) return answering({ Items: [stored] })
      setImmediate(() => clock.expire())
      return 'silence'
    })
    expect(await store.query('partition')).toEqual({ items: [{ ...key, n: 7 }], more: false })
  })

  test('that never succeeds is given up', async () => {
    const { store, received } = await open(() => failing(500, 'InternalServerError'))
    await expect(store.get(key)).rejects.toThrow(StoreUnavailable)
    expect(received.length).toBeLessThanOrEqual(20)
  })

  test('of many asks again, after a pause, for what was left unprocessed', async () => {
    const keys = Array.from({ length: 3 }, (_, index) => ({ pk: 'p', sk: `${index}` }))
    const { store, received, clock } = await open(({ body, number }) => {
      const { Keys: asked } = JSON.parse(body.toString()).RequestItems.table
      // The first two answers bring nothing, each later one an item.
      const brought = number < 3 ? 0 : 1
      const left = asked.slice(brought)
      return answering({
        Responses: { table: asked.slice(0, brought) },
        UnprocessedKeys: left.length > 0 ? { table: { Keys: left } } : {},
      })
    })
    expect(await store.getMany(keys.toReversed())).toEqual(keys.toReversed())
    expect(received).toHaveLength(5)
    expect(clock.pauses).toEqual([25, 50])
  })

  test('of many whose keys stay unprocessed is given up', async () => {
    const { store, received } = await open(({ body }) =>
      answering({ Responses: {}, UnprocessedKeys: JSON.parse(body.toString()).RequestItems }),
    )
    await expect(store.getMany([key])).rejects.toThrow(StoreUnavailable)
    expect(received.length).toBeLessThanOrEqual(20)
  })
})

test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])('%s means that nothing was sent', (code) => {
  expect(failureOf(Object.assign(new Error('no connection'), { code }))).toBe('turned-away')
})

test('pauses are a random part of a growing time', async () => {
  const { store, clock } = await open(({ number }) => (number <= 8 ? throttled : done))
  await store.update(key, change)
  expect(clock.pauses).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000])
})

test('an update is one request with placeholders only, and asks for the item in any case', async () => {
  const { store, received } = await open(() => done)
  await store.update(
    key,
    [...change, { set: ['q', 'k'], to: { path: ['n'] } }, { remove: ['q', 'old'] }],
    [
      { path: ['e'], is: '=', than: { value: 7 } },
      { path: ['q', 'k'], is: 'absent' },
      { path: ['o'], is: '<', than: { path: ['n'] }, orAbsent: true },
      { path: ['q'], is: 'size<', than: 32 },
    ],
  )
  expect(JSON.parse(received[0]?.body.toString() ?? '')).toEqual({
    TableName: 'table',
    Key: { pk: { S: 'partition' }, sk: { S: 'head' } },
    UpdateExpression: 'SET #0=#0+:0,#1.#2=#0 REMOVE #1.#3',
    ConditionExpression:
      '#4=:1 AND attribute_not_exists(#1.#2) AND (#5<#0 OR attribute_not_exists(#5)) AND size(#1)<:2',
    ExpressionAttributeNames: { '#0': 'n', '#1': 'q', '#2': 'k', '#3': 'old', '#4': 'e', '#5': 'o' },
    ExpressionAttributeValues: { ':0': { N: '1' }, ':1': { N: '7' }, ':2': { N: '32' } },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
})

test('a number past 2^53 in an answer is said, not rounded', async () => {
  const { store } = await open(() => answering({ Item: { ...stored, n: { N: '9007199254740993' } } }))
  await expect(store.get(key)).rejects.toThrow(InvalidCall)
})

async function open(answer: (request: Received) => Reply) {
  const { url, received } = await startServer(answer)
  return { ...connect(url), received }
}

/** A store whose every random number is 1, and whose pauses pass at once. */
function connect(endpoint: string) {
  const client = createDynamoClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  onTestFinished(() => client.destroy())
  const clock = new ImpatientClock()
  const entropy = { fraction: () => 1, bytes: (length: number) => new Uint8Array(length) }
  return { store: createDynamoMetaStore({ client, tableName: 'table', clock, entropy }), clock }
}

function answering(body: object): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) }
}

function failing(status: number, name: string, more: object = {}): Reply {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...more }
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) }
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
