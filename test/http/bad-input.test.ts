/** What a new user tries, and what an attacker does: every answer is `{error_code, message}` with a sentence. */
import { beforeEach, expect, test } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import { type SendOptions, type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = testCluster()
  await cluster.createTopic('t', 2)
})

async function refused(
  method: string,
  path: string,
  options: SendOptions = {},
): Promise<{ status: number; code: number; message: string }> {
  const { status, body, headers } = await cluster.send(method, path, options)
  expect(Object.keys(body ?? {}).sort()).toEqual(['error_code', 'message'])
  expect(headers.get('content-type')).toBe('application/json')
  expect(body.message).toMatch(/^\S.+ .+\.$/s)
  expect(body.message).not.toMatch(/\bat .*:\d+|node_modules|\.ts\b/)
  expect(String(body.error_code).slice(0, 3)).toBe(String(status))
  return { status, code: body.error_code, message: body.message }
}

const binary = 'application/vnd.kafka.binary.v2+json'
const produce = (options: SendOptions) => refused('POST', '/topics/t', options)

test.each([
  ['a truncated body', '{"records":[{"value":1}'],
  ['no body', ''],
  ['no JSON', 'hello'],
  ['two documents', '{} {}'],
  ['a trailing comma', '{"records":[{"value":1},]}'],
])('%s is not JSON: 400', async (_, body) => {
  expect(await produce({ body })).toMatchObject({ code: 400, message: expect.stringContaining('not JSON') })
})

test('bytes that are not UTF-8 are not JSON: 400', async () => {
  const body = Buffer.concat([Buffer.from('{"records":[{"value":"'), Buffer.from([0xff]), Buffer.from('"}]}')])
  expect((await produce({ body })).code).toBe(400)
})

test.each([['[]'], ['"text"'], ['1'], ['null'], ['[{"records":[]}]']])(
  'JSON that is not an object is refused: %s',
  async (body) => {
    expect(await produce({ body })).toMatchObject({ code: 422, message: expect.stringContaining('object') })
  },
)

test.each([
  ['{}', 'records'],
  ['{"records":{}}', 'records'],
  ['{"records":[]}', 'records'],
  ['{"records":null}', 'records'],
  ['{"records":[1]}', 'records[0]'],
  ['{"records":[{"value":1},[]]}', 'records[1]'],
  ['{"records":[{"vlaue":1}]}', 'vlaue'],
  ['{"record":[{"value":1}]}', 'record'],
  ['{"records":[{"value":1,"partition":-1}]}', 'records[0].partition'],
  ['{"records":[{"value":1,"partition":"0"}]}', 'records[0].partition'],
  ['{"records":[{"value":1,"partition":0.5}]}', 'records[0].partition'],
  ['{"records":[{"value":1,"partition":1e400}]}', 'records[0].partition'],
  ['{"records":[{"value":1,"timestamp":9007199254740993}]}', 'records[0].timestamp'],
  ['{"records":[{"value":1,"timestamp":"now"}]}', 'records[0].timestamp'],
  ['{"records":[{"value":1,"headers":{}}]}', 'records[0].headers'],
  ['{"records":[{"value":1,"headers":[1]}]}', 'records[0].headers[0]'],
  ['{"records":[{"value":1,"headers":[{"value":""}]}]}', 'records[0].headers[0].key'],
  ['{"records":[{"value":1,"headers":[{"key":"a","vale":""}]}]}', 'vale'],
])('a wrong shape is refused, and the sentence names the place: %s', async (body, place) => {
  expect(await produce({ body })).toMatchObject({ code: 422, message: expect.stringContaining(place) })
})

test.each(['!!!!', 'YQ', 'YQ=', 'YQ===', 'Y Q=', '=', 'YWJj\n', 'YQ==YQ==', '====', 'ü'])(
  'a key that is not base64 is refused: %j',
  async (key) => {
    const { code, message } = await produce({ type: binary, json: { records: [{ value: 'YQ==' }, { key }] } })
    expect(code).toBe(42203)
    expect(message).toContain('records[1].key')
  },
)

test.each([[7], [{}], [[]], [true]])('a value that is no string is not base64: %j', async (value) => {
  expect((await produce({ type: binary, json: { records: [{ value }] } })).code).toBe(42203)
})

test('a header that is not base64 is refused in either format', async () => {
  const json = { records: [{ value: null, headers: [{ key: 'h', value: 'no base64' }] }] }
  expect((await produce({ json })).code).toBe(42203)
  expect((await produce({ type: binary, json })).code).toBe(42203)
})

