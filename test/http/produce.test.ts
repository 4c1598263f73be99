import { expect, test } from 'vitest'
import { partitionForKey } from '../../lib/records/partitioner.ts'
import { testCluster } from './cluster.ts'

const json = 'application/vnd.kafka.json.v2+json'
const binary = 'application/vnd.kafka.binary.v2+json'

const values = async (cluster: ReturnType<typeof testCluster>, topic: string, partition = 0) =>
  (await cluster.send('GET', `/topics/${topic}/partitions/${partition}/records?max_bytes=10000000`)).body.map(
    (record: { value: unknown }) => record.value,
  )

test('records are answered with their partitions and offsets, in the order in which they were sent', async () => {
  const cluster = testCluster()
  await cluster.createTopic('orders', 4)
  const keys = ['101', '102', '103', '104', '101']
  const sent = await cluster.send('POST', '/topics/orders', {
    type: binary,
    json: { records: keys.map((key) => ({ key: Buffer.from(key).toString('base64'), value: 'dg==' })) },
  })
  expect(sent.status).toBe(200)
  expect(sent.headers.get('content-type')).toBe('application/vnd.kafka.v2+json')
  // The partitions that every Kafka client gives these keys.
  expect(sent.body.offsets).toEqual([
    { partition: 2, offset: 0 },
    { partition: 1, offset: 0 },
    { partition: 0, offset: 0 },
    { partition: 3, offset: 0 },
    { partition: 2, offset: 1 },
  ])
})

test('records without a key of one request go to one partition, as one batch', async () => {
  const cluster = testCluster()
  await cluster.createTopic('orders', 16)
  const records = Array.from({ length: 100 }, (_, value) => ({ value }))
  const { body } = await cluster.send('POST', '/topics/orders', { json: { records } })
  const partition = body.offsets[0].partition
  expect(body.offsets).toEqual(records.map(({ value }) => ({ partition, offset: value })))
})

test('a key in the JSON format is hashed as its JSON text', async () => {
  const cluster = testCluster()
  await cluster.createTopic('orders', 50)
  const key = { customer: 7 }
  const { body } = await cluster.send('POST', '/topics/orders', { type: json, json: { records: [{ key, value: 1 }] } })
  expect(body.offsets[0].partition).toBe(partitionForKey(Buffer.from('{"customer":7}'), 50))
})

test('JSON values come back as they were sent, to the last digit', async () => {
  const cluster = testCluster()
  await cluster.createTopic('numbers')
  const body =
    '{"records":[{"value":12345678901234567890},{"value":{"pi":3.14159265358979323846}},{"value":[1e400,"x"]}]}'
  expect((await cluster.send('POST', '/topics/numbers', { body })).status).toBe(200)
  const { text } = await cluster.send('GET', '/topics/numbers/partitions/0/records')
  expect(text).toContain('"value":12345678901234567890,')
  expect(text).toContain('{"pi":3.14159265358979323846}')
  expect(text).toContain('[1e400,"x"]')
})

test('null keys, null values, empty values and headers come back as they were sent', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  const headers = [
    { key: 'a', value: 'AAEC' },
    { key: 'a', value: null },
    { key: 'é', value: '' },
  ]
  const records = [
    { key: 'aw==', value: null, timestamp: 1_700_000_000_000 },
    { key: null, value: '', headers },
    { key: '', value: 'dg==' },
    {},
  ]
  await cluster.send('POST', '/topics/t', { type: binary, json: { records } })
  const read = await cluster.send('GET', '/topics/t/partitions/0/records', { accept: binary })
  expect(read.headers.get('content-type')).toBe(binary)
  expect(read.body).toEqual([
    { topic: 't', partition: 0, offset: 0, timestamp: 1_700_000_000_000, key: 'aw==', value: null, headers: [] },
    { topic: 't', partition: 0, offset: 1, timestamp: expect.any(Number), key: null, value: '', headers },
    { topic: 't', partition: 0, offset: 2, timestamp: expect.any(Number), key: '', value: 'dg==', headers: [] },
    { topic: 't', partition: 0, offset: 3, timestamp: expect.any(Number), key: null, value: null, headers: [] },
  ])
})

test('the route of a partition puts every record there', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 3)
  const { body } = await cluster.send('POST', '/topics/t/partitions/2', {
    json: {
      records: [
        { key: 'a', value: 1 },
        { value: 2, partition: 2 },
      ],
    },
  })
  expect(body.offsets).toEqual([
    { partition: 2, offset: 0 },
    { partition: 2, offset: 1 },
  ])
})

test('a record for a partition that is not there is refused alone', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 2)
  const { status, body } = await cluster.send('POST', '/topics/t', {
    json: {
      records: [
        { value: 1, partition: 0 },
        { value: 2, partition: 2 },
        { value: 3, partition: 0 },
      ],
    },
  })
  expect(status).toBe(200)
  expect(body.offsets).toEqual([
    { partition: 0, offset: 0 },
    { error_code: 40402, error: expect.stringContaining('0 to 1') },
    { partition: 0, offset: 1 },
  ])
})

