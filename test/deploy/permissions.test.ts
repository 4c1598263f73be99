/**
 * Who may do what, tried with the credentials of roles: callers at the API, functions at the stores. ministack enforces actions
 * and resources, and conditions except `dynamodb:LeadingKeys`, which it does not know: there an item of any kind stands for
 * those of one kind, and the template's own tests hold the condition. AWS enforces all of it.
 */
import {
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FunctionName, functionNames } from '../../cdk/gregor-props.ts'
import { type ItemAccess, type ItemScope, type Permissions, permissions } from '../../cdk/permissions.ts'
import { assume, awsOptions, call, clientOf, type Deployment, guarded, type RoleName } from './deployment.ts'

type ObjectScope = keyof Permissions['objects']
const json = { 'content-type': 'application/json' }
const record = '{"records":[{"value":1}]}'
const commit = (topic: string) => JSON.stringify({ offsets: [{ topic, partition: 0, offset: 0 }] })
const refusals = ['AccessDenied', 'AccessDeniedException', 'Forbidden', '403']

/** Whether IAM lets a call through, whatever becomes of it then. */
async function isAllowed(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send()
    return true
  } catch (fault) {
    const { name, $metadata } = fault as { name: string; $metadata?: { httpStatusCode?: number } }
    if (refusals.includes(name) || $metadata?.httpStatusCode === 403) return false
    // The guard of a write that must change nothing, and parts that are not there.
    if (['ConditionalCheckFailedException', 'NoSuchKey', 'NoSuchUpload', 'NotFound'].includes(name)) return true
    throw fault
  }
}

