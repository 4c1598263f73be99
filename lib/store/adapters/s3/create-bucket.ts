/** Makes the bucket, for emulators and first tries; a deployment's bucket comes from its stack. */
import { type BucketLocationConstraint, CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { nameOf } from '../sdk-fault.ts'

/** Makes the bucket unless it is there and ours. Throws the SDK's error. */
export async function createBucket(client: S3Client, name: string): Promise<void> {
  const region = await client.config.region()
  // The first region is the one that must not be named ("CreateBucket" in the S3 API reference).
  const elsewhere = region !== 'us-east-1' && {
    CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
  }
  try {
    await client.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }))
  } catch (error) {
    if (nameOf(error) !== 'BucketAlreadyOwnedByYou') throw error
  }
}
