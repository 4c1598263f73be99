/**
 * What `npm run test:deploy` has deployed, and how to call it: over the API, signed where it asks for that, and with the
 * credentials of a role that the stack has made (`app.ts`). `GREGOR_TEST_DEPLOYMENTS` names the file that says it.
 */
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { awsSignature } from '../../lib/client/aws-signature.ts'
import { GregorClient } from '../../lib/client/client.ts'
import type { RequestSigner } from '../../lib/client/request-signer.ts'
import { type Issuer, tokenOf } from './tokens.ts'

interface Entry {
  /**
   * `open`: callers need nothing. `rest`: a REST API that asks for a key. `token`: an HTTP API that asks for a token.
   * `guarded`: callers sign, and IAM is enforced.
   */
  readonly name: 'open' | 'rest' | 'token' | 'guarded'
  readonly region: string
  /** Undefined: an account of AWS. */
  readonly endpoint?: string
  readonly emulator?: 'ministack' | 'other'
  /** For the AWS SDK and its tools. */
  readonly env: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  /** Who issues tokens to its callers. */
  readonly issuer?: Issuer
  /** Deploys it once more. */
  readonly redeploy: { readonly command: string; readonly args: readonly string[] }
}

export interface Deployment extends Entry {
  /** Of the API, without a slash at its end. */
  readonly url: string
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The names under which `app.ts` puts out roles. */
export type RoleName = 'Nobody' | 'Producer' | 'Consumer' | 'Kafka' | 'Admin' | `Function${string}`

const file = process.env.GREGOR_TEST_DEPLOYMENTS
const entries: Entry[] = file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8'))

/** Empty without `npm run test:deploy`. */
export const deployments: readonly Deployment[] = await Promise.all(
  entries.map(async (entry) => ({ ...entry, url: await urlOf(entry) })),
)
/** Which are driven from end to end: that with tokens is the open one but for its door. */
export const driven = deployments.filter(({ name }) => name !== 'token')
/** Without callers that are told apart there is nothing to test about them: an emulator without IAM has none. */
export const guarded = deployments.filter(({ name }) => name === 'guarded')

/** An emulator names its APIs as AWS does, which resolves nowhere; it also has them at a path. */
async function urlOf({ endpoint, outputs }: Entry): Promise<string> {
  const { Url: url = '' } = outputs
  if (endpoint === undefined) return url
  const { hostname, pathname } = new URL(url)
  const isKnown = await lookup(hostname).then(
    () => true,
    () => false,
  )
  const stage = pathname.replace(/\/$/, '')
  return isKnown ? url : `${endpoint}/_aws/execute-api/${hostname.split('.')[0]}${stage}`
}

/** Of whoever has deployed; undefined: the SDK finds them. */
function ownCredentials({ env }: Deployment): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey }
}

/** What a client of the AWS SDK is made with. */
export const awsOptions = (deployment: Deployment, credentials = ownCredentials(deployment)) => ({
  region: deployment.region,
  ...(deployment.endpoint !== undefined && { endpoint: deployment.endpoint }),
  ...(credentials !== undefined && { credentials }),
})

const assumed = new Map<string, Promise<Credentials>>()

/** An hour's credentials of a role, which are got once. */
export function assume(deployment: Deployment, role: RoleName): Promise<Credentials> {
  const arn = deployment.outputs[`${role}RoleArn`] ?? ''
  const known = assumed.get(arn)
  if (known !== undefined) return known
  const sts = new STSClient(awsOptions(deployment))
  const request = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'gregor-test' })
  const credentials = sts.send(request).then(({ Credentials: found }) => {
    sts.destroy()
    if (found?.AccessKeyId === undefined || found.SecretAccessKey === undefined) throw new Error(`no role ${role}`)
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = found
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  })
  assumed.set(arn, credentials)
  return credentials
}

/** What lets a caller in, as every client of ours takes it. */
interface Access {
  readonly headers?: Readonly<Record<string, string>>
  readonly sign?: RequestSigner
}