describe.skipIf(guarded.length === 0)('with IAM enforced (npm run test:deploy)', () => {
  describe.each(guarded)('$name', (deployment: Deployment) => {
    const { BucketName: Bucket = '', TableName = '' } = deployment.outputs

    describe('a caller', () => {
      beforeAll(async () => {
        const admin = await clientOf(deployment)
        for (const topic of ['granted', 'other']) {
          await admin.topics.create(topic).catch(() => admin.topics.describe(topic))
        }
        await admin.produce('granted', [{ value: 'x' }])
        await admin.produce('other', [{ value: 'x' }])
      })

      const attempts: Record<string, [method: string, path: string, body?: string]> = {
        'produce granted': ['POST', '/topics/granted', record],
        'produce other': ['POST', '/topics/other', record],
        'read granted': ['GET', '/topics/granted/partitions/0/records'],
        'read other': ['GET', '/topics/other/partitions/0/records'],
        'commit granted': ['POST', '/groups/granted/offsets', commit('granted')],
        'commit other': ['POST', '/groups/other/offsets', commit('granted')],
        'list topics': ['GET', '/topics'],
        kafka: ['POST', '/kafka', 'no frame'],
      }
      const may: [RoleName | 'unsigned', readonly string[]][] = [
        ['unsigned', []],
        ['Nobody', []],
        ['Producer', ['produce granted']],
        ['Consumer', ['read granted', 'commit granted']],
        ['Kafka', ['kafka']],
        ['Admin', Object.keys(attempts)],
      ]
      test.each(may)('%s may: %s', async (role, allowed) => {
        const passed: string[] = []
        for (const [what, [method, path, body]] of Object.entries(attempts)) {
          const { status, text } = await call(deployment, method, path, { role, headers: json, ...(body && { body }) })
          // What is no frame is refused by the function, not by the gateway.
          if (status === 200 || (what === 'kafka' && status === 415)) passed.push(what)
          else expect({ what, status, text }).toMatchObject({ what, status: 403 })
        }
        expect(passed).toEqual(allowed)
      })

      test('with a secret that is wrong is nobody', async () => {
        const { secretAccessKey, ...rest } = await assume(deployment, 'Admin')
        const { awsSignature } = await import('../../lib/client/aws-signature.ts')
        const credentials = { ...rest, secretAccessKey: `${secretAccessKey.slice(0, -1)}!` }
        const sign = awsSignature(deployment.url, { region: deployment.region, credentials })
        const url = new URL(`${deployment.url}/topics`)
        const { host: _, ...headers } = await sign({ method: 'GET', url, headers: {}, body: new Uint8Array() })
        expect((await fetch(url, { headers })).status).toBe(403)
      })
    })

    describe('a function', () => {
      const probe = `probe-${crypto.randomUUID()}`
      const objectScopes: readonly ObjectScope[] = ['intake/', 'segments/', 'healthz']
      const itemScopes: readonly ItemScope[] = ['cluster', 'partition#', 'group#', 'janitor']
      const keyOf = (scope: ObjectScope) => (scope.endsWith('/') ? `${scope}${probe}` : scope)
      const own = new S3Client({ ...awsOptions(deployment), forcePathStyle: deployment.endpoint !== undefined })
      const clients: { destroy(): void }[] = [own]
      const putProbe = (scope: ObjectScope) =>
        own.send(new PutObjectCommand({ Bucket, Key: keyOf(scope), Body: Buffer.alloc(1) }))

      beforeAll(() => Promise.all(objectScopes.map(putProbe)))
      afterAll(async () => {
        for (const scope of objectScopes) await own.send(new DeleteObjectCommand({ Bucket, Key: keyOf(scope) }))
        for (const client of clients) client.destroy()
      })

      async function storesOf(name: FunctionName) {
        const options = awsOptions(deployment, await assume(deployment, `Function${name}`))
        const s3 = new S3Client({ ...options, forcePathStyle: deployment.endpoint !== undefined, maxAttempts: 1 })
        const dynamo = new DynamoDBClient({ ...options, maxAttempts: 1 })
        clients.push(s3, dynamo)
        return { s3, dynamo }
      }

      test.each(functionNames)('%s does with items what its code does, and nothing else', async (name) => {
        const { dynamo } = await storesOf(name)
        const found: string[] = []
        const wanted: string[] = []
        const allowed = permissions[name].items
        const knowsKeys = deployment.emulator === undefined
        for (const scope of itemScopes) {
          const pk = scope.endsWith('#') ? `${scope}${probe}` : scope
          const Key = { pk: { S: pk }, sk: { S: probe } }
          const ConditionExpression = 'attribute_exists(pk)'
          const attempts: Record<ItemAccess, () => Promise<unknown>> = {
            read: async () => {
              await dynamo.send(new GetItemCommand({ TableName, Key }))
              const ExpressionAttributeValues = { ':pk': { S: pk }, ':sk': { S: probe } }
              const KeyConditionExpression = 'pk = :pk AND sk = :sk'
              await dynamo.send(new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues }))
            },
            write: async () => {
              const put = new PutItemCommand({ TableName, Item: Key, ConditionExpression })
              await dynamo.send(put).catch(onlyGuarded)
              await dynamo.send(new UpdateItemCommand({ TableName, Key, ConditionExpression }))
            },
            delete: () => dynamo.send(new DeleteItemCommand({ TableName, Key, ConditionExpression })),
          }
          for (const [access, send] of Object.entries(attempts) as [ItemAccess, () => Promise<unknown>][]) {
            if (await isAllowed(send)) found.push(`${access} ${scope}`)
            const scopes = knowsKeys ? [scope] : itemScopes
            if (scopes.some((each) => allowed[each]?.includes(access))) wanted.push(`${access} ${scope}`)
          }
        }
        expect(found).toEqual(wanted)
        expect(await isAllowed(() => dynamo.send(new ScanCommand({ TableName, Limit: 1 })))).toBe(false)
        expect(await isAllowed(() => dynamo.send(new DescribeTableCommand({ TableName })))).toBe(false)
      })

      test.each(functionNames)('%s does with objects what its code does, and nothing else', async (name) => {
        const { s3 } = await storesOf(name)
        const { objects, listsObjects } = permissions[name]
        const found: string[] = []
        const wanted: string[] = []
        for (const scope of objectScopes) {
          const Key = keyOf(scope)
          const may = objects[scope] ?? []
          const puts = may.includes('put') || may.includes('compose')
          const attempts: [string, boolean, () => Promise<unknown>][] = [
            ['read', may.includes('read'), () => s3.send(new GetObjectCommand({ Bucket, Key }))],
            ['put', puts, () => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(1) }))],
            ['abort', may.includes('compose'), () => abortOne(s3, Key)],
            ['delete', may.includes('delete'), () => s3.send(new DeleteObjectCommand({ Bucket, Key }))],
          ]
          for (const [access, isWanted, send] of attempts) {
            if (await isAllowed(send)) found.push(`${access} ${scope}`)
            if (isWanted) wanted.push(`${access} ${scope}`)
          }
          await putProbe(scope)
        }
        expect(found).toEqual(wanted)
        expect(await isAllowed(() => s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })))).toBe(listsObjects)
      })

      /** An upload that somebody else has begun: to begin one is to put. */
      async function abortOne(s3: S3Client, Key: string): Promise<void> {
        const { UploadId } = await own.send(new CreateMultipartUploadCommand({ Bucket, Key }))
        try {
          await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
        } catch (fault) {
          await own.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
          throw fault
        }
      }

      const onlyGuarded = (fault: unknown) => {
        if ((fault as Error).name !== 'ConditionalCheckFailedException') throw fault
      }
    })
  })
})
