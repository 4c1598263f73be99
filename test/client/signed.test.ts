/** A client that signs: every request, each try anew, and never a request that could not be signed. */
import { expect, test } from 'vitest'
import { connect } from './connect.ts'

test('every request is signed as it is sent, and each try has a signature of its own', async () => {
  const signatures: string[] = []
  let refusals = 1
  const { client, cluster, requests } = connect({
    sign: async ({ method, url, headers, body }) => {
      signatures.push(`${method} ${url.pathname}${url.search} ${body.length} ${signatures.length}`)
      return { ...headers, authorization: signatures.at(-1) ?? '' }
    },
    before: () => (refusals-- > 0 ? new Response('{}', { status: 429 }) : undefined),
  })
  await cluster.createTopic('orders')
  await client.produce('orders', [{ value: 'a b' }])
  await client.groups.committed('a b', 'orders')
  expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(signatures)
  expect(signatures[0]?.replace(/0$/, '1')).toBe(signatures[1])
  expect(signatures.at(-1)).toContain('GET /groups/a%20b/offsets?topic=orders 0')
  expect(signatures.find((each) => each.startsWith('POST'))).toMatch(/^POST \/topics\/orders \d{2,} /)
})

test('what cannot be signed is not sent', async () => {
  const { client, requests } = connect({ sign: () => Promise.reject(new Error('no credentials')) })
  await expect(client.health()).rejects.toMatchObject({
    message: 'the request could not be signed: no credentials',
    retriable: false,
  })
  expect(requests).toEqual([])
})
