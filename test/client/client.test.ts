import { expect, test } from 'vitest'
import type { ConsumerRecord, StartPosition } from '../../lib/client/client-types.ts'
import { GregorError } from '../../lib/client/gregor-error.ts'
import { partitionForKey } from '../../lib/records/partitioner.ts'
import { SimClock } from '../world/sim-clock.ts'
import { connect } from './connect.ts'

const all = async (records: AsyncIterable<ConsumerRecord>) => {
  const gathered: ConsumerRecord[] = []
  for await (const record of records) gathered.push(record)
  return gathered
}
const texts = (records: readonly ConsumerRecord[]) => records.map((record) => record.value?.toString())

test('topics are created, described, altered, listed and deleted', async () => {
  const { client } = connect()
  const created = await client.topics.create('orders', { partitions: 3, configs: { 'retention.ms': '1000' } })
  expect(created).toEqual({ name: 'orders', partitionsCount: 3, replicationFactor: 1, isInternal: false })
  expect(await client.topics.list()).toEqual([created])
  expect(await client.topics.describe('orders')).toEqual(created)
  expect((await client.topics.setPartitionCount('orders', 5)).partitionsCount).toBe(5)
  await client.topics.alterConfigs('orders', { 'retention.ms': null, 'cleanup.policy': 'compact' })
  const configs = new Map((await client.topics.configs('orders')).map((entry) => [entry.name, entry]))
  expect(configs.get('retention.ms')?.isDefault).toBe(true)
  expect(configs.get('cleanup.policy')).toEqual({ name: 'cleanup.policy', value: 'compact', isDefault: false })
  await client.topics.delete('orders')
  await expect(client.topics.describe('orders')).rejects.toMatchObject({
    name: 'GregorError',
    errorCode: 40401,
    status: 404,
  })
  await expect(client.topics.create('../x')).rejects.toMatchObject({ errorCode: 40002, retriable: false })
})

test('a list longer than a page is followed to its end', async () => {
  const { client, cluster } = connect()
  for (let topic = 0; topic < 1_005; topic += 1) await cluster.createTopic(`t${topic}`)
  expect(await client.topics.list()).toHaveLength(1_005)
})

test('records come back as the bytes that went in', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t')
  const value = Buffer.from([0, 255, 10, 128])
  const results = await client.produce('t', [
    {
      key: 'k',
      value,
      headers: [
        { key: 'h', value: 'é' },
        { key: 'n', value: null },
      ],
      timestamp: 1_700_000_000_000,
    },
    { value: null, key: new Uint8Array([1]) },
    { value: '' },
  ])
  expect(results).toEqual([0, 1, 2].map((offset) => ({ outcome: 'produced', partition: 0, offset })))
  const [first, second, third] = await all(client.read('t', 0))
  expect(first).toEqual({
    topic: 't',
    partition: 0,
    offset: 0,
    timestamp: 1_700_000_000_000,
    key: Buffer.from('k'),
    value,
    headers: [
      { key: 'h', value: Buffer.from('é') },
      { key: 'n', value: null },
    ],
  })
  expect(second).toMatchObject({ key: Buffer.from([1]), value: null })
  expect(third).toMatchObject({ key: null, value: Buffer.alloc(0) })
})

test('keys go where every Kafka client puts them, other records of a call stay together', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t', 12)
  const keys = ['101', '102', 'abc', 'foobar', '']
  const keyed = await client.produce(
    't',
    keys.map((key) => ({ key, value: key })),
  )
  expect(keyed.map((result) => result.partition)).toEqual(keys.map((key) => partitionForKey(Buffer.from(key), 12)))
  const keyless = await client.produce(
    't',
    Array.from({ length: 50 }, () => ({ value: 'v' })),
  )
  expect(new Set(keyless.map((result) => result.partition)).size).toBe(1)
})

