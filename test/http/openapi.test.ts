import { expect, test } from 'vitest'
import { openapiDocument } from '../../lib/http/openapi.ts'
import { testCluster } from './cluster.ts'

const document = openapiDocument('http://localhost')
const { app } = testCluster()

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

test('the document is served, with the URL under which it was asked for', async () => {
  const response = await app.request('https://example.org/openapi.json', {}, { basePath: '/prod' })
  expect(await response.json()).toEqual(openapiDocument('https://example.org/prod'))
})