/** The key, a token, or a role's signature: whatever the API asks for. */
export async function accessOf(deployment: Deployment, role: RoleName = 'Admin'): Promise<Access> {
  const { name, url, region, issuer } = deployment
  if (name === 'rest') return { headers: { 'x-api-key': await apiKeyOf(deployment) } }
  if (issuer !== undefined) return { headers: { authorization: `Bearer ${tokenOf(issuer)}` } }
  if (name !== 'guarded') return {}
  return { sign: awsSignature(url, { region, credentials: await assume(deployment, role) }) }
}

/** A client that tries nothing twice: what is lost or doubled is seen. */
export async function clientOf(deployment: Deployment, role: RoleName = 'Admin'): Promise<GregorClient> {
  return new GregorClient({
    url: deployment.url,
    retry: { attemptsMax: 1 },
    ...(await accessOf(deployment, role)),
  })
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  readonly text: string
  /** Undefined: it is no JSON. */
  readonly json: { readonly error_code?: number; readonly message?: string } | undefined
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** `unsigned`: nobody. */
  readonly role?: RoleName | 'unsigned'
}

/** One request as it is. */
export async function call(
  deployment: Deployment,
  method: string,
  path: string,
  { headers = {}, body = '', role = 'Admin' }: Asked = {},
): Promise<Answered> {
  const url = new URL(`${deployment.url}${path}`)
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const { headers: own, sign }: Access = role === 'unsigned' ? {} : await accessOf(deployment, role)
  const shown = { ...own, ...headers }
  const signed = sign === undefined ? shown : await sign({ method, url, headers: shown, body: bytes })
  const { host: _, ...rest } = Object.fromEntries(
    Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const response = await fetch(url, { method, headers: rest, ...(bytes.length > 0 && { body: bytes }) })
  const answer = Buffer.from(await response.arrayBuffer())
  const text = answer.toString()
  return { status: response.status, headers: response.headers, bytes: answer, text, json: parsed(text) }
}

function parsed(text: string): Answered['json'] {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names that no other run and no other deployment has. */
export const fresh = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`

/** One call of a service of AWS's, as whoever has deployed: a client of the SDK's for it would be one more. */
export async function askAws<Answer>(
  deployment: Deployment,
  service: 'logs' | 'apigateway' | 'lambda',
  { method = 'POST', path = '/', headers = {}, body }: AskedOfAws,
): Promise<Answer> {
  const { endpoint = `https://${service}.${deployment.region}.amazonaws.com` } = deployment
  const url = new URL(path, endpoint)
  const credentials = ownCredentials(deployment)
  const sign = awsSignature(url.href, { region: deployment.region, service, ...(credentials && { credentials }) })
  const bytes = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body))
  const { host: _, ...signed } = await sign({ method, url, headers, body: bytes })
  const response = await fetch(url, { method, headers: signed, ...(bytes.length > 0 && { body: bytes }) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} of ${service}: ${response.status} ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as Answer
}

interface AskedOfAws {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

/** The last minutes of a log group, each event a line. */
export async function logLines(deployment: Deployment, logGroupName: string): Promise<string[]> {
  const { events = [] } = await askAws<{ events?: { message: string }[] }>(deployment, 'logs', {
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.FilterLogEvents' },
    body: { logGroupName, startTime: Date.now() - 300_000 },
  })
  return events.map(({ message }) => message)
}

const apiKeys = new Map<Deployment['name'], Promise<string>>()

/** The key that came with the stack, as the output `ApiKeyCommand` has AWS's CLI ask for it. */
export function apiKeyOf(deployment: Deployment): Promise<string> {
  const known = apiKeys.get(deployment.name)
  if (known !== undefined) return known
  const id = deployment.outputs.ApiKeyCommand?.split(' ').at(-1)
  const path = `/apikeys/${id}?includeValue=true`
  const key = askAws<{ value: string }>(deployment, 'apigateway', { method: 'GET', path }).then(({ value }) => value)
  apiKeys.set(deployment.name, key)
  return key
}
