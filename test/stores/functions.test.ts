/**
 * The functions as they are deployed, bundled, on DynamoDB and S3 as others wrote them, called with every form of event
 * and, through a gateway on this machine, by the client.
 */
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type FunctionName, functionNames } from '../../cdk/gregor-props.ts'
import { systemClock } from '../../lib/base/system.ts'
import { GregorClient } from '../../lib/client/client.ts'
import { createDynamoClient } from '../../lib/store/adapters/dynamodb/client.ts'
import { createTable } from '../../lib/store/adapters/dynamodb/table.ts'
import { createS3Client } from '../../lib/store/adapters/s3/client.ts'
import { bundle, bundleFolder } from '../functions/bundle.ts'
import { functionFor } from '../functions/routes.ts'
import { type EventRequest, eventForms, lambdaEvent } from '../http/lambda-events.ts'
import { type LambdaHandler, startLambdaServer } from '../http/lambda-server.ts'
import { dynamoStandIns } from './dynamodb-tables.ts'

const s3 = process.env.GREGOR_TEST_MINISTACK
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

for (const { name, endpoint = '' } of dynamoStandIns) {
  describe.skipIf(endpoint === '' || s3 === undefined)(
    `on ${name} and ministack (npm run test:stores starts them)`,
    () => {
      const tableName = `functions-${process.pid}-${name.replace(/\W/g, '')}`
      const bucket = `functions-${process.pid}-${name.toLowerCase().replace(/\W/g, '')}`
      let handlers: Record<FunctionName, LambdaHandler>
      let remove = async () => {}
      afterAll(() => remove())

      beforeAll(async () => {
        const dynamo = createDynamoClient({ region: 'us-east-1', endpoint, credentials })
        await createTable(dynamo, tableName, systemClock)
        dynamo.destroy()
        const objects = createS3Client({ region: 'us-east-1', endpoint: s3 ?? '', credentials, forcePathStyle: true })
        await objects.send(new CreateBucketCommand({ Bucket: bucket }))
        objects.destroy()
        Object.assign(process.env, {
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL_DYNAMODB: endpoint,
          AWS_ENDPOINT_URL_S3: s3,
          S3_FORCE_PATH_STYLE: 'true',
          TABLE_NAME: tableName,
          BUCKET_NAME: bucket,
        })
        const loaded: [string, LambdaHandler][] = []
        const made = await bundleFolder()
        remove = made.remove
        for (const name of functionNames)
          loaded.push([name, (await import((await bundle(name, made.folder)).file)).handler])
        handlers = Object.fromEntries(loaded) as Record<FunctionName, LambdaHandler>
      })

      test.each(eventForms)('a topic is made, written, read, committed and deleted by %s', async (form) => {
        const topic = `t-${form.replace(/\W/g, '')}`
        const call = async (request: EventRequest) => {
          const json = { 'Content-Type': 'application/json' }
          const handler = handlers[functionFor(request.method, request.path)]
          const result = await handler(lambdaEvent(form, { ...request, headers: { ...json, ...request.headers } }))
          const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8').toString()
          return { status: result.statusCode, body: body === '' ? undefined : JSON.parse(body) }
        }
        const send = (method: string, path: string, json?: object) =>
          call({ method, path, ...(json === undefined ? {} : { body: JSON.stringify(json) }) })

        const id = (await send('GET', '/v3/clusters')).body.data[0].cluster_id
        const created = await send('POST', `/v3/clusters/${id}/topics`, { topic_name: topic, partitions_count: 2 })
        expect(created.status).toBe(201)
        // One small flush, which lies inline in DynamoDB, and one large one, which goes to S3.
        const small = await send('POST', `/topics/${topic}/partitions/0`, { records: [{ key: 'k', value: { n: 1 } }] })
        expect(small.body.offsets).toEqual([{ partition: 0, offset: 0 }])
        const value = 'x'.repeat(900_000)
        const accepted = await call({
          method: 'POST',
          path: `/topics/${topic}/partitions/0`,
          query: [['acks', '0']],
          body: JSON.stringify({ records: [{ value }] }),
        })
        expect(accepted.status).toBe(202)
        const read = await call({
          method: 'GET',
          path: `/topics/${topic}/partitions/0/records`,
          query: [['max_bytes', '2000000']],
        })
        expect(read.body.map((record: { value: unknown }) => record.value)).toEqual([{ n: 1 }, value])

        await send('POST', '/groups/g/offsets', { offsets: [{ topic, partition: 0, offset: 1 }] })
        const lags = await send('GET', `/v3/clusters/${id}/consumer-groups/g/lags/${topic}/partitions/0`)
        expect(lags.body.lag).toBe(1)
        expect((await send('GET', '/healthz')).body).toEqual({ status: 'ok' })
        expect((await send('DELETE', `/v3/clusters/${id}/topics/${topic}`)).status).toBe(204)
        expect((await send('GET', `/topics/${topic}`)).status).toBe(404)
      })

      test('no function reaches the routes of another', async () => {
        const call = async (name: FunctionName, method: string, path: string) =>
          (await handlers[name](lambdaEvent('function URL', { method, path }))).statusCode
        expect(await call('produce', 'GET', '/topics')).toBe(404)
        expect(await call('produce', 'DELETE', '/v3/clusters/x/topics/t')).toBe(404)
        expect(await call('fetch', 'POST', '/topics/t')).toBe(404)
        expect(await call('commit', 'GET', '/topics')).toBe(404)
        expect(await call('topics', 'POST', '/groups/g/offsets')).toBe(404)
      })

      test('the client works with it as with a local cluster', async () => {
        const server = await startLambdaServer((method, path) => handlers[functionFor(method, path)], {
          form: 'HTTP API (2.0)',
          route: true,
        })
        onTestFinished(() => server.close())
        const client = new GregorClient({ url: server.url })
        await client.health()
        await client.topics.create('by-client', { partitions: 4 })
        const records = Array.from({ length: 500 }, (_, index) => ({ key: `k${index % 20}`, value: `${index}` }))
        const results = await client.produce('by-client', records)
        expect(results.every((result) => result.outcome === 'produced')).toBe(true)
        const byKey = new Map<string, number[]>()
        for await (const record of client.consume('by-client')) {
          byKey.set(String(record.key), [...(byKey.get(String(record.key)) ?? []), Number(record.value)])
        }
        expect(byKey.size).toBe(20)
        for (const [key, values] of byKey) {
          expect(values).toEqual(Array.from({ length: 25 }, (_, index) => Number(key.slice(1)) + index * 20))
        }
      })

      test('the janitor runs on a schedule and says what it did', async () => {
        const janitor = handlers.janitor as unknown as (event: object, context: object) => Promise<{ calls: number }>
        const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }
        const done = await janitor(event, { getRemainingTimeInMillis: () => 60_000 })
        expect(done.calls).toBeGreaterThan(0)
      })
    },
  )
}
