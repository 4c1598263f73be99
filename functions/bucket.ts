/** S3, for the functions that touch objects; connected as DynamoDB is (`stores.ts`). */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { createS3Client } from '../lib/store/adapters/s3/client.ts'
import { createS3ObjectStore } from '../lib/store/adapters/s3/object-store.ts'
import { hedgedObjectStore } from '../lib/store/hedged.ts'
import type { ObjectStore } from '../lib/store/object-store.ts'
import { bucketName, bucketPrefix, emulated, region } from './settings.ts'
import { traceable } from './tracing.ts'

export interface Bucket {
  readonly objects: ObjectStore
  /** Fulfilled once it has been spoken to, whatever came of it. */
  readonly connected: Promise<unknown>
}

const client = traceable(
  createS3Client({ region, forcePathStyle: emulated, payload: emulated ? 'signed' : 'unsigned' }),
)
const options = { client, bucket: bucketName, prefix: bucketPrefix, clock, entropy }

export const bucket: Bucket = {
  objects: hedgedObjectStore(createS3ObjectStore(options), { clock }),
  connected: Promise.allSettled([createS3ObjectStore({ ...options, patienceMs: 0 }).get('healthz')]),
}
