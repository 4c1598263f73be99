import { crc32 } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createS3Client } from '../../lib/store/adapters/s3/client.ts'
import { createS3ObjectStore } from '../../lib/store/adapters/s3/object-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../lib/store/errors.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { cut, type Received, type Reply, startServer } from './scripted-server.ts'

const bytes = Buffer.from('bytes of an object')
const slowDown = failing(503, 'SlowDown')
const stored: Reply = { status: 200, headers: { etag: '"1"' } }
const taken = failing(412, 'PreconditionFailed')
const mebibyte = 1024 * 1024

describe('a put to S3', () => {
  test('outlasts ten seconds of 503', async () => {
    const { store, clock, received } = await open(() => (clock.now() < began + 10_000 ? slowDown : stored))
    const began = clock.now()
    expect(await store.put('a', [bytes])).toBe('done')
    expect(received.length).toBeGreaterThan(5)
    expect(received.every(({ body }) => body.equals(bytes))).toBe(true)
  })

  test('that is only ever turned away did not happen', async () => {
    const { store, clock, received } = await open(() => slowDown)
    const began = clock.now()
    await expect(store.put('a', [bytes])).rejects.toThrow(StoreUnavailable)
    expect(clock.now() - began).toBeLessThanOrEqual(30_000)
    expect(received.length).toBeLessThanOrEqual(60)
  })

  test('pauses for a random part of a growing time', async () => {
    const { store, clock } = await open(({ number }) => (number <= 8 ? slowDown : stored))
    await store.put('a', [bytes])
    expect(clock.pauses).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000])
  })

  test.each([
    ['cut connections', cut],
    ['internal errors', failing(500, 'InternalError')],
    ['a proxy without an answer', { status: 504 } as Reply],
    ['503 from who is not S3', { status: 503, body: 'out of order' } as Reply],
  ])('that meets %s until patience ends may have happened', async (_, reply) => {
    const { store } = await open(() => reply)
    await expect(store.put('a', [bytes])).rejects.toThrow(OutcomeUnknown)
  })

  test('that is cut off once is sent again as it was', async () => {
    const { store, received } = await open(({ number }) => (number === 1 ? cut : stored))
    expect(await store.put('a', [bytes.subarray(0, 5), bytes.subarray(5)])).toBe('done')
    expect(received.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PUT', '/bucket/in/a?x-id=PutObject', bytes],
      ['PUT', '/bucket/in/a?x-id=PutObject', bytes],
    ])
  })

  test('that nobody answers is given up after its time and sent again', async () => {
    const { store, clock, received } = await open(({ number }) => {
      if (number > 1) return stored
      setImmediate(() => clock.expire())
      return 'silence'
    })
    expect(await store.put('a', [bytes])).toBe('done')
    expect(received).toHaveLength(2)
  })

  test('to a port where nobody listens did not happen', async () => {
    const { store, server } = await open(() => stored)
    await new Promise((resolve) => server.close(resolve))
    await expect(store.put('a', [bytes])).rejects.toThrow(StoreUnavailable)
  })

  test.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
    [403, 'SignatureDoesNotMatch'],
    [301, 'PermanentRedirect'],
  ])('that is refused (%i %s) is not tried again', async (status, code) => {
    const { store, received } = await open(() => failing(status, code))
    await expect(store.put('a', [bytes])).rejects.toThrow(StoreUnavailable)
    expect(received).toHaveLength(1)
  })

  test('that is refused after a cut connection may still have happened', async () => {
    const { store } = await open(({ number }) => (number === 1 ? cut : failing(403, 'ExpiredToken')))
    await expect(store.put('a', [bytes])).rejects.toThrow(OutcomeUnknown)
  })

  test('carries the CRC32 of its bytes, with a signature over them or without', async () => {
    const expected = Buffer.alloc(4)
    expected.writeUInt32BE(crc32(bytes))
    for (const payload of ['signed', 'unsigned'] as const) {
      const { store, received } = await open(() => stored, { payload })
      await store.put('a', [bytes])
      expect(received[0]?.headers['x-amz-checksum-crc32']).toBe(expected.toString('base64'))
      expect(received[0]?.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD').toBe(payload === 'unsigned')
      expect(received[0]?.headers['content-length']).toBe(String(bytes.length))
    }
  })

  test('of several megabytes does not wait for leave to send them', async () => {
    const { store, received } = await open(() => stored)
    await store.put('a', [Buffer.alloc(4 * mebibyte)])
    expect(received[0]?.headers.expect).toBeUndefined()
  })
})

