import { expect, test } from 'vitest'
import { buildBatch, type NewRecord } from '../../lib/records/build.ts'
import { buildEndTransactionMarker } from '../../lib/records/control.ts'
import { compressions } from '../../lib/records/header.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const binary = 'application/vnd.kafka.binary.v2+json'
const json = 'application/vnd.kafka.json.v2+json'

async function withRecords(records: NewRecord[], options: object = {}): Promise<TestCluster> {
  const cluster = testCluster()
  await cluster.createTopic('t')
  await append(cluster, buildBatch({ now: 1_000, ...options, records }))
  return cluster
}

async function append(cluster: TestCluster, batch: Uint8Array): Promise<void> {
  const topic = await cluster.services.topics.get('t')
  if (topic === undefined) throw new Error('no topic')
  const { outcome } = await cluster.services.log.append({ topicId: topic.id, partition: 0 }, batch)
  expect(outcome).toBe('appended')
}

const numbered = (count: number, size = 1): NewRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    value: Buffer.from(`${index}${' '.repeat(size - 1)}`),
    timestamp: 1_000 + index,
  }))
const read = (cluster: TestCluster, query: string, accept?: string) =>
  cluster.send('GET', `/topics/t/partitions/0/records${query}`, accept === undefined ? {} : { accept })
const offsets = (answer: { body: { offset: number }[] }) => answer.body.map((record) => record.offset)

test('reading begins at the offset that is asked for, in the middle of a batch too', async () => {
  const cluster = await withRecords(numbered(10))
  const answer = await read(cluster, '?offset=7')
  expect(offsets(answer)).toEqual([7, 8, 9])
  expect(answer.headers.get('gregor-next-offset')).toBe('10')
  expect(answer.headers.get('gregor-high-watermark')).toBe('10')
  expect(answer.headers.get('gregor-log-start-offset')).toBe('0')
})

test.each(compressions)('records compressed with %s are read as they were written', async (compression) => {
  const cluster = await withRecords(numbered(100), { compression })
  expect((await read(cluster, '')).body.map((record: { value: unknown }) => record.value)).toEqual([
    ...Array(100).keys(),
  ])
})

test('reading begins at the first record at or after a timestamp', async () => {
  const cluster = await withRecords(numbered(10))
  expect(offsets(await read(cluster, '?timestamp=1004'))).toEqual([4, 5, 6, 7, 8, 9])
  expect(offsets(await read(cluster, '?timestamp=0'))).toHaveLength(10)
  const after = await read(cluster, '?timestamp=5000')
  expect(after.body).toEqual([])
  expect(after.headers.get('gregor-next-offset')).toBe('10')
})

test('max_bytes bounds an answer, but one record always comes', async () => {
  const cluster = await withRecords(numbered(10, 100))
  const first = await read(cluster, '?max_bytes=350')
  expect(offsets(first)).toEqual([0, 1, 2])
  expect(first.headers.get('gregor-next-offset')).toBe('3')
  expect(offsets(await read(cluster, '?offset=3&max_bytes=1'))).toEqual([3])
})

test('an answer never grows past its limit, whatever max_bytes says', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t')
  for (let batch = 0; batch < 8; batch += 1) {
    await append(cluster, buildBatch({ now: 1, records: numbered(10, 100_000) }))
  }
  const answer = await read(cluster, '?max_bytes=100000000', binary)
  expect(answer.text.length).toBeLessThanOrEqual(4_000_000)
  const next = Number(answer.headers.get('gregor-next-offset'))
  expect(next).toBe(answer.body.length)
  expect(next).toBeLessThan(80)
})

test('the end of the log answers an empty array at once', async () => {
  const cluster = await withRecords(numbered(3))
  const answer = await read(cluster, '?offset=3')
  expect(answer).toMatchObject({ status: 200, body: [] })
  expect(answer.headers.get('gregor-next-offset')).toBe('3')
})

test('offsets past the end and below the start are refused with the range that is legal', async () => {
  const cluster = await withRecords(numbered(5))
  const refusal = { error_code: 40003, message: expect.stringMatching(/OFFSET_OUT_OF_RANGE.*from 0 to 5/) }
  expect(await read(cluster, '?offset=6')).toMatchObject({ status: 400, body: refusal })
  expect(await read(cluster, '?offset=-1')).toMatchObject({ status: 400, body: refusal })
  await cluster.send('DELETE', '/topics/t/partitions/0/records?before=2')
  const cut = { error_code: 40003, message: expect.stringContaining('from 2 to 5') }
  expect(await read(cluster, '?offset=1')).toMatchObject({ status: 400, body: cut })
  expect(offsets(await read(cluster, ''))).toEqual([2, 3, 4])
})

test('a long poll answers as soon as a record comes', async () => {
  const cluster = await withRecords(numbered(1))
  const poll = read(cluster, '?offset=1&timeout=25000')
  await append(cluster, buildBatch({ now: 1, records: numbered(1) }))
  expect(offsets(await poll)).toEqual([1])
})

test('a long poll answers an empty array when its time is over', async () => {
  const clock = new SimClock()
  const cluster = testCluster({ clock })
  await clock.run(cluster.createTopic('t'))
  const started = clock.now()
  const answer = await clock.run(read(cluster, '?timeout=20000'))
  expect(answer).toMatchObject({ status: 200, body: [] })
  expect(clock.now() - started).toBeGreaterThanOrEqual(20_000)
  expect(clock.now() - started).toBeLessThan(22_000)
})

