import { beforeEach, expect, test } from 'vitest'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
let v3: string
beforeEach(async () => {
  cluster = testCluster()
  const { body } = await cluster.send('GET', '/v3/clusters')
  v3 = `/v3/clusters/${body.data[0].cluster_id}`
})
const create = (json: object) => cluster.send('POST', `${v3}/topics`, { json })

test('there is one cluster, and another id is not found', async () => {
  const one = await cluster.send('GET', v3)
  expect(one.body).toMatchObject({ kind: 'KafkaCluster', metadata: { self: `http://localhost${v3}` } })
  const other = await cluster.send('GET', '/v3/clusters/another/topics')
  expect(other).toMatchObject({ status: 404, body: { error_code: 404, message: expect.stringContaining('another') } })
})

test('a topic is created, listed, described and deleted as by the REST Proxy', async () => {
  const created = await create({
    topic_name: 'orders',
    partitions_count: 6,
    configs: [{ name: 'retention.ms', value: 1000 }],
  })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({
    kind: 'KafkaTopic',
    metadata: { self: `http://localhost${v3}/topics/orders` },
    topic_name: 'orders',
    partitions_count: 6,
    replication_factor: 1,
    is_internal: false,
    partitions: { related: `http://localhost${v3}/topics/orders/partitions` },
  })
  expect((await cluster.send('GET', `${v3}/topics`)).body).toMatchObject({
    kind: 'KafkaTopicList',
    metadata: { next: null },
    data: [{ topic_name: 'orders' }],
  })
  expect((await cluster.send('GET', `${v3}/topics/orders`)).body).toEqual(created.body)
  expect((await cluster.send('GET', '/topics')).body).toEqual(['orders'])
  const described = (await cluster.send('GET', '/topics/orders')).body
  expect(described).toMatchObject({ name: 'orders', configs: { 'retention.ms': '1000', 'cleanup.policy': 'delete' } })
  expect(described.partitions).toHaveLength(6)
  expect((await cluster.send('GET', '/topics/orders/partitions')).body).toEqual(described.partitions)
  expect((await cluster.send('GET', '/topics/orders/partitions/5')).body).toEqual(described.partitions[5])

  const deleted = await cluster.send('DELETE', `${v3}/topics/orders`)
  expect(deleted).toMatchObject({ status: 204, text: '' })
  expect((await cluster.send('GET', `${v3}/topics/orders`)).body.error_code).toBe(40401)
  expect((await cluster.send('DELETE', `${v3}/topics/orders`)).body.error_code).toBe(40401)
})

test('a topic of a deleted name starts empty', async () => {
  await create({ topic_name: 't' })
  await cluster.send('POST', '/topics/t', { json: { records: [{ value: 1 }] } })
  await cluster.send('DELETE', `${v3}/topics/t`)
  await create({ topic_name: 't' })
  expect((await cluster.send('GET', '/topics/t/partitions/0/records')).body).toEqual([])
})

test('without a number a topic has the default number of partitions', async () => {
  expect((await create({ topic_name: 'a' })).body.partitions_count).toBe(1)
  expect((await create({ topic_name: 'b', partitions_count: -1 })).body.partitions_count).toBe(1)
  cluster = testCluster({ ...cluster.services, defaultPartitions: 8 })
  expect((await create({ topic_name: 'c' })).body.partitions_count).toBe(8)
})

test('validate_only creates nothing', async () => {
  expect((await create({ topic_name: 't', validate_only: true })).status).toBe(200)
  expect((await cluster.send('GET', '/topics')).body).toEqual([])
  expect((await create({ topic_name: 't', partitions_count: 0, validate_only: true })).status).toBe(400)
})

test.each([
  [{ topic_name: '../x' }, /letters, digits/],
  [{ topic_name: '' }, /name/],
  [{ topic_name: 'x'.repeat(250) }, /249/],
  [{ topic_name: 't', partitions_count: 0 }, /1 to 10000/],
  [{ topic_name: 't', partitions_count: -5 }, /1 to 10000/],
  [{ topic_name: 't', partitions_count: 10_001 }, /1 to 10000/],
  [{ topic_name: 't', configs: [{ name: 'retention.ms', value: 'soon' }] }, /retention\.ms/],
  [{ topic_name: 't', configs: [{ name: 'retention.mss', value: '1' }] }, /retention\.ms/],
  [{ topic_name: 't', replication_factor: 3 }, /replica/],
  [{ topic_name: '__consumer_offsets' }, /Kafka/],
])('Kafka refuses to create %j, with a sentence', async (json, sentence) => {
  const { status, body } = await create(json)
  expect(status).toBe(400)
  expect(body).toEqual({ error_code: 40002, message: expect.stringMatching(sentence) })
})

test.each([
  [{}],
  [{ topic_name: 7 }],
  [{ topic_name: 't', partitions_count: 1.5 }],
  [{ topic_name: 't', partitions_count: '3' }],
  [{ topic_name: 't', configs: {} }],
  [{ topic_name: 't', configs: [1] }],
  [{ topic_name: 't', validate_only: 'yes' }],
])('a creation of another shape is refused: %j', async (json) => {
  expect(await create(json)).toMatchObject({ status: 422, body: { error_code: 422 } })
})

test('a creation with a misspelt field is refused, and told of those there are', async () => {
  expect(await create({ topic_name: 't', partition_count: 6 })).toMatchObject({
    status: 422,
    body: { error_code: 422, message: expect.stringMatching(/"partition_count".*topic_name, partitions_count/) },
  })
  expect((await cluster.send('GET', '/topics')).body).toEqual([])
  const all = { partitions_count: 1, replication_factor: 1, replicas_assignments: [], configs: [], validate_only: true }
  expect((await create({ topic_name: 't', ...all })).status).toBe(200)
})

