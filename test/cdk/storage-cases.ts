/** Bucket and table, as CloudFormation is told of them: no emulator keeps what they say. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Match } from 'aws-cdk-lib/assertions'
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import { expect, test } from 'vitest'
import { gregorIn, templateOf } from './synthesized.ts'

export function storageCases(): void {
  test('data stays when the stack goes, and the table cannot be deleted by mistake', () => {
    const template = templateOf()
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    })
  })

  test('what is to be destroyed is emptied first', () => {
    const template = templateOf({ removalPolicy: RemovalPolicy.DESTROY })
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' })
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 1)
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
  })

  test('the bucket is private, encrypted, without versions, and reached by TLS only', () => {
    const template = templateOf()
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      VersioningConfiguration: Match.absent(),
    })
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
        ]),
      },
    })
  })

  test('uploads that were never finished go, and no rule expires what is live', () => {
    const rulesOf = (template: ReturnType<typeof templateOf>) =>
      Object.values(template.findResources('AWS::S3::Bucket')).flatMap(
        ({ Properties }) => Properties.LifecycleConfiguration.Rules as Record<string, unknown>[],
      )
    const tiered = templateOf({
      abortUploadsAfter: Duration.days(3),
      infrequentAccessAfter: Duration.days(30),
      bucketPrefix: 'cluster-1/',
    })
    expect(rulesOf(templateOf())).toEqual([
      { Id: 'abort-unfinished-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      {
        Id: 'drop-noncurrent',
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        ExpiredObjectDeleteMarker: true,
      },
    ])
    expect(rulesOf(tiered)[0]).toMatchObject({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } })
    expect(rulesOf(tiered)[2]).toMatchObject({
      Prefix: 'cluster-1/segments/',
      Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }],
    })
    for (const rule of [...rulesOf(templateOf()), ...rulesOf(tiered)]) {
      expect(Object.keys(rule)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^Expiration/)]))
    }
  })

  test('the table is paid by request, with pk and sk, kept for point-in-time recovery', () => {
    templateOf().hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: Match.absent(),
      StreamSpecification: Match.absent(),
    })
    templateOf({ pointInTimeRecovery: false }).hasResourceProperties('AWS::DynamoDB::Table', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    })
  })

  test('TTL and a stream are there for who asks for them', () => {
    templateOf({ timeToLiveAttribute: 'goesAt', stream: StreamViewType.KEYS_ONLY }).hasResourceProperties(
      'AWS::DynamoDB::Table',
      {
        TimeToLiveSpecification: { AttributeName: 'goesAt', Enabled: true },
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      },
    )
  })

  test('a key of one’s own encrypts both, and every function may use it', () => {
    const { stack, template } = gregorIn((mine) => ({ encryptionKey: new Key(mine, 'Key') }))
    const made = template()
    made.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    })
    made.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } })
    const users = (action: string) =>
      Object.values(made.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
        JSON.stringify(Properties).includes(action),
      )
    expect(users('kms:Decrypt')).toHaveLength(6)
    // All but fetch.
    expect(users('kms:GenerateDataKey')).toHaveLength(5)
    expect(stack.stackName).toBe('Mine')
  })

  test('S3 logs requests where it is told to', () => {
    const { template } = gregorIn((mine) => ({ accessLogBucket: new Bucket(mine, 'Logs') as IBucket }))
    template().hasResourceProperties('AWS::S3::Bucket', {
      LoggingConfiguration: { LogFilePrefix: 'gregor/', DestinationBucketName: Match.anyValue() },
    })
  })
}
