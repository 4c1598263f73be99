import { expect, test } from 'vitest'
import { openapiDocument } from '../../lib/http/openapi.ts'
import { testCluster } from './cluster.ts'
import { checkAnswer, describesBody } from './openapi-check.ts'

const document = openapiDocument('http://localhost')
const { app } = testCluster()

interface Parameter {
  readonly name: string
  readonly in: string
}

interface Refusal {
  readonly message?: string
}

/** `GET /topics/:topic` as the document writes it. */
const routes = app.routes
  .filter(({ method }) => method !== 'ALL')
  .map(({ method, path }) => `${method} ${path.replace(/\/:(\w+)/g, '/{$1}')}`)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
)

test('every route is in the document, and everything in the document is a route', () => {
  expect(routes.length).toBeGreaterThan(30)
  expect([...operations].sort()).toEqual([...routes].sort())
})

test('every reference leads to a schema, and every schema is used', () => {
  const text = JSON.stringify(document)
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]))
  expect([...used].sort()).toEqual(Object.keys(document.components.schemas).sort())
})

test('every operation names its path parameters', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    for (const operation of Object.values(methods) as { parameters: { name: string; in: string }[] }[]) {
      const described = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
      expect(described).toEqual(named)
    }
  }
})

test('a route that refuses other parameters names those that the document has', async () => {
  let refusals = 0
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods) as [string, { parameters: Parameter[] }][]) {
      const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
      const asked = `${path.replace(/\{\w+\}/g, '0')}?no_such_parameter=1`
      const { message } = (await (await app.request(asked, { method: method.toUpperCase() })).json()) as Refusal
      if (!message?.includes('no_such_parameter')) continue
      refusals += 1
      expect(`${asked}: ${message}`).toContain(`: it takes ${names.length === 0 ? 'none' : names.join(', ')}.`)
    }
  }
  expect(refusals).toBe(11)
})

test('the document is served, with the URL under which it was asked for', async () => {
  const response = await app.request('https://example.org/openapi.json', {}, { basePath: '/prod' })
  expect(await response.json()).toEqual(openapiDocument('https://example.org/prod'))
})

test('an answer that the document does not describe is seen', () => {
  const headers = new Headers({ 'content-type': 'application/json' })
  const answer = (body: unknown, status = 200) => ({ status, headers, body, text: JSON.stringify(body) })
  expect(() => checkAnswer('GET', '/healthz', answer({ status: 'ok' }))).not.toThrow()
  expect(() => checkAnswer('GET', '/healthz', answer({ status: 'ok', more: 1 }))).toThrow()
  expect(() => checkAnswer('GET', '/healthz', answer({ status: 'ok' }, 201))).toThrow()
  expect(() => checkAnswer('GET', '/nothing', answer({ error_code: 404, message: 'x' }, 404))).not.toThrow()
  expect(() => checkAnswer('GET', '/nothing', answer({ message: 'x' }, 404))).toThrow()
})

test.each([
  [
    'POST',
    '/topics/t',
    { records: [{ key: 1, value: null, partition: 0, headers: [{ key: 'a', value: 'AA==' }] }] },
    true,
  ],
  ['POST', '/topics/t', { records: [] }, false],
  ['POST', '/topics/t', { records: [{ vlaue: 1 }] }, false],
  ['POST', '/groups/g/offsets', { offsets: [{ topic: 't', partition: 0, offset: 1 }] }, true],
  ['POST', '/groups/g/offsets', { offsets: [{ topic: 't', partition: 0 }] }, false],
  [
    'POST',
    '/v3/clusters/c/topics',
    { topic_name: 't', partitions_count: 3, configs: [{ name: 'a', value: 'b' }] },
    true,
  ],
  ['POST', '/v3/clusters/c/topics', { partitions_count: 3 }, false],
  ['POST', '/v3/clusters/c/topics/t/configs:alter', { data: [{ name: 'a', operation: 'DELETE' }] }, true],
])('the document describes bodies as the routes read them: %s %s %j', (method, path, body, legal) => {
  expect(describesBody(method, path, 'application/json', body)).toBe(legal)
})
