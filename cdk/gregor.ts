/**
 * A Kafka cluster without brokers, as a construct: a bucket for the bytes, a table for their order, six functions, an API
 * in front of five of them and a schedule for the sixth. Nothing of it runs, or costs, while nobody calls.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Construct } from 'constructs'
import { acknowledgeFindings } from './acknowledged.ts'
import { type Api, authorizationOf } from './api.ts'
import { type Functions, makeFunctions } from './functions.ts'
import { functionNames, type GregorProps } from './gregor-props.ts'
import { makeHttpApi } from './http-api.ts'
import { Measured } from './measured.ts'
import { makeRestApi } from './rest-api.ts'
import { adminCalls, type Call, consumeCalls, kafkaCalls, produceCalls } from './routes.ts'
import { makeBucket, makeTable } from './storage.ts'
import { makeAlarms, makeDashboard } from './watching.ts'

/** Names as they are, or with `*` for anything. Default: all. */
export interface ProduceGrant {
  readonly topics?: readonly string[]
}

export interface ConsumeGrant extends ProduceGrant {
  readonly groups?: readonly string[]
}

const all = ['*']

export class Gregor extends Measured {
  readonly bucket: Bucket
  readonly table: Table
  readonly functions: Functions
  readonly api: HttpApi | RestApi
  /** Of the API, without a slash at its end. */
  readonly url: string
  /** Of the first API key, where callers are asked for one. */
  readonly apiKeyId: string | undefined
  readonly alarms: readonly Alarm[]
  readonly dashboard: Dashboard | undefined
  readonly #api: Api
  readonly #asksForIam: boolean

  constructor(scope: Construct, id: string, props: GregorProps = {}) {
    super(scope, id)
    requireSound(props)
    const authorization = authorizationOf(props)
    this.bucket = makeBucket(this, props)
    this.table = makeTable(this, props)
    this.functions = makeFunctions(this, props, { bucket: this.bucket, table: this.table })
    const makeApi = props.api === 'rest' ? makeRestApi : makeHttpApi
    this.#api = makeApi(this, this.functions, authorization, props)
    this.#asksForIam = authorization.type === 'iam'
    this.api = this.#api.api
    this.url = this.#api.url
    this.apiKeyId = this.#api.keyId
    this.#schedule(props.janitorInterval ?? Duration.minutes(5))
    this.alarms = makeAlarms(this, this, props)
    this.dashboard = props.dashboard === false ? undefined : makeDashboard(this, this)
    acknowledgeFindings(props, {
      stores: { bucket: this.bucket, table: this.table },
      functions: this.functions,
      api: this.#api.api,
      stage: this.#api.stage,
      authorization,
    })
  }

  /** Lets a caller produce to topics, and see what they look like. With IAM authorization only. */
  grantProduce(grantee: IGrantable, { topics = all }: ProduceGrant = {}): Grant {
    return this.#grant(grantee, produceCalls(topics))
  }

  /** Lets a caller read topics, and read and commit the offsets of groups. With IAM authorization only. */
  grantConsume(grantee: IGrantable, { topics = all, groups = all }: ConsumeGrant = {}): Grant {
    return this.#grant(grantee, consumeCalls(topics, groups))
  }

  /**
   * Lets a caller speak the Kafka protocol (`POST /kafka`), with which it may do whatever that can: every topic and group,
   * administration included. With IAM authorization only.
   */
  grantKafka(grantee: IGrantable): Grant {
    return this.#grant(grantee, kafkaCalls)
  }

  /** Lets a caller do everything. With IAM authorization only. */
  grantAdmin(grantee: IGrantable): Grant {
    return this.#grant(grantee, adminCalls)
  }

  protected override apiMetric(...[name, options]: Parameters<Api['metric']>) {
    return this.#api.metric(name, options)
  }

  #grant(grantee: IGrantable, calls: readonly Call[]): Grant {
    if (!this.#asksForIam)
      throw new Error(
        "A grant is of no use where callers are not asked for IAM signatures: authorization is not 'iam'.",
      )
    const resourceArns = calls.map((call) => this.#api.arnFor(call))
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns })
  }

  #schedule(interval: Duration): void {
    const { janitor } = this.functions
    const assumedBy = new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    })
    const role = new Role(this, 'ScheduleRole', { assumedBy, description: "What Gregor's schedule may do" })
    const call = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [janitor.functionArn] })
    role.addToPrincipalPolicy(call)
    new Schedule(this, 'JanitorSchedule', {
      description: 'Gregor: cleans up what the log leaves behind',
      schedule: ScheduleExpression.rate(interval),
      target: new LambdaInvoke(janitor, {
        // The target would add each version of the function to it.
        role: role.withoutPolicyUpdates(),
        // The next one comes soon, and does what this one would have.
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    })
  }
}

/** Refuses what would be deployed and then not do what was meant. */
function requireSound({
  bucketPrefix = '',
  janitorInterval,
  functions = {},
  defaultPartitions = 1,
  domain,
}: GregorProps): void {
  if (!/^([A-Za-z0-9._-]+\/)*$/.test(bucketPrefix)) {
    throw new Error(`bucketPrefix is folders, each with a slash at its end, such as cluster-1/; it is ${bucketPrefix}.`)
  }
  if (domain?.basePath?.startsWith('/') || domain?.basePath?.endsWith('/')) {
    throw new Error(`domain.basePath has no slash around it; it is ${domain.basePath}.`)
  }
  if (!Number.isInteger(defaultPartitions) || defaultPartitions < 1 || defaultPartitions > 10_000) {
    throw new Error(`defaultPartitions is 1 to 10,000; it is ${defaultPartitions}.`)
  }
  if (janitorInterval !== undefined && janitorInterval.toSeconds() < 60) {
    throw new Error('janitorInterval is a minute or more.')
  }
  for (const name of functionNames) {
    const secondsMax = name === 'janitor' ? 900 : 29
    if ((functions[name]?.timeout?.toSeconds() ?? 0) > secondsMax) {
      throw new Error(`The timeout of ${name} is at most ${secondsMax} s.`)
    }
  }
}