test('a topic that is there is not created again', async () => {
  await create({ topic_name: 't' })
  expect((await create({ topic_name: 't' })).body).toEqual({
    error_code: 40002,
    message: expect.stringContaining('already'),
  })
  expect((await create({ topic_name: 'a.b' })).status).toBe(201)
  expect((await create({ topic_name: 'a_b' })).body.error_code).toBe(40002)
})

test('the number of partitions goes up, never down', async () => {
  await create({ topic_name: 't', partitions_count: 2 })
  const patch = (json: object, topic = 't') => cluster.send('PATCH', `${v3}/topics/${topic}`, { json })
  expect((await patch({ partitions_count: 4 })).body.partitions_count).toBe(4)
  expect((await patch({ partitions_count: 3 })).body.error_code).toBe(40002)
  expect((await patch({ partitions_count: 20_000 })).body.error_code).toBe(40002)
  expect((await patch({})).body.error_code).toBe(422)
  expect((await patch({ partitions_count: 4 }, 'none')).body.error_code).toBe(40401)
  expect((await cluster.send('POST', '/topics/t/partitions/3', { json: { records: [{ value: 1 }] } })).status).toBe(200)
})

test('partitions that another process added are found at once', async () => {
  await create({ topic_name: 't', partitions_count: 1 })
  await cluster.send('POST', '/topics/t', { json: { records: [{ value: 1 }] } })
  const other = testCluster({ meta: cluster.services.meta, objects: cluster.services.objects })
  await other.services.topics.addPartitions('t', 5)
  const json = { records: [{ value: 1, partition: 4 }] }
  expect((await cluster.send('POST', '/topics/t', { json })).body.offsets).toEqual([{ partition: 4, offset: 0 }])
  await other.services.topics.addPartitions('t', 6)
  expect((await cluster.send('GET', '/topics/t/partitions/5/records')).status).toBe(200)
})

test('partitions come in pages, each with its offsets', async () => {
  await create({ topic_name: 'wide', partitions_count: 2_500 })
  let next = `${v3}/topics/wide/partitions`
  const ids: number[] = []
  while (next !== null) {
    const { body } = await cluster.send('GET', next)
    ids.push(...body.data.map((entry: { partition_id: number }) => entry.partition_id))
    next = body.metadata.next
  }
  expect(ids).toEqual([...Array(2_500).keys()])
  const one = await cluster.send('GET', `${v3}/topics/wide/partitions/2499/offset`)
  expect(one.body).toMatchObject({ earliest_offset: 0, latest_offset: 0, partition_id: 2_499 })
  expect((await cluster.send('GET', `${v3}/topics/wide/partitions/2500`)).body.error_code).toBe(40402)
})

test('topics come in pages', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await create({ topic_name: name })
  const first = (await cluster.send('GET', `${v3}/topics?page_size=3`)).body
  expect(first.data.map((topic: { topic_name: string }) => topic.topic_name)).toEqual(['a', 'b', 'c'])
  const rest = (await cluster.send('GET', `${first.metadata.next}&page_size=3`)).body
  expect(rest.data.map((topic: { topic_name: string }) => topic.topic_name)).toEqual(['d', 'e'])
  expect(rest.metadata.next).toBe(null)
})

test('configs are read, set, put back and changed together', async () => {
  await create({ topic_name: 't' })
  const url = `${v3}/topics/t/configs`
  const value = async (name: string) => (await cluster.send('GET', `${url}/${name}`)).body
  expect(await value('retention.ms')).toMatchObject({ value: '604800000', is_default: true, source: 'DEFAULT_CONFIG' })
  expect((await cluster.send('PUT', `${url}/retention.ms`, { json: { value: '5' } })).status).toBe(204)
  expect(await value('retention.ms')).toMatchObject({
    value: '5',
    is_default: false,
    source: 'DYNAMIC_TOPIC_CONFIG',
    synonyms: [
      { name: 'retention.ms', value: '5' },
      { name: 'log.retention.ms', value: '604800000' },
    ],
  })
  expect((await cluster.send('DELETE', `${url}/retention.ms`)).status).toBe(204)
  expect((await value('retention.ms')).is_default).toBe(true)

  const alter = (data: object[], rest = {}) => cluster.send('POST', `${url}:alter`, { json: { data, ...rest } })
  await alter([
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'max.message.bytes', value: 4096, operation: 'SET' },
  ])
  expect((await value('cleanup.policy')).value).toBe('compact')
  expect((await value('max.message.bytes')).value).toBe('4096')
  const refused = await alter([
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'max.message.bytes', value: 'x' },
  ])
  expect(refused.body.error_code).toBe(40002)
  expect((await value('cleanup.policy')).value).toBe('compact')
  await alter([{ name: 'cleanup.policy', operation: 'DELETE' }], { validate_only: true })
  expect((await value('cleanup.policy')).value).toBe('compact')
  await alter([{ name: 'cleanup.policy', operation: 'DELETE' }])
  expect((await value('cleanup.policy')).is_default).toBe(true)

  expect((await cluster.send('GET', url)).body.data.length).toBeGreaterThan(20)
  expect((await value('nonsense')).error_code).toBe(404)
  expect((await cluster.send('PUT', `${url}/nonsense`, { json: { value: '5' } })).body.error_code).toBe(40002)
  expect((await cluster.send('GET', `${v3}/topics/none/configs`)).body.error_code).toBe(40401)
})
