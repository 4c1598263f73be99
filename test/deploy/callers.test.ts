/**
 * Who is let in by a key or by a token. Of a REST API's keys and an HTTP API's tokens it is API Gateway that decides: what is
 * tried is that the stack has told it to, for every path, and how it answers those whom it turns away. (Roles of IAM:
 * `permissions.test.ts`.)
 */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { apiKeyOf, askAws, call, clientOf, type Deployment, deployments, fresh } from './deployment.ts'
import { type TokenParts, tokenOf } from './tokens.ts'

const keyed = deployments.filter(({ name }) => name === 'rest')
const withTokens = deployments.flatMap(({ issuer, ...deployment }) =>
  issuer === undefined ? [] : [{ ...deployment, issuer }],
)

/** One of each function, and what is no route of any. */
const doors: readonly [string, string, string?][] = [
  ['GET', '/'],
  ['GET', '/healthz'],
  ['GET', '/openapi.json'],
  ['GET', '/topics'],
  ['POST', '/topics/orders', '{"records":[{"value":1}]}'],
  ['GET', '/topics/orders/partitions/0/records'],
  ['POST', '/groups/readers/offsets', '{"offsets":[{"topic":"orders","partition":0,"offset":0}]}'],
  ['POST', '/kafka', 'no frame'],
  ['DELETE', '/nothing/here'],
]

/** What each door answers to a caller who shows these headers alone. */
async function answers(deployment: Deployment, headers: Readonly<Record<string, string>>) {
  const statuses: number[] = []
  for (const [method, path, body] of doors) {
    const shown = { 'content-type': 'application/json', ...headers }
    const { status, text } = await call(deployment, method, path, {
      headers: shown,
      role: 'unsigned',
      ...(body !== undefined && { body }),
    })
    statuses.push(status)
    // Not a word of ours: no function was asked.
    if (status === 401 || status === 403) expect(text).toMatch(/^\{"message": ?"(Forbidden|Unauthorized)"\}$/)
  }
  return statuses
}

const all = (status: number) => doors.map(() => status)

/** Records come and go through the door. */
async function isIn(deployment: Deployment) {
  const [client, topic] = [await clientOf(deployment), fresh('let-in')]
  await client.topics.create(topic)
  expect(await client.produce(topic, [{ value: 'x' }])).toMatchObject([{ outcome: 'produced', offset: 0 }])
  expect((await client.readOnce(topic, 0, { offset: 0 })).records).toMatchObject([{ offset: 0 }])
}

describe.skipIf(keyed.length === 0)('API keys (npm run test:deploy)', () => {
  describe.each(keyed)('$name', (deployment: Deployment) => {
    test('without a key, with one that is wrong, or a token instead, no path is open', async () => {
      const key = await apiKeyOf(deployment)
      expect(await answers(deployment, {})).toEqual(all(403))
      expect(await answers(deployment, { 'x-api-key': `${key.slice(0, -1)}!` })).toEqual(all(403))
      expect(await answers(deployment, { authorization: `Bearer ${key}` })).toEqual(all(403))
    })

    test('with the key that came with the stack, every path is', async () => {
      for (const status of await answers(deployment, { 'x-api-key': await apiKeyOf(deployment) }))
        expect([401, 403]).not.toContain(status)
      await isIn(deployment)
    })

    test('another key opens when it is in the usage plan, and no longer when it is gone', async () => {
      const ask = <Answer>(method: string, path: string, body?: object) =>
        askAws<Answer>(deployment, 'apigateway', { method, path, ...(body && { body }) })
      const made = { name: fresh('key'), enabled: true }
      const { id, value } = await ask<{ id: string; value: string }>('POST', '/apikeys', made)
      const status = async () => {
        const headers = { 'x-api-key': value }
        return (await call(deployment, 'GET', '/topics', { headers, role: 'unsigned' })).status
      }
      expect(await status()).toBe(403)
      const { id: own } = await ask<{ id: string }>(
        'GET',
        `/apikeys/${deployment.outputs.ApiKeyCommand?.split(' ').at(-1)}`,
      )
      // The emulator's lists are of `item`, AWS's too; each plan is asked for the stack's own key.
      const { item: plans } = await ask<{ item: { id: string }[] }>('GET', '/usageplans')
      const ours: string[] = []
      for (const plan of plans) {
        const { item: keys } = await ask<{ item: { id: string }[] }>('GET', `/usageplans/${plan.id}/keys`)
        if (keys.some((each) => each.id === own)) ours.push(plan.id)
      }
      expect(ours).toHaveLength(1)
      await ask('POST', `/usageplans/${ours[0]}/keys`, { keyId: id, keyType: 'API_KEY' })
      expect(await status()).toBe(200)
      await ask('DELETE', `/usageplans/${ours[0]}/keys/${id}`)
      await ask('DELETE', `/apikeys/${id}`)
      expect(await status()).toBe(403)
    })
  })
})

describe.skipIf(withTokens.length === 0)('tokens (npm run test:deploy)', () => {
  describe.each(withTokens)('$name', (deployment) => {
    const { issuer } = deployment
    const bearer = (parts?: TokenParts) => ({ authorization: `Bearer ${tokenOf(issuer, parts)}` })
    const nowSeconds = Math.floor(Date.now() / 1_000)

    const wrong: [string, () => Record<string, string>][] = [
      ['no token', () => ({})],
      ['an API key', () => ({ 'x-api-key': tokenOf(issuer) })],
      ['what is no token', () => ({ authorization: 'Bearer token' })],
      ['one that has expired', () => bearer({ claims: { exp: nowSeconds - 60 } })],
      ['one that is not valid yet', () => bearer({ claims: { nbf: nowSeconds + 600 } })],
      ['one for another audience', () => bearer({ claims: { aud: 'somebody-else' } })],
      ['one for nobody', () => bearer({ claims: { aud: undefined } })],
      ['one of another issuer', () => bearer({ claims: { iss: 'https://issuer.test' } })],
      [
        'one signed by another key',
        () => bearer({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }),
      ],
      ['one of a key that the issuer has not', () => bearer({ header: { kid: 'unknown' } })],
      ['one that was changed', () => ({ authorization: changed(bearer().authorization) })],
      ['one without a signature', () => ({ authorization: bearer().authorization.replace(/[^.]*$/, '') })],
    ]
    test.each(wrong)('%s opens no path', async (_, headers) => {
      expect(await answers(deployment, headers())).toEqual(all(401))
    })

    test('one that is sound opens every path, for one audience of several too', async () => {
      for (const headers of [bearer(), bearer({ claims: { aud: ['somebody-else', issuer.audience] } })]) {
        for (const status of await answers(deployment, headers)) expect([401, 403]).not.toContain(status)
      }
      await isIn(deployment)
    })
  })

  /** The same signature under other claims. */
  function changed(authorization: string): string {
    const [header, claims = '', signature] = authorization.split('.')
    const altered = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'somebody else' }
    return [header, Buffer.from(JSON.stringify(altered)).toString('base64url'), signature].join('.')
  }
})
