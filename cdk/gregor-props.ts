/**
 * What can be said about a deployment. Every property has a default that is safe to forget: data stays when the stack goes,
 * callers are asked for IAM signatures, and nothing costs money while nobody calls.
 */
import type { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import type { StreamViewType } from 'aws-cdk-lib/aws-dynamodb'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Architecture } from 'aws-cdk-lib/aws-lambda'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IHostedZone } from 'aws-cdk-lib/aws-route53'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'

/** Each is the file of its name in `functions/`. */
export const functionNames = ['produce', 'fetch', 'commit', 'topics', 'kafka', 'janitor'] as const
export type FunctionName = (typeof functionNames)[number]

export interface FunctionSettings {
  /** Lambda gives a whole processor at 1,769 MiB, and less in proportion. */
  readonly memoryMiB?: number
  /** At most 29 s for all but the janitor: API Gateway waits no longer. The janitor: at most 15 min. */
  readonly timeout?: Duration
  /**
   * Instances that are kept for this function and that it never exceeds. Default: none, so that it shares the account's.
   * A function that has it gets an alarm on throttled calls.
   */
  readonly reservedConcurrency?: number
}

/**
 * Who may call. `iam`: callers sign with AWS credentials and need a grant. `jwt`: a token of this issuer for one of these
 * audiences (HTTP APIs only). `api-key`: whoever knows the key (REST APIs only). `none`: everybody.
 */
export type Authorization =
  | { readonly type: 'iam' }
  | {
      readonly type: 'jwt'
      readonly issuer: string
      readonly audience: readonly string[]
      /** A token needs one of these; default: none is asked for. */
      readonly scopes?: readonly string[]
    }
  | { readonly type: 'api-key' }
  | { readonly type: 'none' }

export interface DomainSettings {
  readonly domainName: string
  /** In the API's Region. */
  readonly certificate: ICertificate
  /** Gets an alias record for the domain. Default: you make it. */
  readonly hostedZone?: IHostedZone
  /** What comes before the API's paths, such as `gregor`. Default: nothing. */
  readonly basePath?: string
}

export interface GregorProps {
  // --- storage ---
  /** What becomes of bucket and table when the stack goes. Default: `RETAIN`. */
  readonly removalPolicy?: RemovalPolicy
  /**
   * Where the bucket goes with the stack, a function of the CDK's empties it first: S3 deletes no bucket that holds
   * something. Default: true where `removalPolicy` is `DESTROY`.
   */
  readonly emptiesBucket?: boolean
  /** Encrypts bucket and table. Default: the keys of S3 and of DynamoDB, which cost nothing. */
  readonly encryptionKey?: IKey
  /** Of the table: any second of the last 35 days, at $0.20 a GB-month. Default: true. */
  readonly pointInTimeRecovery?: boolean
  /** When parts of uploads that were never finished go. Default: a day, far above the minutes that one takes. */
  readonly abortUploadsAfter?: Duration
  /** When segments become `STANDARD_IA`: at least 30 days, as S3 wants it. Default: never. */
  readonly infrequentAccessAfter?: Duration
  /** Where S3 logs each request to the bucket. Default: nowhere. */
  readonly accessLogBucket?: IBucket
  /** What each object's key begins with, such as `cluster-1/`. Default: nothing. */
  readonly bucketPrefix?: string
  /** Turns on TTL by this attribute. No item has one yet: Gregor deletes its own, guarded. Default: off. */
  readonly timeToLiveAttribute?: string
  /** Turns on the table's stream, for consumers of your own; Gregor reads none. Default: off. */
  readonly stream?: StreamViewType

  // --- functions ---
  readonly functions?: Readonly<Partial<Record<FunctionName, FunctionSettings>>>
  /** Default: ARM64. */
  readonly architecture?: Architecture
  /** X-Ray, at $5 a million traces: one a second and a twentieth of the rest. Default: false. */
  readonly tracing?: boolean
  /** Of the functions' and the API's logs. Default: a month. */
  readonly logRetention?: RetentionDays
  /** Variables that every function gets besides its own. */
  readonly environment?: Readonly<Record<string, string>>
  /** How often the janitor is called: a minute or more. Default: five minutes, its pause between two rounds. */
  readonly janitorInterval?: Duration

  // --- the cluster ---
  /** Partitions of a topic that is created without a number, 1 to 10,000. Default: 1, as Kafka. */
  readonly defaultPartitions?: number
  /** Broker configs by Kafka's names, such as `log.retention.ms`. */
  readonly brokerConfigs?: Readonly<Record<string, string>>

  // --- API ---
  /** An HTTP API at $1.00 a million calls, or a REST API at $3.50. Default: `http`. */
  readonly api?: 'http' | 'rest'
  /** Default: `iam`. */
  readonly authorization?: Authorization
  /** Calls a second, and at once, beyond which API Gateway answers 429. Default: the account's limits. */
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number }
  /** One line in CloudWatch Logs for each call. Default: true. */
  readonly accessLogs?: boolean
  /** A name of your own. Default: API Gateway's. */
  readonly domain?: DomainSettings

  // --- watching ---
  /** Ten alarms, which is how many CloudWatch has for nothing, and who is told of them. Default: ten, and nobody. */
  readonly alarms?: false | { readonly topic?: ITopic }
  /** Default: true. */
  readonly dashboard?: boolean
}
