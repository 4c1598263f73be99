/** What stands in the bundles for the classes of `fetch` does what Node's own do, as far as it goes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as light from '../../lib/http/light-fetch.ts'

/** What comes of it: a value, or that it was refused. */
function outcome<T>(act: () => T): { value: T } | 'refused' {
  try {
    return { value: act() }
  } catch {
    return 'refused'
  }
}

const names = fc.oneof(
  fc.constantFrom(
    'Accept',
    'accept',
    'X-One',
    'x-one',
    'Set-Cookie',
    'set-cookie',
    'Content-Type',
    'b',
    'a',
    '',
    'a b',
  ),
  fc.string({ maxLength: 4 }),
)
const values = fc.oneof(
  fc.constantFrom('', ' padded\t', 'one', 'two', 'a\nb', 'a\0', 'é', '€'),
  fc.string({ maxLength: 6 }),
)
const steps = fc.array(fc.tuple(fc.constantFrom('append', 'set', 'delete'), names, values), { maxLength: 12 })

test('headers are kept, joined, ordered and refused as Node does it', () => {
  const seen = (headers: Headers | light.Headers, given: readonly (readonly [string, string, string])[]) => {
    const refused = given.map(([what, name, value]) =>
      what === 'delete'
        ? outcome(() => headers.delete(name))
        : outcome(() => headers[what as 'append' | 'set'](name, value)),
    )
    const each: string[][] = []
    headers.forEach((value, name) => {
      each.push([name, value])
    })
    const asked = given.map(([, name]) => [outcome(() => headers.get(name)), outcome(() => headers.has(name))])
    return { refused, each, asked, all: [...headers.entries()], cookies: headers.getSetCookie() }
  }
  fc.assert(
    fc.property(steps, (given) => {
      expect(seen(new light.Headers(), given)).toEqual(seen(new Headers(), given))
    }),
  )
})

test('headers are made of pairs, of an object and of other headers', () => {
  const pairs: [string, string][] = [
    ['A', '1'],
    ['a', '2'],
  ]
  for (const made of [pairs, { A: '1', b: '2' }]) {
    expect([...new light.Headers(made)]).toEqual([...new Headers(made)])
    expect([...new light.Headers(new light.Headers(made))]).toEqual([...new Headers(made)])
  }
})

describe('a request', () => {
  const urls = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.constantFrom(
      'https://host',
      'https://HOST:443/a/../b',
      'https://user@host/',
      'https://:secret@host/',
      'https://',
      '/a',
    ),
  )
  const methods = fc.constantFrom('GET', 'get', 'post', 'PATCH', 'delete', 'trace', 'CONNECT', 'a b', '')
  const seen = ({ url, method, headers }: Request | light.Request) => ({ url, method, headers: [...headers.entries()] })

  test('has the URL, the method and the headers that Node would give it, or is refused as there', () => {
    fc.assert(
      fc.property(urls, methods, (url, method) => {
        expect(outcome(() => seen(new light.Request(url, { method, headers: new light.Headers({ A: '1' }) })))).toEqual(
          outcome(() => seen(new Request(url, { method, headers: { A: '1' } }))),
        )
      }),
    )
  })

  test('gives its body as bytes of its own, once', async () => {
    // Small buffers share one memory.
    for (const body of [Buffer.from('some'), Buffer.alloc(9_000, 7), new Uint8Array([1, 2, 3]).subarray(1)]) {
      const request = new light.Request('https://host/', { method: 'POST', body })
      expect(new Uint8Array(await request.arrayBuffer())).toEqual(new Uint8Array(body))
      await expect(request.arrayBuffer()).rejects.toThrow(TypeError)
    }
    expect((await new light.Request('https://host/').arrayBuffer()).byteLength).toBe(0)
  })

  test('is never called off', () => {
    const { signal } = new light.Request('https://host/')
    expect(AbortSignal.any([signal]).aborted).toBe(false)
  })
})

describe('a response', () => {
  const makes: ((of: { Response: typeof Response } | typeof light) => Response | light.Response)[] = [
    ({ Response }) => new Response(),
    ({ Response }) => new Response(null, { status: 204 }),
    ({ Response }) => new Response('text'),
    ({ Response }) => new Response('{}', { status: 400, headers: { 'content-type': 'application/json' } }),
    ({ Response }) =>
      new Response(new Uint8Array([0, 255]), { headers: { 'Content-Type': 'application/octet-stream' } }),
    ({ Response }) => Response.json({ a: ['é'] }),
    ({ Response }) =>
      Response.json(null, { status: 201, headers: { 'content-type': 'application/vnd.x+json', b: 'c' } }),
  ]
  const seen = async (made: Response | light.Response) => ({
    status: made.status,
    headers: [...made.headers.entries()],
    bytes: [...new Uint8Array(await made.arrayBuffer())],
  })

  test.each(makes)('%s has the status, headers and bytes that Node would give it', async (make) => {
    expect(await seen(make(light))).toEqual(await seen(make({ Response })))
    expect(await make(light).text()).toBe(await make({ Response }).text())
  })
})
