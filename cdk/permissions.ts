/**
 * What each function may do with the stores: what its code does, and no more. A table for people, for IAM and for a test
 * that runs every route against stores which refuse what is not in it. Items are told apart by their partition key
 * (`dynamodb:LeadingKeys`), objects by the folder that they lie in.
 */
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { FunctionName } from './gregor-props.ts'

/** `cluster`: topics, brokers, configs, names of groups. `partition#`: heads, pages, inline bytes, producers. */
export type ItemScope = 'cluster' | 'partition#' | 'group#' | 'janitor'
export type ItemAccess = 'read' | 'write' | 'delete'
type ObjectScope = 'intake/' | 'segments/' | 'healthz'
export type ObjectAccess = 'read' | 'put' | 'compose' | 'delete'

export interface Permissions {
  readonly items: Readonly<Partial<Record<ItemScope, readonly ItemAccess[]>>>
  readonly objects: Readonly<Partial<Record<ObjectScope, readonly ObjectAccess[]>>>
  /**
   * Who may list is told of an object that is not there (404, not 403): what reads must know that bytes are gone, since it
   * then reads the index again ("GetObject", permissions, in the S3 API reference).
   */
  readonly listsObjects: boolean
}

export const permissions: Readonly<Record<FunctionName, Permissions>> = {
  produce: {
    items: { cluster: ['read'], 'partition#': ['read', 'write'] },
    // Reading tells whether a put whose answer was lost has landed.
    objects: { 'intake/': ['put', 'read'] },
    listsObjects: false,
  },
  fetch: {
    items: { cluster: ['read'], 'partition#': ['read'] },
    objects: { 'intake/': ['read'], 'segments/': ['read'], healthz: ['read'] },
    listsObjects: true,
  },
  commit: {
    // The names of groups are items of the cluster; partitions are read for lags.
    items: { cluster: ['read', 'write', 'delete'], 'group#': ['read', 'write', 'delete'], 'partition#': ['read'] },
    objects: {},
    listsObjects: false,
  },
  topics: {
    // Deleting records is a change of the head; their bytes are the janitor's.
    items: { cluster: ['read', 'write'], 'partition#': ['read', 'write'] },
    objects: {},
    listsObjects: false,
  },
  kafka: {
    items: {
      cluster: ['read', 'write', 'delete'],
      'partition#': ['read', 'write'],
      'group#': ['read', 'write', 'delete'],
    },
    objects: { 'intake/': ['put', 'read'], 'segments/': ['read'] },
    listsObjects: true,
  },
  janitor: {
    items: {
      cluster: ['read', 'write', 'delete'],
      'partition#': ['read', 'write', 'delete'],
      'group#': ['read', 'write', 'delete'],
      janitor: ['read', 'write'],
    },
    objects: { 'intake/': ['read', 'delete'], 'segments/': ['read', 'compose', 'delete'] },
    listsObjects: true,
  },
}

const itemActions: Readonly<Record<ItemAccess, readonly string[]>> = {
  read: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
  delete: ['dynamodb:DeleteItem'],
}

const objectActions: Readonly<Record<ObjectAccess, readonly string[]>> = {
  read: ['s3:GetObject'],
  put: ['s3:PutObject'],
  compose: ['s3:PutObject', 's3:AbortMultipartUpload'],
  delete: ['s3:DeleteObject'],
}

/** Of a key of one's own, which S3 and DynamoDB use in the caller's name: as the CDK grants them, without its wildcards. */
export function keyActions(name: FunctionName): string[] {
  const reads = ['kms:Decrypt', 'kms:DescribeKey']
  const writes = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']
  const { items } = permissions[name]
  return Object.values(items).some((accesses) => accesses.includes('write')) ? [...reads, ...writes] : reads
}

/** Keys that end in `#` go on with an id. */
const keyPattern = (scope: ItemScope) => (scope.endsWith('#') ? `${scope}*` : scope)
const pathPattern = (scope: ObjectScope) => (scope.endsWith('/') ? `${scope}*` : scope)

/** A function's permissions as IAM has them. Objects lie below `prefix`, which is empty or ends in a slash. */
export function statements(name: FunctionName, table: Table, bucket: Bucket, prefix: string): PolicyStatement[] {
  const { items, objects, listsObjects } = permissions[name]
  const listing = new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] })
  return [
    ...itemStatements(items, table),
    ...objectStatements(objects, bucket, prefix),
    ...(listsObjects ? [listing] : []),
  ]
}

/** One statement for all keys with which the same may be done. */
function itemStatements(items: Permissions['items'], table: Table): PolicyStatement[] {
  return grouped(items).map(
    ({ accesses, scopes }) =>
      new PolicyStatement({
        actions: accesses.flatMap((access) => itemActions[access]),
        resources: [table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': scopes.map(keyPattern) } },
      }),
  )
}

function objectStatements(objects: Permissions['objects'], bucket: Bucket, prefix: string): PolicyStatement[] {
  return grouped(objects).map(
    ({ accesses, scopes }) =>
      new PolicyStatement({
        actions: [...new Set(accesses.flatMap((access) => objectActions[access]))],
        resources: scopes.map((scope) => bucket.arnForObjects(`${prefix}${pathPattern(scope)}`)),
      }),
  )
}

function grouped<Scope extends string, Access extends string>(
  allowed: Readonly<Partial<Record<Scope, readonly Access[]>>>,
): { accesses: readonly Access[]; scopes: Scope[] }[] {
  const groups = new Map<string, { accesses: readonly Access[]; scopes: Scope[] }>()
  for (const [scope, accesses] of Object.entries(allowed) as [Scope, readonly Access[]][]) {
    const key = accesses.join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { accesses, scopes: [scope] })
    else group.scopes.push(scope)
  }
  return [...groups.values()]
}