test('nothing of a request that is refused is stored', async () => {
  await produce({ json: { records: [{ value: 1 }, { valeu: 2 }] } })
  for (const partition of [0, 1]) {
    expect((await cluster.send('GET', `/topics/t/partitions/${partition}/records`)).body).toEqual([])
  }
})

test('JSON nested too deeply to be written again is refused, not a crash', async () => {
  const depth = 200_000
  const body = `{"records":[{"value":${'['.repeat(depth)}${']'.repeat(depth)}}]}`
  expect((await produce({ body })).status).toBeLessThan(500)
})

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/vnd.kafka.avro.v2+json',
  'application/vnd.kafka.json.v1+json',
  'application/jsonx',
  '',
])('content type %j is not read, and the sentence says which are', async (type) => {
  expect(await produce({ type, body: '{"records":[{"value":1}]}' })).toMatchObject({
    code: 415,
    message: expect.stringContaining('application/vnd.kafka.json.v2+json'),
  })
})

test('a content type may carry parameters and capitals', async () => {
  const sent = await cluster.send('POST', '/topics/t', {
    type: 'Application/JSON; charset=utf-8',
    json: { records: [{ value: 1 }] },
  })
  expect(sent.status).toBe(200)
})

test('a compressed body is refused with a sentence', async () => {
  expect((await produce({ json: {}, headers: { 'content-encoding': 'gzip' } })).code).toBe(415)
})

test.each([
  ['GET', '/topics/t/partitions/0/records'],
  ['GET', '/topics'],
  ['GET', '/topics/t'],
  ['POST', '/topics/t'],
])('an Accept that cannot be met is 406: %s %s', async (method, path) => {
  const json = method === 'POST' ? { json: { records: [{ value: 1 }] } } : {}
  expect((await refused(method, path, { accept: 'text/html', ...json })).code).toBe(406)
})

test('a body over the limit is refused, declared or streamed, with the limit in the sentence', async () => {
  const large = `{"records":[{"value":"${'x'.repeat(6_000_000)}"}]}`
  expect(await produce({ body: large })).toMatchObject({ code: 413, message: expect.stringContaining('6000000 bytes') })
  expect(await produce({ body: large, headers: { 'content-length': String(large.length) } })).toMatchObject({
    code: 413,
  })
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1
      controller.enqueue(new Uint8Array(65_536).fill(0x20))
    },
  })
  const response = await cluster.app.request('/topics/t', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: endless,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(413)
  expect(pulled).toBeLessThan(100)
})

test('a body that breaks off is 400', async () => {
  const broken = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('{"records":'))
      controller.error(new Error('cut'))
    },
  })
  const response = await cluster.app.request('/topics/t', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: broken,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(400)
})

test.each(['2', 'x', '', 'ALL', '-2'])('acks=%j is no acks', async (acks) => {
  expect((await refused('POST', `/topics/t?acks=${acks}`, { json: { records: [{ value: 1 }] } })).code).toBe(400)
})

test.each([
  'offset=x',
  'offset=',
  'offset=1.5',
  'offset=1e3',
  'offset=0x10',
  'offset=%201',
  'offset=+1',
  'offset=9007199254740992',
  'offset=99999999999999999999',
  'offset=NaN',
  'offset=0&offset=1',
  'offset=0&timestamp=0',
  'timestamp=-1',
  'timestamp=x',
  'max_bytes=0',
  'max_bytes=-1',
  'max_bytes=x',
  'timeout=-1',
  'timeout=25001',
  'timeout=x',
])('a number that is none is 400: %s', async (query) => {
  expect((await refused('GET', `/topics/t/partitions/0/records?${query}`)).code).toBe(400)
})

test.each([
  ['GET', '/topics/t/partitions/0/records', '?ofset=5', 'it takes offset, timestamp, max_bytes, timeout'],
  ['GET', '/topics/t/partitions/0/records', '?offset=0&Timeout=1', 'it takes offset, timestamp, max_bytes, timeout'],
  ['GET', '/topics/t/partitions/0/offsets', '?time=5', 'it takes timestamp'],
  ['DELETE', '/topics/t/partitions/0/records', '?before=0&dry_run=true', 'it takes before'],
  ['POST', '/topics/t', '?ack=0', 'it takes acks'],
  ['POST', '/topics/t/partitions/0', '?asks=0', 'it takes acks'],
  ['GET', '/groups/g/offsets', '?topics=t', 'it takes topic, partition'],
  ['DELETE', '/groups/g/offsets', '?topic=t&partitions=0', 'it takes topic, partition'],
  ['POST', '/groups/g/offsets', '?topic=t', 'it takes none'],
  ['DELETE', '/groups/g', '?topic=t', 'it takes none'],
])('a parameter that the route does not have is refused, and those it has are said: %s %s%s', async (...asked) => {
  const [method, path, query, known] = asked
  const options = method === 'POST' ? { json: { records: [{ value: 1 }] } } : {}
  const name = query.slice(query.lastIndexOf(query.includes('&') ? '&' : '?') + 1).split('=')[0]
  expect(await refused(method, path + query, options)).toMatchObject({
    code: 400,
    message: `"${name}" is no parameter of this route: ${known}.`,
  })
})

