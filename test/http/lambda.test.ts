import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { lambdaResponseBytesMax, produceRecordsMax } from '../../lib/base/limits.ts'
import { type LambdaHandlerOptions, type LambdaResult, lambdaHandler } from '../../lib/http/lambda.ts'
import type { HttpEnv } from '../../lib/http/routes.ts'
import { testCluster } from './cluster.ts'
import { type EventRequest, eventForms, lambdaEvent } from './lambda-events.ts'

const json = { 'Content-Type': 'application/json' }
const binary = 'application/vnd.kafka.binary.v2+json'

const header = (result: LambdaResult, name: string) => result.headers?.[name] ?? result.multiValueHeaders?.[name]?.[0]
const bodyOf = (result: LambdaResult) =>
  JSON.parse(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8').toString() || 'null')

/** Whether Lambda would take the answer: its whole JSON counts. */
const fits = (result: LambdaResult) => Buffer.byteLength(JSON.stringify(result)) <= 6 * 1024 * 1024

describe.each(eventForms)('by %s', (form) => {
  const start = () => {
    const cluster = testCluster({ mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax })
    let settled = 0
    const handler = lambdaHandler(cluster.app, {
      settle: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        settled += 1
      },
    })
    const call = (request: EventRequest) => handler(lambdaEvent(form, request))
    return { cluster, call, handler, settledCalls: () => settled }
  }

  test('records are produced and read, with the query and the headers that were sent', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    const produced = await call({
      method: 'POST',
      path: '/topics/t',
      headers: json,
      body: JSON.stringify({ records: [{ value: 'ü' }, { value: 2 }] }),
    })
    expect(produced.statusCode).toBe(200)
    expect(bodyOf(produced).offsets).toHaveLength(2)
    const read = await call({
      method: 'GET',
      path: '/topics/t/partitions/0/records',
      query: [
        ['offset', '1'],
        ['max_bytes', '100'],
      ],
      headers: { Accept: binary },
    })
    expect(header(read, 'content-type')).toBe(binary)
    expect(header(read, 'gregor-next-offset')).toBe('2')
    expect(bodyOf(read).map((record: { value: string }) => record.value)).toEqual(['Mg=='])
  })

  test('a body in base64 is the bytes that it stands for', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    const body = Buffer.from(JSON.stringify({ records: [{ value: 'ü€' }] }))
    expect((await call({ method: 'POST', path: '/topics/t', headers: json, body })).statusCode).toBe(200)
    const read = await call({ method: 'GET', path: '/topics/t/partitions/0/records' })
    expect(bodyOf(read)[0].value).toBe('ü€')
  })

  test('a query parameter that is given twice arrives twice', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t', 3)
    const offsets = [0, 1, 2].map((partition) => ({ topic: 't', partition, offset: 1 }))
    await call({ method: 'POST', path: '/groups/g/offsets', headers: json, body: JSON.stringify({ offsets }) })
    const query = [
      ['topic', 't'],
      ['partition', '0'],
      ['partition', '2'],
    ] as const
    const read = await call({ method: 'GET', path: '/groups/g/offsets', query })
    expect(bodyOf(read).offsets.map((entry: { partition: number }) => entry.partition)).toEqual([0, 2])
  })

  test('the stage is no part of our paths, but of the links in answers', async () => {
    const { call } = start()
    const { data } = bodyOf(await call({ method: 'GET', path: '/v3/clusters' }))
    const host =
      form === 'function URL' ? 'abc123.lambda-url.us-east-1.on.aws' : 'abc123.execute-api.us-east-1.amazonaws.com/prod'
    expect(data[0].metadata.self).toBe(`https://${host}/v3/clusters/${data[0].cluster_id}`)
  })

  test('names with characters that URLs encode arrive as they are', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    const body = JSON.stringify({ offsets: [{ topic: 't', partition: 0, offset: 1 }] })
    const group = 'a b#ü%'
    // A gateway hands the path over as it came, or decoded.
    for (const path of [`/groups/${encodeURIComponent(group)}/offsets`, `/groups/${group}/offsets`]) {
      expect((await call({ method: 'POST', path, headers: json, body })).statusCode).toBe(200)
    }
    const { groups } = await cluster.services.groups.list()
    expect(groups.map((entry) => entry.group)).toEqual([group])
  })

  test('a path that leads upwards is nowhere', async () => {
    const { call } = start()
    for (const path of ['/topics/t/../../healthz', '/x/%2e%2e/healthz', '/./healthz', '/..']) {
      expect((await call({ method: 'GET', path })).statusCode).toBe(404)
    }
  })

  test('the largest produce request has an answer that fits; with a record more nothing is stored', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    const produce = (count: number) =>
      call({
        method: 'POST',
        path: '/topics/t/partitions/0',
        headers: json,
        body: JSON.stringify({ records: Array(count).fill({ value: 1 }) }),
      })
    expect(bodyOf(await produce(produceRecordsMax + 1))).toMatchObject({ error_code: 413 })
    const largest = await produce(produceRecordsMax)
    expect(fits(largest)).toBe(true)
    expect(bodyOf(largest).offsets.at(-1)).toEqual({ partition: 0, offset: produceRecordsMax - 1 })
  })

  test('a body over the limit is 413 with a sentence, as text and in base64', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    const body = JSON.stringify({ records: [{ value: 'x'.repeat(6_000_000) }] })
    for (const sent of [body, Buffer.from(body), Buffer.from(body.slice(0, 5_000_000))]) {
      const answer = await call({ method: 'POST', path: '/topics/t', headers: json, body: sent })
      expect(answer.statusCode).toBe(413)
      expect(bodyOf(answer)).toEqual({ error_code: 413, message: expect.stringContaining('6000000') })
    }
  })

  test('an answer always fits: there are fewer records in it', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t')
    // Quotes: as a JSON string they cost twice, as base64 four thirds.
    const records = Array.from({ length: 2_000 }, () => ({ value: Array.from({ length: 300 }, () => '') }))
    for (let request = 0; request < 5; request += 1) await cluster.send('POST', '/topics/t', { json: { records } })
    let next = 0
    let answers = 0
    while (next < 10_000) {
      const query = [
        ['offset', String(next)],
        ['max_bytes', '100000000'],
      ] as const
      const answer = await call({ method: 'GET', path: '/topics/t/partitions/0/records', query })
      expect(answer.statusCode).toBe(200)
      expect(fits(answer)).toBe(true)
      expect(bodyOf(answer)[0].offset).toBe(next)
      next = Number(header(answer, 'gregor-next-offset'))
      answers += 1
    }
    expect(answers).toBeGreaterThan(1)
  })

  test('one record that does not fit is told with a sentence, not cut off by Lambda', async () => {
    const { cluster, call } = start()
    await cluster.createTopic('t', 1, { 'max.message.bytes': '20000000' })
    const body = Buffer.alloc(5_500_000, 0x61)
    const other = testCluster({ meta: cluster.services.meta, objects: cluster.services.objects })
    const topic = await other.services.topics.get('t')
    const { buildBatch } = await import('../../lib/records/build.ts')
    await other.services.log.append(
      { topicId: topic?.id as never, partition: 0 },
      buildBatch({ now: 1, records: [{ value: body }] }),
    )
    const answer = await call({ method: 'GET', path: '/topics/t/partitions/0/records', headers: { Accept: binary } })
    expect(answer.statusCode).toBe(413)
    expect(bodyOf(answer).message).toMatch(/6 MB/)
    expect(fits(answer)).toBe(true)
  })

  test('nothing is left to do when it answers', async () => {
    const { cluster, call, settledCalls } = start()
    await cluster.createTopic('t')
    await call({
      method: 'POST',
      path: '/topics/t',
      query: [['acks', '0']],
      headers: json,
      body: '{"records":[{"value":1}]}',
    })
    expect(settledCalls()).toBe(1)
    const read = await call({ method: 'GET', path: '/topics/t/partitions/0/records' })
    expect(bodyOf(read)).toHaveLength(1)
    expect(settledCalls()).toBe(2)
  })

  test('a throw inside is an answer that says nothing of it, and is reported', async () => {
    const app = new Hono<HttpEnv>()
    app.get(
      '/bytes',
      () => new Response(Buffer.from([0, 255]), { headers: { 'content-type': 'application/octet-stream' } }),
    )
    app.get('/cookies', () => {
      const response = new Response('x')
      response.headers.append('set-cookie', 'a=1')
      response.headers.append('set-cookie', 'b=2')
      return response
    })
    app.get(
      '/stream',
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('secret')) })),
    )
    const faults: unknown[] = []
    const handler = lambdaHandler(app, {
      report: (fault) => faults.push(fault),
      settle: () => Promise.reject(new Error('late')),
    })
    const answer = await handler(lambdaEvent(form, { method: 'GET', path: '/stream' }))
    expect(answer.statusCode).toBe(500)
    expect(bodyOf(answer)).toEqual({ error_code: 50002, message: expect.not.stringContaining('secret') })
    expect(faults.map(String)).toEqual(['Error: secret', 'Error: late'])

    const bytes = await handler(lambdaEvent(form, { method: 'GET', path: '/bytes' }))
    expect(bytes).toMatchObject({ isBase64Encoded: true, body: 'AP8=' })
    const cookies = await handler(lambdaEvent(form, { method: 'GET', path: '/cookies' }))
    expect(cookies.cookies ?? cookies.multiValueHeaders?.['set-cookie']).toEqual(['a=1', 'b=2'])
  })
})