test('a partitioner of one’s own decides, and an explicit partition goes before it', async () => {
  const seen: unknown[] = []
  const { client, cluster } = connect({
    partitioner: (choice) => {
      seen.push([choice.topic, choice.key?.toString(), choice.partitionCount])
      return Number(choice.value?.toString()) % choice.partitionCount
    },
  })
  await cluster.createTopic('t', 3)
  const results = await client.produce('t', [{ value: '4' }, { value: '5', key: 'k' }, { value: '6', partition: 2 }])
  expect(results.map((result) => result.partition)).toEqual([1, 2, 2])
  expect(seen).toEqual([
    ['t', undefined, 3],
    ['t', 'k', 3],
  ])
})

test.each([3, -1, 1.5, Number.NaN])(
  'a partitioner that chooses %d of three partitions is told so, and nothing is sent',
  async (chosen) => {
    const { client, cluster, requests } = connect({ partitioner: () => chosen })
    await cluster.createTopic('t', 3)
    await expect(client.produce('t', [{ value: 'v' }])).rejects.toThrow(/partition/)
    expect(requests.some((request) => request.method === 'POST')).toBe(false)
  },
)

test('what is too large for one request goes in several, in order', async () => {
  const { client, cluster, requests } = connect()
  await cluster.createTopic('t')
  const records = Array.from({ length: 100 }, (_, index) => ({ value: `${index}${'x'.repeat(80_000)}` }))
  const results = await client.produce('t', records)
  expect(results.map((result) => result.outcome === 'produced' && result.offset)).toEqual([...Array(100).keys()])
  expect(requests.filter((request) => request.method === 'POST').length).toBeGreaterThan(2)
  expect(texts(await all(client.read('t', 0)))).toEqual(records.map((record) => record.value))
})

test('a record that is too large for any request is refused in its place, and the others are not', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t')
  const results = await client.produce('t', [{ value: 'a' }, { value: 'x'.repeat(5_000_000) }, { value: 'b' }])
  expect(results).toMatchObject([
    { outcome: 'produced', offset: 0 },
    { outcome: 'failed', errorCode: 413, retriable: false },
    { outcome: 'produced', offset: 1 },
  ])
})

test('acks 0 says that records were accepted, no more', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t')
  expect(await client.produce('t', [{ value: 'v' }], { acks: 0 })).toEqual([{ outcome: 'accepted', partition: 0 }])
})

test('a record that is refused is a result, not a throw', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t', 1, { 'cleanup.policy': 'compact' })
  expect(await client.produce('t', [{ value: 'v' }])).toMatchObject([
    { outcome: 'failed', errorCode: 422, retriable: false },
  ])
})

test.each([429, 502, 503, 504])('status %i is tried again', async (status) => {
  let failures = 2
  const { client, cluster } = connect({ before: () => (failures-- > 0 ? new Response('busy', { status }) : undefined) })
  await cluster.createTopic('t')
  expect((await client.topics.list()).map((topic) => topic.name)).toEqual(['t'])
})

test('a refused connection is tried again, and in the end reported with its reason', async () => {
  let tries = 0
  const { client } = connect({
    before: () => {
      tries += 1
      throw Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      })
    },
    retry: { attemptsMax: 3, backoffMs: 1 },
  })
  await expect(client.topics.list()).rejects.toThrow(/ECONNREFUSED/)
  expect(tries).toBe(3)
})

test('what is refused for good is not tried again', async () => {
  const { client, requests } = connect()
  await client.clusterId()
  const before = requests.length
  await expect(client.topics.describe('none')).rejects.toBeInstanceOf(GregorError)
  expect(requests.length).toBe(before + 1)
})