test.each([
  ['GET', '/topics/none', 40401],
  ['GET', '/topics/none/partitions', 40401],
  ['GET', '/topics/..%2Fx', 40401],
  ['GET', '/topics/%00', 40401],
  ['GET', '/topics/none/partitions/0/records', 40401],
  ['GET', '/topics/t/partitions/2/records', 40402],
  ['GET', '/topics/t/partitions/-1/records', 40402],
  ['GET', '/topics/t/partitions/x/offsets', 40402],
  ['GET', '/topics/t/partitions/1e0', 40402],
  ['GET', '/topics/t/partitions/99999999999', 40402],
  ['DELETE', '/topics/t/partitions/9/records?before=1', 40402],
])('what is not there is 404: %s %s -> %i', async (method, path, code) => {
  expect((await refused(method, path)).code).toBe(code)
})

test('producing to a topic or a partition that is not there is 404', async () => {
  const json = { records: [{ value: 1 }] }
  expect((await refused('POST', '/topics/none', { json })).code).toBe(40401)
  expect((await refused('POST', '/topics/..%2Fx', { json })).code).toBe(40401)
  expect((await refused('POST', '/topics/t/partitions/2', { json })).code).toBe(40402)
})

test.each(['/', '/nothing', '/topics/t/', '/topics/t/partitions/0/nothing', '/v3', '/TOPICS', '//topics'])(
  'an unknown path is 404: %s',
  async (path) => {
    expect((await refused('GET', path)).code).toBe(404)
  },
)

test.each([
  ['PUT', '/topics/t', 'POST'],
  ['DELETE', '/healthz', 'GET'],
  ['POST', '/topics/t/partitions/0/records', 'GET'],
  ['PATCH', '/groups/g/offsets', 'POST'],
])('an unknown method is 405, and says which there are: %s %s', async (method, path, allowed) => {
  const { headers } = await cluster.send(method, path)
  expect(headers.get('allow')).toContain(allowed)
  expect(await refused(method, path)).toMatchObject({ code: 405, message: expect.stringContaining(allowed) })
})

test('HEAD is answered as GET without a body', async () => {
  expect(await cluster.send('HEAD', '/healthz')).toMatchObject({ status: 200, text: '' })
})

class Broken extends MemoryMetaStore {
  fault: Error | undefined
  override async get(...call: Parameters<MemoryMetaStore['get']>) {
    if (this.fault) throw this.fault
    return super.get(...call)
  }
  override async put(...call: Parameters<MemoryMetaStore['put']>) {
    if (this.fault) throw this.fault
    return super.put(...call)
  }
  override async query(...call: Parameters<MemoryMetaStore['query']>) {
    if (this.fault) throw this.fault
    return super.query(...call)
  }
}

test.each([
  [new StoreUnavailable('a read', new Error('ECONNREFUSED 10.0.0.1')), 50302],
  [new StoreUnavailable('a read', Object.assign(new Error('secret'), { code: 'ENOSPC' })), 50302, /no room left/],
  [new OutcomeUnknown('a read', new Error('socket hang up')), 40801],
  [new TypeError('secret of line 12'), 50002],
])('a fault of the store says nothing of our insides: %s', async (fault, code, said = /./) => {
  const meta = new Broken()
  cluster = testCluster({ meta })
  meta.fault = fault
  for (const [method, path] of [
    ['GET', '/topics'],
    ['GET', '/topics/t'],
    ['GET', '/v3/clusters'],
    ['GET', '/groups/g/offsets'],
  ] as const) {
    const { code: given, message } = await refused(method, path)
    expect(given).toBe(code)
    expect(message).not.toMatch(/ECONN|10\.0|socket|secret/)
    expect(message).toMatch(said)
  }
  if (code === 50002) expect(cluster.faults).toContain(fault)
})

test('the health check tells a store that does not answer', async () => {
  const meta = new Broken()
  cluster = testCluster({ meta })
  expect((await cluster.send('GET', '/healthz')).body).toEqual({ status: 'ok' })
  meta.fault = new StoreUnavailable('a read')
  expect(await refused('GET', '/healthz')).toMatchObject({ code: 50302, message: expect.stringContaining('metadata') })
})
