import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { awsSignature } from '../../lib/client/aws-signature.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const hex = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

/** As "Create a signed AWS API request" of the IAM guide says it, from the headers that were sent. */
function expectedSignature(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  { method = 'POST', query = '' } = {},
): string {
  const [, date = '', region = '', service = '', names = ''] =
    /Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+),/.exec(
      headers.authorization ?? '',
    ) ?? []
  const all: Record<string, string> = { ...headers, host: url.host }
  const canonical = [
    method,
    url.pathname,
    query,
    ...names.split(';').map((name) => `${name}:${all[name]?.trim()}`),
    '',
    names,
    hex(body),
  ].join('\n')
  const toSign = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${date}/${region}/${service}/aws4_request\n${hex(canonical)}`
  const key = [date, region, service, 'aws4_request'].reduce(
    (secret: Buffer, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  )
  return createHmac('sha256', key).update(toSign).digest('hex')
}

async function signed(text: string, options: { region?: string } = {}) {
  const url = new URL(text)
  const body = Buffer.from([0, 1, 2, 255])
  const headers = { 'content-type': 'application/octet-stream', 'x-gregor-advertised': '127.0.0.1:9092' }
  const answer = await awsSignature(text, { credentials, ...options })({ method: 'POST', url, headers, body })
  return { url, body, answer }
}

describe('a signed request', () => {
  test.each([
    ['https://abc.execute-api.eu-central-1.amazonaws.com/kafka', 'eu-central-1/execute-api'],
    ['https://abc.execute-api.us-east-1.amazonaws.com/prod/kafka', 'us-east-1/execute-api'],
    ['https://abc.lambda-url.eu-west-3.on.aws/kafka', 'eu-west-3/lambda'],
  ])('%s is signed for its region and service', async (text, scope) => {
    const { url, body, answer } = await signed(text)
    expect(answer.authorization).toContain(`/${scope}/aws4_request`)
    expect(answer.authorization).toContain(`Signature=${expectedSignature(url, answer, body)}`)
    expect(answer).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-gregor-advertised': '127.0.0.1:9092',
    })
    expect(answer).not.toHaveProperty('host')
  })

  test('has its method, and its query in the order of names', async () => {
    const url = new URL(
      'https://abc.execute-api.eu-central-1.amazonaws.com/groups/g/offsets?topic=a%20b&partition=2&partition=1',
    )
    const answer = await awsSignature(url.href, { credentials })({
      method: 'GET',
      url,
      headers: {},
      body: new Uint8Array(),
    })
    const query = 'partition=1&partition=2&topic=a%20b'
    const expected = expectedSignature(url, answer, new Uint8Array(), { method: 'GET', query })
    expect(answer.authorization).toContain(`Signature=${expected}`)
  })

  test('of a domain of its own needs the region', async () => {
    expect(() => awsSignature('https://kafka.example.com')).toThrow(/AWS region/)
    const { answer } = await signed('https://kafka.example.com/kafka', { region: 'eu-north-1' })
    expect(answer.authorization).toContain('/eu-north-1/execute-api/aws4_request')
  })
})
