/** How a command is let in by an API that asks for a key or for a token: seen from the server's side. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gregor } from './scripted-terminal.ts'

const seen: IncomingHttpHeaders[] = []
const server = createServer((request, response) => {
  seen.push(request.headers)
  response.setHeader('content-type', 'application/json')
  response.end('{"data":[{"cluster_id":"c"}],"metadata":{"next":null}}')
})
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gregor-home-'))
})
afterEach(() => {
  seen.length = 0
  rmSync(home, { recursive: true })
})

/** The two headers of each request of `gregor topic list`, which are the same. */
async function shown(words: readonly string[], env: Record<string, string> = {}) {
  const { code, err } = await gregor(['topic', 'list', ...words], { env: { HOME: home, ...env } })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  // Each request has a signature of its own.
  const [first, ...others] = seen.splice(0).map(({ 'x-api-key': key, authorization }) => ({
    key,
    authorization: authorization?.replace(/, Signature=.*/, ''),
  }))
  for (const other of others) expect(other).toEqual(first)
  return first
}

const variables = { GREGOR_API_KEY: 'key-of-environment', GREGOR_TOKEN: 'token-of-environment' }
const added = (...words: string[]) => gregor(['context', 'add', ...words], { env: { HOME: home } })

describe('a command is let in', () => {
  test('by --api-key and --token, else by the environment, else it shows nothing', async () => {
    expect(await shown(['--url', url])).toEqual({ key: undefined, authorization: undefined })
    expect(await shown(['--url', url, '--api-key', 'k'])).toEqual({ key: 'k', authorization: undefined })
    expect(await shown(['--url', url, '--token', 'a.b.c'])).toEqual({ key: undefined, authorization: 'Bearer a.b.c' })
    const ofEnvironment = { key: 'key-of-environment', authorization: 'Bearer token-of-environment' }
    expect(await shown(['--url', url], variables)).toEqual(ofEnvironment)
    expect(await shown([], { ...variables, GREGOR_URL: url })).toEqual(ofEnvironment)
    expect(await shown(['--url', url, '--token', 't'], variables)).toEqual({
      key: 'key-of-environment',
      authorization: 'Bearer t',
    })
  })

  test('by its context and by options, but a context is not shown the environment’s', async () => {
    await added('keyed', '--url', url, '--header', 'X-API-Key=own')
    expect(await shown([], variables)).toEqual({ key: 'own', authorization: undefined })
    expect(await shown(['--api-key', 'k'], variables)).toEqual({ key: 'k', authorization: undefined })
    await added('open', '--url', url)
    expect(await shown(['--context', 'open'], variables)).toEqual({ key: undefined, authorization: undefined })
  })

  test('by a signature or a token, not both; a signature leaves the environment’s token out', async () => {
    const signed = ['--url', url, '--sigv4', '--region', 'eu-west-1']
    const credentials = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }
    expect(await gregor(['topic', 'list', ...signed, '--token', 't'])).toMatchObject({
      code: 2,
      err: 'A request is signed or has a token, not both.\nLeave out --token, or --sigv4.\n',
    })
    const before = { ...process.env }
    Object.assign(process.env, credentials)
    try {
      const { key, authorization } = (await shown(signed, variables)) ?? {}
      expect({ key, authorization }).toEqual({
        key: 'key-of-environment',
        authorization: expect.stringMatching(/^AWS4-/),
      })
    } finally {
      for (const name of Object.keys(credentials)) {
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
      }
    }
  })

  test('by nothing that is no header, and what the environment has is not repeated', async () => {
    for (const bad of ['', 'two words', 'line\nbreak', 'schlüssel']) {
      const { code, err } = await gregor(['topic', 'list', '--url', url, '--api-key', bad])
      expect({ bad, code, err }).toMatchObject({ code: 2, err: expect.stringContaining('letters, digits and signs') })
    }
    const { code, err } = await gregor(['topic', 'list', '--url', url], {
      env: { HOME: home, GREGOR_TOKEN: 'a secret' },
    })
    expect({ code, err }).toEqual({
      code: 2,
      err: 'GREGOR_TOKEN cannot be sent as a header.\nIt is letters, digits and signs, without spaces or line breaks.\n',
    })
    expect(seen).toEqual([])
  })

  test('or not at all, and is told what such an API may ask for', async () => {
    const refusing = createServer((_, response) => response.writeHead(403).end('{"message":"Forbidden"}'))
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
    const place = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
    const { code, err } = await gregor(['topic', 'list', '--url', place])
    refusing.close()
    expect(code).toBe(1)
    expect(err).toMatch(/^Forbidden\.\n.*--sigv4.*--api-key.*--token/)
  })
})
