/**
 * The bucket that holds the bytes and the table that holds their order. Neither expires anything by itself: what may go is
 * decided by the janitor, which changes the item that names an object before it deletes it. A lifecycle rule that expired
 * live objects would lose acknowledged records, so there is no property for one.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { GregorProps } from './gregor-props.ts'

export function makeBucket(scope: Construct, props: GregorProps): Bucket {
  const { removalPolicy = RemovalPolicy.RETAIN, encryptionKey, accessLogBucket } = props
  return new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    // Objects are written once under fresh names and never changed: versions would protect nothing but what the janitor
    // deletes on purpose, and would be paid for until they expire.
    versioned: false,
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : // One data key for many objects: a request to KMS for each would cost more than its PUT.
        { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    ...(accessLogBucket && { serverAccessLogsBucket: accessLogBucket, serverAccessLogsPrefix: 'gregor/' }),
    lifecycleRules: lifecycleRules(props),
    removalPolicy,
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY && (props.emptiesBucket ?? true),
  })
}

function lifecycleRules(props: GregorProps): LifecycleRule[] {
  const { abortUploadsAfter = Duration.days(1), infrequentAccessAfter, bucketPrefix = '' } = props
  return [
    // A process that dies while it writes a segment leaves parts, which nobody sees and somebody pays for.
    { id: 'abort-unfinished-uploads', abortIncompleteMultipartUploadAfter: abortUploadsAfter },
    // Should somebody turn on versions, what the janitor deletes still goes.
    { id: 'drop-noncurrent', noncurrentVersionExpiration: Duration.days(1), expiredObjectDeleteMarker: true },
    ...(infrequentAccessAfter === undefined
      ? []
      : [
          {
            id: 'segments-to-infrequent-access',
            // Intake objects are consolidated within hours; segments stay as long as their topic keeps them.
            prefix: `${bucketPrefix}segments/`,
            transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: infrequentAccessAfter }],
          },
        ]),
  ]
}

export function makeTable(scope: Construct, props: GregorProps): Table {
  const { removalPolicy = RemovalPolicy.RETAIN, encryptionKey, timeToLiveAttribute, stream } = props
  return new Table(scope, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery ?? true },
    ...(encryptionKey === undefined
      ? { encryption: TableEncryption.DEFAULT }
      : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    ...(timeToLiveAttribute !== undefined && { timeToLiveAttribute }),
    ...(stream !== undefined && { stream }),
    removalPolicy,
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
  })
}
