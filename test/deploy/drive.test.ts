/**
 * What came of `cdk deploy`, driven through its API as any caller does: for everybody, with an API key, and signed. ministack lets bodies
 * of any size through and checks no answer's, so the limits that are seen here are Gregor's own; AWS has the same.
 */
import { describe, expect, test } from 'vitest'
import { produceRecordsMax } from '../../lib/base/limits.ts'
import { type GregorClient, GregorError } from '../../lib/client/client.ts'
import type { ConsumerRecord, ProducerRecord } from '../../lib/client/client-types.ts'
import { call, clientOf, type Deployment, driven, fresh } from './deployment.ts'

const json = { 'content-type': 'application/json' }
const binary = 'application/vnd.kafka.binary.v2+json'

async function all(records: AsyncIterable<ConsumerRecord>): Promise<ConsumerRecord[]> {
  const list: ConsumerRecord[] = []
  for await (const record of records) list.push(record)
  return list
}

/**
 * Codes that say that nothing was stored: of a record, and of a whole request. A machine with fewer processors than callers is
 * late. Trying again doubles nothing.
 */
const nothingStored = [50003, 50302]

/** Where all records of one partition have come to lie. */
async function stored(client: GregorClient, topic: string, records: readonly ProducerRecord[]): Promise<string[]> {
  for (let tries = 1; ; tries += 1) {
    const results = await client.produce(topic, records).catch((fault: unknown) => {
      if (fault instanceof GregorError && nothingStored.includes(fault.errorCode) && tries < 5) return undefined
      throw fault
    })
    if (results === undefined) continue
    const offsets = results.flatMap((each) => (each.outcome === 'produced' ? [`${each.partition}@${each.offset}`] : []))
    if (offsets.length === records.length) return offsets
    const isHarmless = results.every((each) => each.outcome === 'failed' && nothingStored.includes(each.errorCode))
    if (!isHarmless || tries === 5) throw new Error(JSON.stringify(results))
  }
}