test('a long poll with data there answers at once', async () => {
  const clock = new SimClock()
  const cluster = testCluster({ clock })
  await clock.run(cluster.createTopic('t'))
  await clock.run(append(cluster, buildBatch({ now: clock.now(), records: numbered(2) })))
  const started = clock.now()
  expect(offsets(await clock.run(read(cluster, '?timeout=20000')))).toEqual([0, 1])
  expect(clock.now()).toBe(started)
})

test('markers of transactions are passed over, and the answer says where to go on', async () => {
  const cluster = await withRecords(numbered(2))
  await append(
    cluster,
    buildEndTransactionMarker({
      type: 'commit',
      producerId: 1,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      now: 5,
    }),
  )
  const answer = await read(cluster, '?offset=2')
  expect(answer.body).toEqual([])
  expect(answer.headers.get('gregor-next-offset')).toBe('3')
  await append(cluster, buildBatch({ now: 1, records: numbered(1) }))
  expect(offsets(await read(cluster, '?offset=2'))).toEqual([3])
})

test('in the JSON format JSON is given as it is, other text as a string', async () => {
  const values = [
    '{"a": 1.0, "b": 12345678901234567890}',
    'plain text',
    '"quoted"',
    'null',
    '',
    '\ufeff{}',
    'true',
    'truex',
    '\u0000"',
  ]
  const cluster = await withRecords(values.map((value) => ({ value: Buffer.from(value) })))
  const answer = await read(cluster, '', json)
  expect(answer.headers.get('content-type')).toBe(json)
  expect(answer.body.map((record: { value: unknown }) => record.value)).toEqual([
    { a: 1, b: Number('12345678901234567890') },
    'plain text',
    'quoted',
    null,
    '',
    '\ufeff{}',
    true,
    'truex',
    '\u0000"',
  ])
  expect(answer.text).toContain('{"a": 1.0, "b": 12345678901234567890}')
})

test('bytes that are no text are refused in JSON, with their offset and the format to ask for, and given in binary', async () => {
  const cluster = await withRecords([
    { value: Buffer.from('1') },
    { value: Buffer.from([0xff, 0xfe]) },
    { value: Buffer.from('3') },
  ])
  const first = await read(cluster, '', json)
  expect(offsets(first)).toEqual([0])
  expect(first.headers.get('gregor-next-offset')).toBe('1')
  const refused = await read(cluster, '?offset=1', json)
  expect(refused).toMatchObject({ status: 406, body: { error_code: 40601 } })
  expect(refused.body.message).toMatch(/offset 1 .*application\/vnd\.kafka\.binary\.v2\+json/)
  const given = await read(cluster, '', binary)
  expect(given.body.map((record: { value: string }) => record.value)).toEqual(['MQ==', '//4=', 'Mw=='])
})

test('plain application/json is the JSON format', async () => {
  const cluster = await withRecords([{ key: Buffer.from('k'), value: Buffer.from('{"a":1}') }])
  const answer = await read(cluster, '', 'application/json')
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.body[0]).toMatchObject({ key: 'k', value: { a: 1 } })
})

test('a partition that was never written to is empty', async () => {
  const cluster = testCluster()
  await cluster.createTopic('t', 3)
  expect((await cluster.send('GET', '/topics/t/partitions/2/records')).body).toEqual([])
  expect((await cluster.send('GET', '/topics/t/partitions/2/offsets')).body).toEqual({
    beginning_offset: 0,
    end_offset: 0,
  })
})

test('offsets are found by timestamp, and -1 says that no record is that new', async () => {
  const cluster = await withRecords(numbered(10))
  const at = async (timestamp: number) =>
    (await cluster.send('GET', `/topics/t/partitions/0/offsets?timestamp=${timestamp}`)).body
  expect(await at(1_003)).toEqual({ offset: 3, timestamp: 1_003 })
  expect(await at(9_999)).toEqual({ offset: -1, timestamp: -1 })
})

test('records before an offset are deleted, and the answer says where the log begins now', async () => {
  const cluster = await withRecords(numbered(5))
  const deleted = (before: string) => cluster.send('DELETE', `/topics/t/partitions/0/records?before=${before}`)
  expect((await deleted('3')).body).toEqual({ low_watermark: 3 })
  expect((await deleted('-1')).body).toEqual({ low_watermark: 5 })
  expect((await deleted('6')).body.error_code).toBe(40003)
  expect((await deleted('-2')).body.error_code).toBe(40003)
  expect((await deleted('')).body.error_code).toBe(400)
})

test('a topic that another process deleted and made again is read as the new one', async () => {
  const cluster = await withRecords(numbered(5))
  const ends = async () => (await cluster.send('GET', '/topics/t/partitions/0/offsets')).body
  expect(await ends()).toEqual({ beginning_offset: 0, end_offset: 5 })
  const other = testCluster({ meta: cluster.services.meta, objects: cluster.services.objects })
  const { body } = await other.send('GET', '/v3/clusters')
  const topic = `/v3/clusters/${body.data[0].cluster_id}/topics/t`
  await other.send('DELETE', topic)
  await other.createTopic('t')
  expect(await ends()).toEqual({ beginning_offset: 0, end_offset: 0 })
  await other.send('DELETE', topic)
  expect((await cluster.send('GET', '/topics/t/partitions/0/offsets')).body.error_code).toBe(40401)
})
