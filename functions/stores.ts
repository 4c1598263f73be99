/**
 * S3 and DynamoDB, as every function has them. Connections are opened while the module loads, which Lambda does with a whole
 * processor, beside the first event's way.
 */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { clusterIdKey } from '../lib/cluster/cluster-id.ts'
import { createDynamoClient } from '../lib/store/adapters/dynamodb/client.ts'
import { createDynamoMetaStore } from '../lib/store/adapters/dynamodb/meta-store.ts'
import { createS3Client } from '../lib/store/adapters/s3/client.ts'
import { createS3ObjectStore } from '../lib/store/adapters/s3/object-store.ts'
import { hedgedObjectStore } from '../lib/store/hedged.ts'
import { bucketName, bucketPrefix, emulated, region, tableName } from './settings.ts'
import { traceable } from './tracing.ts'

const s3 = traceable(createS3Client({ region, forcePathStyle: emulated, payload: emulated ? 'signed' : 'unsigned' }))
const table = { client: traceable(createDynamoClient({ region })), tableName, clock, entropy }
const bucket = { client: s3, bucket: bucketName, prefix: bucketPrefix, clock, entropy }

export const meta = createDynamoMetaStore(table)
export const objects = hedgedObjectStore(createS3ObjectStore(bucket), { clock })

/** One try, whose answer does not matter: what counts is that both stores have been spoken to. */
export const connected = Promise.allSettled([
  createDynamoMetaStore({ ...table, patienceMs: 0 }).get(clusterIdKey),
  createS3ObjectStore({ ...bucket, patienceMs: 0 }).get('healthz'),
])