test('records whose store was busy are sent again, the others are not', async () => {
  let first = true
  const { client, cluster, requests } = connect({
    before: async (request) => {
      if (request.method !== 'POST' || !first) return undefined
      first = false
      const { records } = (await request.json()) as { records: object[] }
      // As the cluster answers: one partition done, the other not.
      const done = await cluster.send('POST', '/topics/t', {
        type: 'application/vnd.kafka.binary.v2+json',
        json: { records: records.slice(0, 1) },
      })
      return Response.json({ offsets: [...done.body.offsets, { error_code: 50003, error: 'busy' }] })
    },
  })
  await cluster.createTopic('t', 2)
  const results = await client.produce('t', [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1 },
  ])
  expect(results).toEqual([
    { outcome: 'produced', partition: 0, offset: 0 },
    { outcome: 'produced', partition: 1, offset: 0 },
  ])
  const last = requests.filter((request) => request.method === 'POST').at(-1)
  expect(last).toBeDefined()
  expect(texts(await all(client.consume('t'))).sort()).toEqual(['a', 'b'])
})

test('something else than Gregor behind the URL is named', async () => {
  const { client } = connect({ before: () => new Response('<html>', { status: 200 }) })
  await expect(client.topics.list()).rejects.toThrow(/not as a Gregor cluster/)
})

test('headers go with every request', async () => {
  const { client, requests, cluster } = connect({ headers: { authorization: 'Bearer x' } })
  await cluster.createTopic('t')
  await client.produce('t', [{ value: 'v' }])
  expect(requests.every((request) => request.headers.get('authorization') === 'Bearer x')).toBe(true)
})

test('reading begins where it is told to, and ends at the end of the log', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t')
  await client.produce(
    't',
    ['a', 'b', 'c'].map((value, index) => ({ value, timestamp: 1_000 + index })),
  )
  expect(texts(await all(client.read('t', 0, { from: 'earliest' })))).toEqual(['a', 'b', 'c'])
  expect(texts(await all(client.read('t', 0, { from: 'latest' })))).toEqual([])
  expect(texts(await all(client.read('t', 0, { from: 2 })))).toEqual(['c'])
  expect(texts(await all(client.read('t', 0, { from: { timestamp: 1_001 } })))).toEqual(['b', 'c'])
  expect(texts(await all(client.read('t', 0, { from: { timestamp: 9_000 } })))).toEqual([])
  expect(texts(await all(client.read('t', 0, { maxBytes: 1 })))).toEqual(['a', 'b', 'c'])
  await expect(all(client.read('t', 0, { from: 4 }))).rejects.toMatchObject({ errorCode: 40003 })
})

test('following goes on as records come, until it is told to stop', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t')
  await client.produce('t', [{ value: '0' }])
  const stop = new AbortController()
  const seen: string[] = []
  for await (const record of client.read('t', 0, { follow: true, signal: stop.signal })) {
    seen.push(String(record.value))
    if (seen.length === 5) break
    await client.produce('t', [{ value: String(seen.length) }])
  }
  expect(seen).toEqual(['0', '1', '2', '3', '4'])
})

test('whoever stops reading leaves no request behind that waits', async () => {
  const { client, cluster, requests } = connect()
  await cluster.createTopic('t')
  await client.produce('t', [{ value: 'v' }])
  for await (const _ of client.read('t', 0, { follow: true })) break
  const polls = requests.filter((request) => request.url.includes('/records'))
  expect(polls.map((request) => request.signal.aborted)).toEqual([true, true])
})

test('an aborted wait ends with the reason', async () => {
  const stop = new AbortController()
  const { client, cluster } = connect({
    before: (request) => {
      if (request.url.includes('timeout=')) stop.abort(new Error('enough'))
      return undefined
    },
  })
  await cluster.createTopic('t')
  await expect(all(client.read('t', 0, { follow: true, signal: stop.signal }))).rejects.toThrow('enough')
})