describe('a put to S3 that must find its key absent', () => {
  test('is told that the object exists when its first try is refused', async () => {
    const { store, received } = await open(() => taken)
    expect(await store.put('a', [bytes], { ifAbsent: true })).toBe('exists')
    expect(received.map(({ headers }) => headers['if-none-match'])).toEqual(['*'])
  })

  test('is sent again when it met another conditional put', async () => {
    const { store } = await open(({ number }) => (number === 1 ? failing(409, 'ConditionalRequestConflict') : stored))
    expect(await store.put('a', [bytes], { ifAbsent: true })).toBe('done')
  })

  test('that finds its own object, stored before the connection was cut, is done', async () => {
    const { store, received } = await open(({ method, number }) => {
      if (number === 1) return cut
      return method === 'HEAD' ? { status: 200, headers: { 'x-amz-meta-put': markOf(received) } } : taken
    })
    expect(await store.put('a', [bytes], { ifAbsent: true })).toBe('done')
    expect(received.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'HEAD'])
  })

  test("that finds another's object after a cut connection is told that it exists", async () => {
    const { store } = await open(({ method, number }) => {
      if (number === 1) return cut
      return method === 'HEAD' ? { status: 200, headers: { 'x-amz-meta-put': 'another' } } : taken
    })
    expect(await store.put('a', [bytes], { ifAbsent: true })).toBe('exists')
  })

  test.each([
    ['finds its key free again', { status: 404 } as Reply],
    ['may not look', { status: 403 } as Reply],
  ])('that was cut off, was refused and then %s does not know', async (_, reply) => {
    const { store } = await open(({ method, number }) => (number === 1 ? cut : method === 'HEAD' ? reply : taken))
    await expect(store.put('a', [bytes], { ifAbsent: true })).rejects.toThrow(OutcomeUnknown)
  })
})

describe('a read from S3', () => {
  const whole: Reply = { status: 200, headers: { 'content-length': String(bytes.length) }, body: bytes }

  test('whose body is cut off is read again from its beginning', async () => {
    const half = { headers: { 'content-length': String(bytes.length) }, body: bytes.subarray(0, 7) }
    const { store, received } = await open(({ number }) => (number <= 2 ? { cutAfter: half } : whole))
    expect(await store.get('a')).toEqual(new Uint8Array(bytes))
    expect(received).toHaveLength(3)
  })

  test('whose body stops coming is given up after its time and read again', async () => {
    const { store, clock, received } = await open(({ number }) => {
      if (number > 1) return whole
      setImmediate(() => clock.expire())
      return 'silence'
    })
    expect(await store.get('a')).toEqual(new Uint8Array(bytes))
    expect(received).toHaveLength(2)
  })

  test('that fails until patience ends is never in doubt', async () => {
    for (const reply of [cut, slowDown, failing(500, 'InternalError')]) {
      const { store } = await open(() => reply)
      await expect(store.get('a')).rejects.toThrow(StoreUnavailable)
      await expect(store.list('')).rejects.toThrow(StoreUnavailable)
    }
  })

  test('tells an absent object from an absent bucket', async () => {
    const { store } = await open(({ url }) => failing(404, url.includes('/in/a') ? 'NoSuchKey' : 'NoSuchBucket'))
    expect(await store.get('a')).toBeUndefined()
    await expect(store.get('b')).rejects.toThrow(StoreUnavailable)
  })

  test('of a listing goes on over pages without objects', async () => {
    const page = (inner: string) => ({ status: 200, body: `<ListBucketResult>${inner}</ListBucketResult>` })
    const { store, received } = await open(({ number }) =>
      number === 1
        ? page('<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>')
        : page('<IsTruncated>false</IsTruncated><Contents><Key>in/a</Key><Size>3</Size></Contents>'),
    )
    expect(await store.list('')).toEqual({ objects: [{ key: 'a', size: 3 }], more: false })
    expect(received[1]?.url).toContain('continuation-token=next')
  })
})

describe('a deletion in S3', () => {
  const refusal = (code: string) => `<Error><Key>in/b</Key><Code>${code}</Code><Message>no</Message></Error>`
  const result = (inner: string) => ({ status: 200, body: `<DeleteResult>${inner}</DeleteResult>` })

  test('sends the keys again that failed, and only those', async () => {
    const { store, received } = await open(({ number }) => result(number === 1 ? refusal('InternalError') : ''))
    await store.delete(['a', 'b', 'c'])
    expect(received.map(({ body }) => String(body).match(/in\/./g))).toEqual([['in/a', 'in/b', 'in/c'], ['in/b']])
  })

  test('that one key refuses for good is not tried again', async () => {
    const { store, received } = await open(() => result(refusal('AccessDenied')))
    await expect(store.delete(['a', 'b'])).rejects.toThrow(/in\/b/)
    expect(received).toHaveLength(1)
  })
})