test.each([
  [undefined],
  [null],
  ['text'],
  [[]],
  [{}],
  [{ httpMethod: 'GET' }],
  [{ path: '/' }],
  [{ rawPath: '/', requestContext: {} }],
  [{ httpMethod: 'GET /', path: '/' }],
  [{ 'detail-type': 'Scheduled Event' }],
])('an event that is no request is refused, not thrown: %j', async (event) => {
  const answer = await lambdaHandler(testCluster().app)(event)
  expect(answer.statusCode).toBe(400)
  expect(JSON.parse(answer.body).error_code).toBe(400)
})

test('an event of any shape is answered, and with a sentence of ours', async () => {
  const handler = lambdaHandler(testCluster().app)
  const request = fc.record(
    {
      ...{ httpMethod: fc.anything(), path: fc.anything(), rawPath: fc.anything(), rawQueryString: fc.anything() },
      ...{ headers: fc.anything(), multiValueHeaders: fc.anything(), queryStringParameters: fc.anything() },
      ...{ body: fc.anything(), isBase64Encoded: fc.anything() },
      requestContext: fc.oneof(
        fc.anything(),
        fc.record({ http: fc.anything(), stage: fc.anything(), path: fc.anything() }),
      ),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.anything(), request), fc.anything(), async (event, context) => {
      const answer = await handler(event, context)
      expect([400, 404, 405, 413]).toContain(answer.statusCode)
      expect(JSON.parse(answer.body)).toEqual({ error_code: expect.any(Number), message: expect.any(String) })
    }),
    { numRuns: 300 },
  )
})

