/**
 * What an instance of a function says of its calls, to its log, its metrics and X-Ray, and what it does not say to callers.
 * It runs as a process, bundled; that no store answers is the fault which it meets.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { correlationIdLengthMax } from '../../lib/base/limits.ts'
import { type EventRequest, eventForms, lambdaEvent } from '../http/lambda-events.ts'
import { bundle, bundleFolder } from './bundle.ts'
import { runInstance, withoutStores } from './instance.ts'

let files: { topics: string; produce: string; traced: string }
let remove = async () => {}
beforeAll(async () => {
  const made = await bundleFolder()
  remove = made.remove
  const [topics, produce, traced] = await Promise.all([
    bundle('topics', made.folder),
    bundle('produce', made.folder),
    bundle('topics', made.folder, { tracing: true }),
  ])
  files = { topics: topics.file, produce: produce.file, traced: traced.file }
})
afterAll(() => remove())

const context = { awsRequestId: 'lambda-1', functionName: 'Gregor-Topics', functionVersion: '$LATEST' }
const eventOf = (request: EventRequest, requestId = 'gateway-1') => {
  const event = lambdaEvent('HTTP API (2.0)', request) as { requestContext: object }
  return { ...event, requestContext: { ...event.requestContext, requestId } }
}
const noRoute = eventOf({ method: 'GET', path: '/nothing' })
const metricsOf = (lines: readonly Record<string, unknown>[]) => lines.filter((line) => '_aws' in line)

describe('a call is found again by its correlation id', () => {
  test('the caller’s own, else API Gateway’s, else Lambda’s: in the answer, whatever that is', async () => {
    const own = (id: string) => eventOf({ method: 'GET', path: '/nothing', headers: { 'X-Correlation-Id': id } })
    const long = 'x'.repeat(correlationIdLengthMax + 1)
    const events = [own('order-7'), noRoute, own('two\r\nlines'), own(long), own(''), 'no event', undefined, null]
    const { answers } = await runInstance(
      files.topics,
      withoutStores,
      events.map((event) => ({ event, context })),
    )
    expect(answers.map(({ headers }) => headers?.['x-correlation-id'])).toEqual([
      'order-7',
      ...['gateway-1', 'gateway-1', 'gateway-1', 'gateway-1'],
      ...['lambda-1', 'lambda-1', 'lambda-1'],
    ])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404, 404, 400, 400, 400])
  })

  test.each(eventForms)('it is echoed in the headers of a %s', async (form) => {
    const event = lambdaEvent(form, { method: 'GET', path: '/nothing', headers: { 'X-Correlation-Id': 'mine' } })
    const [answer] = (await runInstance(files.topics, withoutStores, [{ event }])).answers
    expect(answer?.headers?.['x-correlation-id'] ?? answer?.multiValueHeaders?.['x-correlation-id']?.[0]).toBe('mine')
  })
})

describe('when the stores do not answer', () => {
  test('the caller is told so with a status, and nothing of our insides; the log has it all, with the id', async () => {
    const { answers, lines } = await runInstance(files.topics, withoutStores, [
      { event: eventOf({ method: 'GET', path: '/topics' }), context },
    ])
    const [answer] = answers
    expect(answer?.statusCode).toBe(503)
    expect(JSON.stringify(answer)).not.toMatch(/secret|ECONNREFUSED|127\.0\.0\.1|\bat /)
    const fault = lines.find(({ level }) => level === 'ERROR')
    expect(fault).toMatchObject({
      message: 'fault',
      correlation_id: 'gateway-1',
      function_request_id: 'lambda-1',
      error: { name: 'StoreUnavailable', stack: expect.any(String) },
    })
    const [metrics] = metricsOf(lines)
    expect(metrics).toMatchObject({ ServerErrors: 1, function: 'topics', service: 'gregor' })
  })
})

describe('each call is one line of metrics', () => {
  test('of two dimensions that are bounded, without what is zero', async () => {
    const env = { ...withoutStores, POWERTOOLS_METRICS_NAMESPACE: 'Gregor/Mine', POWERTOOLS_SERVICE_NAME: 'mine' }
    const { lines } = await runInstance(files.topics, env, [
      { event: noRoute, context },
      { event: noRoute, context },
    ])
    const metrics = metricsOf(lines)
    expect(metrics).toHaveLength(2)
    for (const line of metrics) {
      const [directive] = (line._aws as { CloudWatchMetrics: Record<string, unknown>[] }).CloudWatchMetrics
      expect(directive).toEqual({
        Namespace: 'Gregor/Mine',
        Dimensions: [['service', 'function']],
        Metrics: [
          { Name: 'Duration', Unit: 'Milliseconds' },
          { Name: 'ClientErrors', Unit: 'Count' },
        ],
      })
      expect(line).toMatchObject({ service: 'mine', function: 'topics', ClientErrors: 1 })
      expect(line).toMatchObject({ correlation_id: 'gateway-1', status: '404' })
      expect(line.Duration).toBeGreaterThan(0)
    }
  })
})

describe('X-Ray', () => {
  const daemon = async () => {
    const segments: { name: string; id: string; subsegments?: { name: string }[]; [key: string]: unknown }[] = []
    const socket = createSocket('udp4', (message) => {
      segments.push(JSON.parse(String(message).split('\n').at(-1) ?? ''))
    })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return { segments, socket, address: `127.0.0.1:${(socket.address() as AddressInfo).port}` }
  }
  const lambda = {
    ...withoutStores,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: '/var/task',
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  }

  test('is told of a call and of its requests to the stores, where it is on', async () => {
    const { segments, socket, address } = await daemon()
    const env = { ...lambda, AWS_XRAY_DAEMON_ADDRESS: address, POWERTOOLS_TRACE_ENABLED: 'true' }
    const event = eventOf({ method: 'GET', path: '/topics', headers: { 'x-correlation-id': 'traced' } })
    const { answers } = await runInstance(files.traced, env, [{ event, context }])
    expect(answers[0]?.statusCode).toBe(503)
    const call = () => segments.find(({ name }) => name === '## topics')
    while (call() === undefined) await once(socket, 'message')
    socket.close()
    expect(call()).toMatchObject({
      trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      fault: true,
      annotations: { ColdStart: true, CorrelationId: 'traced' },
    })
    const { id } = call() ?? {}
    const below = segments.filter(({ parent_id }) => parent_id === id).concat((call()?.subsegments ?? []) as never)
    expect(below.map(({ name }) => name)).toContain('DynamoDB')
  })

  test.each(['false', ''])('is not even loaded where POWERTOOLS_TRACE_ENABLED is %j', async (value) => {
    const env = { ...lambda, AWS_XRAY_DAEMON_ADDRESS: 'not an address', POWERTOOLS_TRACE_ENABLED: value }
    const { answers, text } = await runInstance(files.produce, env, [{ event: noRoute, context }])
    expect(answers[0]?.statusCode).toBe(404)
    expect(text).not.toMatch(/x-?ray/i)
  })
})