test.each(['1', 'all', '-1'])('acks=%s answers when the records are there', async (acks) => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  expect((await cluster.send('POST', `/topics/t?acks=${acks}`, { json: { records: [{ value: 1 }] } })).status).toBe(200)
  expect(await values(cluster, 't')).toEqual([1])
})

test('acks=0 is answered 202, and the records are stored', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  const { status, body } = await cluster.send('POST', '/topics/t?acks=0', { json: { records: [{ value: 1 }] } })
  expect(status).toBe(202)
  expect(body.offsets).toEqual([{ partition: 0, offset: null }])
  await cluster.services.log.settle()
  expect(await values(cluster, 't')).toEqual([1])
})

test('acks=0 has stored the records before it answers, where nothing may run after an answer', async () => {
  const cluster = testCluster({ mayWorkAfterAnswer: false })
  await cluster.createTopic('t')
  expect((await cluster.send('POST', '/topics/t?acks=0', { json: { records: [{ value: 1 }] } })).status).toBe(202)
  const { topics, log } = cluster.services
  const topic = await topics.get('t')
  const described = await log.describe({ topicId: topic?.id as never, partition: 0 })
  expect(described).toMatchObject({ highWatermark: 1 })
})

test('acks=0 still says what is wrong with a record', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 1, { 'cleanup.policy': 'compact' })
  const { body } = await cluster.send('POST', '/topics/t?acks=0', { json: { records: [{ value: 1 }] } })
  expect(body.offsets).toEqual([{ error_code: 422, error: expect.stringContaining('no key') }])
})

test('records that are more than one batch may hold become several, in order', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 1, { 'max.message.bytes': '2000' })
  const records = Array.from({ length: 100 }, (_, index) => ({ value: `${index}:${'x'.repeat(150)}` }))
  const { body } = await cluster.send('POST', '/topics/t', { json: { records } })
  expect(body.offsets).toEqual(records.map((_, offset) => ({ partition: 0, offset })))
  expect(await values(cluster, 't')).toEqual(records.map((record) => record.value))
})

test('a record larger than max.message.bytes is refused alone, with the limit in the sentence', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  const { body } = await cluster.send('POST', '/topics/t', {
    json: { records: [{ value: 1 }, { value: 'x'.repeat(2_000_000) }, { value: 3 }] },
  })
  expect(body.offsets).toEqual([
    { partition: 0, offset: 0 },
    { error_code: 413, error: expect.stringMatching(/1048588 bytes.*max\.message\.bytes/) },
    { partition: 0, offset: 1 },
  ])
})

test('one bad record refuses its batch: each record is told, by its place in the request', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 2, { 'cleanup.policy': 'compact' })
  const { body } = await cluster.send('POST', '/topics/t', {
    json: {
      records: [
        { key: 1, value: 1, partition: 0 },
        { key: 1, value: 1, partition: 1 },
        { value: 1, partition: 1 },
      ],
    },
  })
  expect(body.offsets).toEqual([
    { partition: 0, offset: 0 },
    { error_code: 422, error: expect.stringContaining('records[2] has no key') },
    { error_code: 422, error: expect.stringContaining('records[2] has no key') },
  ])
})

test('a timestamp that a topic does not take is refused with the range', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  const { body } = await cluster.send('POST', '/topics/t', { json: { records: [{ value: 1, timestamp: 9e15 }] } })
  expect(body.offsets[0]).toMatchObject({ error_code: 422, error: expect.stringContaining('timestamp') })
})

test('a topic that was deleted and made again is written to at once', async () => {
  const cluster = testCluster()
  const produce = () => cluster.send('POST', '/topics/t', { json: { records: [{ value: 1 }] } })
  await cluster.createTopic('t')
  await produce()
  // Another process deletes and creates it: this one still remembers the old topic.
  const other = testCluster({ meta: cluster.services.meta, objects: cluster.services.objects })
  const { body: clusters } = await other.send('GET', '/v3/clusters')
  await other.send('DELETE', `/v3/clusters/${clusters.data[0].cluster_id}/topics/t`)
  await other.createTopic('t')
  expect((await produce()).body.offsets).toEqual([{ partition: 0, offset: 0 }])
  expect(await values(other, 't')).toEqual([1])
})

test('many requests at once lose nothing and share no offset', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 1)
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, request) =>
      cluster.send('POST', '/topics/t', { json: { records: [{ value: request }, { value: request }] } }),
    ),
  )
  const offsets = answers.flatMap(({ body }) => body.offsets.map((entry: { offset: number }) => entry.offset))
  expect(offsets.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, offset) => offset))
  expect(await values(cluster, 't')).toHaveLength(100)
})