describe('who watches a call', () => {
  const event = lambdaEvent('HTTP API (2.0)', { method: 'GET', path: '/healthz' })

  test('is told of the status and of the id that the caller is answered', async () => {
    const seen: unknown[] = []
    const handler = lambdaHandler(testCluster().app, {
      around: async (call, run) => seen.push(call.correlationId, await run()),
    })
    const { headers } = await handler(event, { awsRequestId: 'lambda-1' })
    expect(seen).toEqual(['lambda-1', 200])
    expect(headers?.['x-correlation-id']).toBe('lambda-1')
  })

  test('fails on its own: after the call the answer stands, before it there is one that says nothing', async () => {
    const faults: unknown[] = []
    const options = { report: (fault: unknown) => faults.push(fault) }
    const handlerOf = (around: LambdaHandlerOptions['around'] & {}) =>
      lambdaHandler(testCluster().app, { ...options, around })
    const after = handlerOf(async (_, run) => {
      await run()
      throw new Error('secret')
    })
    expect(await after(event)).toMatchObject({ statusCode: 200 })
    const before = handlerOf(() => Promise.reject(new Error('secret')))
    const answer = await before(event)
    expect(answer.statusCode).toBe(500)
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(faults.map(String)).toEqual(['Error: secret', 'Error: secret'])
  })
})

test('the mapping of a custom domain is no part of our paths', async () => {
  const handler = lambdaHandler(testCluster().app, { basePath: '/gregor' })
  for (const form of eventForms) {
    for (const [path, status] of [
      ['/gregor/healthz', 200],
      ['/healthz', 200],
      ['/gregorx/healthz', 404],
    ] as const) {
      expect((await handler(lambdaEvent(form, { method: 'GET', path, stage: '$default' }))).statusCode).toBe(status)
    }
  }
})