describe.skipIf(driven.length === 0)('deployed (npm run test:deploy)', () => {
  describe.each(driven)('$name', (deployment: Deployment) => {
    test('a topic is created, written, read, and gone', async () => {
      const client = await clientOf(deployment)
      const topic = fresh('life')
      await client.health()
      expect(await client.topics.create(topic, { partitions: 3 })).toMatchObject({ partitionsCount: 3 })
      const results = await client.produce(
        topic,
        Array.from({ length: 30 }, (_, index) => ({ key: `k${index % 7}`, value: `${index}` })),
      )
      expect(results.every(({ outcome }) => outcome === 'produced')).toBe(true)
      const values = (await all(client.consume(topic))).map(({ value }) => Number(String(value)))
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index))
      expect((await client.topics.list()).map(({ name }) => name)).toContain(topic)
      await client.topics.delete(topic)
      await expect(client.topics.describe(topic)).rejects.toMatchObject({ status: 404, errorCode: 40401 })
    })

    test('a read at the end waits, and is answered what comes meanwhile', async () => {
      const [client, other] = [await clientOf(deployment), await clientOf(deployment)]
      const topic = fresh('poll')
      await client.topics.create(topic)
      const waiting = client.readOnce(topic, 0, { offset: 0, timeoutMs: 20_000 })
      const first = await Promise.race([waiting.then(() => 'read'), other.produce(topic, [{ value: 'late' }])])
      expect(first).toMatchObject([{ outcome: 'produced', offset: 0 }])
      expect((await waiting).records.map(({ value }) => String(value))).toEqual(['late'])
      // And one that nothing comes for is answered nothing, when its time is over.
      expect(await client.readOnce(topic, 0, { offset: 1, timeoutMs: 300 })).toMatchObject({ records: [] })
    })

    test('what a group has committed is there, and how far it is behind', async () => {
      const client = await clientOf(deployment)
      const [topic, group] = [fresh('commits'), fresh('group')]
      await client.topics.create(topic, { partitions: 2 })
      await client.produce(
        topic,
        [0, 1, 2].map((index) => ({ value: `${index}`, partition: 1 })),
      )
      await client.groups.commit(group, [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 2, metadata: 'half' },
      ])
      expect(await client.groups.committed(group, topic)).toEqual(
        expect.arrayContaining([expect.objectContaining({ partition: 1, offset: 2, metadata: 'half' })]),
      )
      const { lags } = await client.groups.describe(group)
      expect(lags).toContainEqual({ topic, partition: 1, currentOffset: 2, logEndOffset: 3, lag: 1 })
    })

    test('every byte comes back as it was sent, by the client, as base64 and as a Kafka frame', async () => {
      const client = await clientOf(deployment)
      const topic = fresh('bytes')
      await client.topics.create(topic)
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      await client.produce(topic, [{ key: bytes, value: bytes, headers: [{ key: 'h', value: bytes }] }])
      const [record] = await all(client.read(topic, 0))
      expect(new Uint8Array(record?.value ?? [])).toEqual(bytes)
      expect(new Uint8Array(record?.key ?? [])).toEqual(bytes)
      expect(new Uint8Array(record?.headers[0]?.value ?? [])).toEqual(bytes)
      const read = await call(deployment, 'GET', `/topics/${topic}/partitions/0/records`, {
        headers: { accept: binary },
      })
      expect(read.headers.get('content-type')).toBe(binary)
      expect(JSON.parse(read.text)[0].value).toBe(Buffer.from(bytes).toString('base64'))
      // A request of a version that nobody serves is answered a frame that begins with its correlation id: no text at all.
      const frame = Buffer.from('00120063ff00807f00057465737431', 'hex')
      const headers = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' }
      const answer = await call(deployment, 'POST', '/kafka', { headers, body: new Uint8Array(frame) })
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.bytes.toString('hex')).toMatch(/^ff00807f0023/)
    })

    test('a body just below 6 MB is stored and read back, one above is refused', async () => {
      const client = await clientOf(deployment)
      const topic = fresh('large')
      await client.topics.create(topic)
      const records = (count: number) => ({
        records: Array.from({ length: count }, (_, index) => ({ value: `${index}`.repeat(980_000) })),
      })
      const post = (count: number) => {
        const body = JSON.stringify(records(count))
        return call(deployment, 'POST', `/topics/${topic}/partitions/0`, { headers: json, body })
      }
      expect((await post(6)).status).toBe(200)
      const tooLarge = await post(7)
      expect(tooLarge.status).toBe(413)
      expect(tooLarge.text.length).toBeLessThan(1_000)
      // One answer holds less than there is; several hold all.
      const read = await all(client.read(topic, 0, { maxBytes: 50_000_000 }))
      // With its quotes: a JSON value is stored as JSON.
      expect(read.map(({ value }) => value?.length)).toEqual(new Array(6).fill(980_002))
      const one = await call(deployment, 'GET', `/topics/${topic}/partitions/0/records?max_bytes=50000000`)
      expect(one.status).toBe(200)
      expect(one.text.length).toBeLessThan(6_000_000)
    })

    test('what goes wrong is answered with a status and a sentence, and nothing of our insides', async () => {
      const topic = fresh('errors')
      await (await clientOf(deployment)).topics.create(topic)
      const tooMany = JSON.stringify({ records: new Array(produceRecordsMax + 1).fill({ value: 0 }) })
      const wrong: [number, string, string, string | undefined, Record<string, string>?][] = [
        [404, 'GET', '/topics/there-is-none', undefined],
        [404, 'GET', '/nothing/here', undefined],
        [404, 'GET', `/topics/${topic}/partitions/9/records`, undefined],
        [404, 'POST', '/topics/there-is-none', '{"records":[{"value":1}]}'],
        [400, 'GET', `/topics/${topic}/partitions/0/records?offset=7`, undefined],
        [400, 'GET', `/topics/${topic}/partitions/0/records?offset=x`, undefined],
        [405, 'PUT', `/topics/${topic}/partitions/0/records`, '{}'],
        [400, 'POST', `/topics/${topic}`, '{"records":['],
        [422, 'POST', `/topics/${topic}`, '{"records":[]}'],
        [413, 'POST', `/topics/${topic}`, tooMany],
        [415, 'POST', `/topics/${topic}`, '<records/>', { 'content-type': 'text/xml' }],
        [415, 'POST', '/kafka', '{}'],
        [400, 'POST', '/kafka', 'no frame', { 'content-type': 'application/octet-stream' }],
      ]
      for (const [status, method, path, body, headers = json] of wrong) {
        const answer = await call(deployment, method, path, { headers, ...(body !== undefined && { body }) })
        expect({ path, status: answer.status, text: answer.text }).toMatchObject({ path, status })
        expect(answer.json).toMatchObject({ error_code: expect.any(Number), message: expect.any(String) })
        expect(answer.text).not.toMatch(/\bat \S+:\d+|node_modules|file:|gregortable|gregorbucket|amazonaws/i)
      }
    })

    test('an answer has the id by which its call is found in the logs: the caller’s, else API Gateway’s', async () => {
      const own = await call(deployment, 'GET', '/topics', { headers: { 'x-correlation-id': 'order-7' } })
      expect(own.headers.get('x-correlation-id')).toBe('order-7')
      expect((await call(deployment, 'GET', '/topics')).headers.get('x-correlation-id')).toMatch(/^[\w=+/-]{8,64}$/)
    })

    test('32 clients at once: every record is there once, and each client’s in its order', async () => {
      const topic = fresh('crowd')
      await (await clientOf(deployment)).topics.create(topic, { partitions: 4 })
      const clients = await Promise.all(Array.from({ length: 32 }, () => clientOf(deployment)))
      // One after the other: at once they are to produce, not to ask what the topic looks like.
      for (const client of clients) await client.topics.partitionCount(topic)
      const offsets = await Promise.all(
        clients.map(async (client, number) => {
          const own: string[] = []
          for (let round = 0; round < 3; round += 1) {
            const records = Array.from({ length: 5 }, (_, index) => ({
              value: `${number}:${round * 5 + index}`,
              partition: number % 4,
            }))
            own.push(...(await stored(client, topic, records)))
          }
          return own
        }),
      )
      expect(new Set(offsets.flat()).size).toBe(32 * 15)
      const read = await all((await clientOf(deployment)).consume(topic))
      expect(read).toHaveLength(32 * 15)
      const byClient = Map.groupBy(read, ({ value }) => Number(String(value).split(':')[0]))
      for (const [number, own] of byClient) {
        expect(own.map(({ value }) => String(value))).toEqual(
          Array.from({ length: 15 }, (_, index) => `${number}:${index}`),
        )
        expect(own.map(({ partition, offset }) => `${partition}@${offset}`)).toEqual(offsets[number])
      }
    }, 240_000)
  })
})