describe('an object composed in S3', () => {
  const created = { status: 200, body: '<R><UploadId>upload-1</UploadId></R>' }
  const completed = { status: 200, body: '<R><ETag>"3"</ETag></R>' }

  test('is sent in parts of 8 MiB, each with its checksum, and appears by one last request', async () => {
    const { store, received } = await open(multipart({}))
    expect(await store.compose('a', pieces(20))).toBe('done')
    const steps = received.map(
      ({ method, url, body }) => `${method} ${partOf(url)} ${body.length > 1e6 ? body.length : ''}`,
    )
    expect(steps[0]).toBe('POST uploads ')
    expect(steps.slice(1, -1).sort()).toEqual([
      `PUT partNumber=1 ${8 * mebibyte}`,
      `PUT partNumber=2 ${8 * mebibyte}`,
      `PUT partNumber=3 ${4 * mebibyte}`,
    ])
    expect(steps.at(-1)).toBe('POST uploadId ')
    expect(String(received.at(-1)?.body).match(/<ChecksumCRC32>/g)).toHaveLength(3)
  })

  test('that fits one part is an ordinary put', async () => {
    const { store, received } = await open(multipart({}))
    expect(await store.compose('a', pieces(8))).toBe('done')
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual(['PUT /bucket/in/a?x-id=PutObject'])
  })

  test('sends a part again that was cut off', async () => {
    let parts = 0
    const { store } = await open(multipart({ part: () => (++parts === 2 ? cut : stored) }))
    expect(await store.compose('a', pieces(20))).toBe('done')
    expect(parts).toBe(4)
  })

  test('is aborted, and definitely not there, when a part cannot be sent', async () => {
    for (const reply of [failing(403, 'AccessDenied'), cut]) {
      const { store, received } = await open(multipart({ part: () => reply }))
      await expect(store.compose('a', pieces(40))).rejects.toThrow(StoreUnavailable)
      expect(received.at(-1)?.method).toBe('DELETE')
    }
  })

  test('is aborted when its source throws', async () => {
    const failure = new Error('the source broke')
    async function* source() {
      yield* pieces(20)
      throw failure
    }
    const { store, received } = await open(multipart({}))
    await expect(store.compose('a', source())).rejects.toBe(failure)
    expect(received.at(-1)?.method).toBe('DELETE')
  })

  test('never has more than five parts in memory', async () => {
    let given = 0
    let ahead = 0
    let arrived = 0
    async function* source() {
      for await (const piece of pieces(160)) {
        given++
        ahead = Math.max(ahead, given / 8 - arrived)
        yield piece
      }
    }
    const part = () => {
      arrived++
      return stored
    }
    const { store } = await open(multipart({ part }))
    expect(await store.compose('a', source())).toBe('done')
    expect(ahead).toBeLessThanOrEqual(5.2)
  })

  test('whose completion was cut off after it had happened is done', async () => {
    let completions = 0
    const { store, received } = await open(
      multipart({
        complete: () => (++completions === 1 ? cut : failing(404, 'NoSuchUpload')),
        head: () => ({ status: 200, headers: { 'x-amz-meta-put': markOf(received) } }),
      }),
    )
    expect(await store.compose('a', pieces(20), { ifAbsent: true })).toBe('done')
    expect(received.some(({ method }) => method === 'DELETE')).toBe(false)
  })

  test('whose completion stays unknown is left as it is', async () => {
    const { store, received } = await open(multipart({ complete: () => failing(500, 'InternalError') }))
    await expect(store.compose('a', pieces(20))).rejects.toThrow(OutcomeUnknown)
    expect(received.some(({ method }) => method === 'DELETE')).toBe(false)
  })

  test('is aborted when its completion is refused', async () => {
    const { store, received } = await open(multipart({ complete: () => failing(403, 'AccessDenied') }))
    await expect(store.compose('a', pieces(20))).rejects.toThrow(StoreUnavailable)
    expect(received.at(-1)?.method).toBe('DELETE')
  })

  test('is aborted when its key is taken', async () => {
    const { store, received } = await open(multipart({ complete: () => taken }))
    expect(await store.compose('a', pieces(20), { ifAbsent: true })).toBe('exists')
    expect(received.at(-1)?.method).toBe('DELETE')
  })

  interface Script {
    readonly part?: () => Reply
    readonly complete?: () => Reply
    readonly head?: () => Reply
  }

  function multipart({ part = () => stored, complete = () => completed, head = () => taken }: Script) {
    return ({ method, url }: Received): Reply => {
      if (method === 'PUT') return part()
      if (method === 'HEAD') return head()
      if (method === 'DELETE') return { status: 204 }
      return url.includes('uploadId') ? complete() : created
    }
  }

  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) yield Buffer.alloc(mebibyte, index)
  }

  function partOf(url: string): string {
    return /partNumber=\d+|uploads|uploadId/.exec(url)?.[0] ?? url
  }
})

async function open(
  answer: (request: Received) => Reply,
  { payload = 'signed' }: { payload?: 'signed' | 'unsigned' } = {},
): Promise<{ store: ObjectStore; clock: ImpatientClock } & Awaited<ReturnType<typeof startServer>>> {
  const started = await startServer(answer)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = createS3Client({
    region: 'us-east-1',
    endpoint: started.url,
    credentials,
    forcePathStyle: true,
    payload,
  })
  onTestFinished(() => client.destroy())
  const clock = new ImpatientClock()
  let marks = 0
  const entropy = { bytes: (length: number) => new Uint8Array(length).fill(++marks), fraction: () => 0.5 }
  return { ...started, clock, store: createS3ObjectStore({ client, bucket: 'bucket', prefix: 'in/', clock, entropy }) }
}

function failing(status: number, code: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml' }, body }
}

/** The mark that the first request of a put gave its object. */
function markOf(received: readonly Received[]): string {
  return String(received[0]?.headers['x-amz-meta-put'])
}
