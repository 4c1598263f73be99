/** The stores of a gateway: a DynamoDB table and an S3 bucket, or what speaks as they do. */
import { systemClock as clock, systemEntropy as entropy } from '../base/system.ts'
import { clusterIdKey } from '../cluster/cluster-id.ts'
import { createDynamoClient } from '../store/adapters/dynamodb/client.ts'
import { createDynamoMetaStore } from '../store/adapters/dynamodb/meta-store.ts'
import { createTable } from '../store/adapters/dynamodb/table.ts'
import { createS3Client } from '../store/adapters/s3/client.ts'
import { createBucket } from '../store/adapters/s3/create-bucket.ts'
import { createS3ObjectStore } from '../store/adapters/s3/object-store.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { hedgedObjectStore } from '../store/hedged.ts'
import type { Stores } from './cluster-parts.ts'
import { StartRefused } from './start-refused.ts'

export interface AwsOptions {
  readonly region: string
  readonly table: string
  readonly bucket: string
  /** What each object's key begins with, such as `cluster-1/`. */
  readonly bucketPrefix: string
  /** Emulators: paths in place of host names, and bodies signed, as they go over http. */
  readonly emulated: boolean
  /** Makes the table and the bucket where they are not there. */
  readonly create: boolean
}

/** Opens both, and has spoken to both; or throws a `StartRefused`. */
export async function openAwsStores(options: AwsOptions): Promise<Stores> {
  const { region, table, bucket, bucketPrefix, emulated } = options
  const dynamo = createDynamoClient({ region })
  const s3 = createS3Client({ region, forcePathStyle: emulated, payload: emulated ? 'signed' : 'unsigned' })
  const close = () => {
    dynamo.destroy()
    s3.destroy()
  }
  try {
    if (options.create) {
      await createTable(dynamo, table, clock)
      await createBucket(s3, bucket)
    }
    const meta = createDynamoMetaStore({ client: dynamo, tableName: table, clock, entropy })
    const bare = createS3ObjectStore({ client: s3, bucket, prefix: bucketPrefix, clock, entropy })
    const objects = hedgedObjectStore(bare, { clock })
    await meta.get(clusterIdKey)
    // No object has this key: a bucket that says so is there.
    await objects.get('healthz')
    return { meta, objects, close }
  } catch (fault) {
    close()
    throw refusalOf(fault, options)
  }
}

function refusalOf(fault: unknown, { region, table, bucket }: AwsOptions): unknown {
  const said = fault instanceof StoreUnavailable || fault instanceof OutcomeUnknown ? fault.cause : fault
  if (!(said instanceof Error)) return fault
  const reason = sentences[said.name]?.({ region, table, bucket }) ?? `The store refuses: ${said.name}: ${said.message}`
  return new StartRefused('store-unusable', reason.endsWith('.') ? reason : `${reason}.`, fault)
}

type Names = Pick<AwsOptions, 'region' | 'table' | 'bucket'>

const sentences: Readonly<Record<string, (names: Names) => string>> = {
  ResourceNotFoundException: ({ table, region }) => `There is no DynamoDB table '${table}' in ${region}.`,
  NoSuchBucket: ({ bucket, region }) => `There is no S3 bucket '${bucket}' in ${region}.`,
  BucketAlreadyExists: ({ bucket }) => `The S3 bucket '${bucket}' belongs to somebody else.`,
  CredentialsProviderError: () => 'No AWS credentials were found.',
}
