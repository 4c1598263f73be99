/** What the parts of this adapter share. */
import type { S3Client } from '@aws-sdk/client-s3'
import type { Entropy } from '../../../base/entropy.ts'
import type { Patience } from './patience.ts'

export interface Bucket {
  readonly client: S3Client
  readonly name: string
  readonly patience: Patience
  readonly entropy: Entropy
}