test('all partitions of a topic are consumed, each in its order', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t', 40)
  await client.produce(
    't',
    Array.from({ length: 400 }, (_, index) => ({ value: String(index), partition: index % 40 })),
  )
  const records = await all(client.consume('t'))
  expect(records).toHaveLength(400)
  for (let partition = 0; partition < 40; partition += 1) {
    const own = records.filter((record) => record.partition === partition).map((record) => Number(record.value))
    expect(own).toEqual(Array.from({ length: 10 }, (_, index) => partition + index * 40))
  }
  const some = await all(
    client.consume('t', {
      partitions: [1, 2],
      from: new Map<number, StartPosition>([
        [1, 9],
        [2, 'latest'],
      ]),
    }),
  )
  expect(texts(some)).toEqual(['361'])
})

test('a slow consumer of many partitions leaves nothing behind when it stops', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t', 5)
  await client.produce(
    't',
    Array.from({ length: 50 }, (_, index) => ({ value: String(index), partition: index % 5 })),
  )
  for await (const _ of client.consume('t', { follow: true })) break
})

test('offsets of groups are committed, fetched, described, reset and forgotten', async () => {
  const { client, cluster } = connect()
  await cluster.createTopic('t', 2)
  await client.produce(
    't',
    Array.from({ length: 10 }, (_, index) => ({ value: 'v', partition: index % 2, timestamp: 1_000 + index })),
  )
  await client.groups.commit('g', [{ topic: 't', partition: 0, offset: 3, metadata: 'm' }])
  expect(await client.groups.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 3, metadata: 'm' }])
  expect(await client.groups.list()).toEqual([{ group: 'g', state: 'EMPTY' }])
  expect(await client.groups.describe('g')).toEqual({
    group: 'g',
    state: 'EMPTY',
    members: [],
    lags: [{ topic: 't', partition: 0, currentOffset: 3, logEndOffset: 5, lag: 2 }],
  })
  const reset = async (
    ...call: Parameters<typeof client.groups.reset> extends [string, string, ...infer Rest] ? Rest : never
  ) => (await client.groups.reset('g', 't', ...call)).map((entry) => entry.offset)
  expect(await reset('latest', { dryRun: true })).toEqual([5, 5])
  expect((await client.groups.committed('g'))[0]?.offset).toBe(3)
  expect(await reset({ shift: -1 })).toEqual([2, 0])
  expect(await reset({ shift: 100 })).toEqual([5, 5])
  expect(await reset({ timestamp: 1_004 })).toEqual([2, 2])
  expect(await reset(99, { partitions: [1] })).toEqual([5])
  expect(await reset('earliest')).toEqual([0, 0])
  await client.groups.delete('g')
  expect(await client.groups.committed('g')).toEqual([])
})

test('a topic that was made again with fewer partitions is met by the next call', async () => {
  const { client, cluster } = connect()
  await client.topics.create('t', { partitions: 8 })
  await client.produce('t', [{ value: 'v', partition: 7 }])
  // By another process, so that this client still counts eight.
  const other = connect({ cluster })
  await other.client.topics.delete('t')
  await other.client.topics.create('t', { partitions: 1 })
  expect(
    (
      await client.produce('t', [
        { key: 'abc', value: 'v' },
        { value: 'v', partition: 0 },
      ])
    ).map((r) => r.outcome),
  ).toContain('failed')
  expect((await client.produce('t', [{ key: 'abc', value: 'v' }])).map((r) => r.outcome)).toEqual(['produced'])
})

test('pauses between tries grow, with a bound, and are random', async () => {
  const clock = new SimClock()
  const started = clock.now()
  const { client } = connect({
    clock,
    entropy: { bytes: (length) => new Uint8Array(length), fraction: () => 1 },
    before: () => new Response('', { status: 503 }),
    retry: { attemptsMax: 9, backoffMs: 100 },
  })
  await expect(clock.run(client.health())).rejects.toMatchObject({ status: 503, retriable: true })
  // 100, 200, 400, 800, 1,600, 3,200, 5,000, 5,000
  expect(clock.now() - started).toBe(16_300)
})
