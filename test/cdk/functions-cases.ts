/** The functions, their roles and their schedule, as CloudFormation is told of them. */
import { Duration } from 'aws-cdk-lib'
import { Match } from 'aws-cdk-lib/assertions'
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { describe, expect, test } from 'vitest'
import { functionNames } from '../../cdk/gregor-props.ts'
import { statementsOf, templateOf } from './synthesized.ts'

const idOf = (name: string) => `Gregor${name[0]?.toUpperCase()}${name.slice(1)}`
const ours = { Description: Match.stringLikeRegexp('^Gregor: ') }

export function functionsCases(): void {
  test('there is a function for each file in functions/, on ARM64 and Node 24', () => {
    const template = templateOf()
    for (const name of functionNames) {
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Gregor: ${name}`,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'INFO' },
        TracingConfig: Match.absent(),
        ReservedConcurrentExecutions: Match.absent(),
      })
    }
    template.resourcePropertiesCountIs('AWS::Lambda::Function', ours, functionNames.length)
  })

  test('memory, time, processor, instances, tracing and variables are as they were asked for', () => {
    const template = templateOf({
      architecture: Architecture.X86_64,
      tracing: true,
      functions: { fetch: { memoryMiB: 1_024, timeout: Duration.seconds(20), reservedConcurrency: 7 } },
      bucketPrefix: 'one/',
      defaultPartitions: 3,
      brokerConfigs: { 'log.retention.ms': '60000', 'num.partitions': '2' },
      environment: { EXTRA: 'yes' },
    })
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Gregor: fetch',
      MemorySize: 1_024,
      Timeout: 20,
      ReservedConcurrentExecutions: 7,
      Architectures: ['x86_64'],
      TracingConfig: { Mode: 'Active' },
      Environment: {
        Variables: Match.objectLike({
          BUCKET_PREFIX: 'one/',
          DEFAULT_PARTITIONS: '3',
          BROKER_CONFIGS: 'log.retention.ms=60000\nnum.partitions=2',
          POWERTOOLS_TRACE_ENABLED: 'true',
          EXTRA: 'yes',
        }),
      },
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Throttles',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^GregorFetch') } }],
    })
  })

  test('a function knows its table and bucket, and no more than was said', () => {
    const functions = templateOf().findResources('AWS::Lambda::Function')
    for (const { Properties } of Object.values(functions)) {
      expect(Object.keys(Properties.Environment.Variables)).toEqual([
        'TABLE_NAME',
        'BUCKET_NAME',
        'POWERTOOLS_SERVICE_NAME',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_TRACE_ENABLED',
      ])
    }
  })

  test('logs are kept for a month, or as long as was said', () => {
    const retentions = (template: ReturnType<typeof templateOf>) =>
      Object.values(template.findResources('AWS::Logs::LogGroup')).map(({ Properties }) => Properties.RetentionInDays)
    expect(retentions(templateOf())).toEqual(Array(7).fill(30))
    expect(retentions(templateOf({ logRetention: RetentionDays.ONE_DAY }))).toEqual(Array(7).fill(1))
  })

  describe('least privilege', () => {
    const actions = (name: string) =>
      statementsOf(templateOf(), `${idOf(name)}Role`)
        .flatMap(({ Action }) => Action)
        .sort()
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const reads = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']
    const writes = ['dynamodb:PutItem', 'dynamodb:UpdateItem']
    const sorted = (...lists: string[][]) => lists.flat().sort()

    test('produce appends, and cannot delete', () => {
      // Reads of the cluster's items and of partitions are two statements.
      expect(actions('produce')).toEqual(sorted(reads, reads, writes, logs, ['s3:GetObject', 's3:PutObject']))
      expect(actions('produce').filter((action) => /delete/i.test(action))).toEqual([])
    })

    test('fetch reads, and cannot write', () => {
      expect(actions('fetch')).toEqual(sorted(reads, logs, ['s3:GetObject', 's3:ListBucket']))
    })

    test('topics and commit touch no object', () => {
      for (const name of ['topics', 'commit']) {
        expect(actions(name).filter((action) => action.startsWith('s3:'))).toEqual([])
      }
      expect(actions('topics').filter((action) => /delete/i.test(action))).toEqual([])
    })

    test('only the janitor deletes objects, and it never writes what producers write', () => {
      for (const name of functionNames) {
        expect(actions(name).includes('s3:DeleteObject')).toBe(name === 'janitor')
      }
      const puts = statementsOf(templateOf(), 'GregorJanitorRole').filter(({ Action }) =>
        Action.includes('s3:PutObject'),
      )
      expect(JSON.stringify(puts.map(({ Resource }) => Resource))).not.toContain('intake/')
    })

    test('kafka does what clients ask for, and deletes no partition’s item and no object', () => {
      const deleting = statementsOf(templateOf(), 'GregorKafkaRole').filter(({ Action }) =>
        Action.some((action) => /delete/i.test(action)),
      )
      expect(deleting.map(({ Condition }) => Condition)).toEqual([
        { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['cluster', 'group#*'] } },
      ])
    })

    test('every statement on items names the keys, and none on anything names all resources or all actions', () => {
      const template = templateOf()
      for (const name of functionNames) {
        for (const { Action, Resource, Condition } of statementsOf(template, `${idOf(name)}Role`)) {
          expect(Action.filter((action) => action.includes('*'))).toEqual([])
          expect([Resource].flat()).not.toContain('*')
          if (Action.some((action) => action.startsWith('dynamodb:'))) {
            expect(Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']).toBeDefined()
          }
        }
      }
    })

    test('no role has a policy of AWS’s own, and each is one service’s', () => {
      for (const { Properties } of Object.values(templateOf().findResources('AWS::IAM::Role'))) {
        expect(Properties.ManagedPolicyArns).toBeUndefined()
        expect(Properties.AssumeRolePolicyDocument.Statement).toHaveLength(1)
      }
    })
  })

  test('the janitor is called every five minutes, or as often as was said, by who may call nothing else', () => {
    const template = templateOf()
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    })
    const [call, ...more] = statementsOf(template, 'GregorScheduleRole')
    expect(more).toEqual([])
    expect(call?.Action).toEqual(['lambda:InvokeFunction'])
    expect(call?.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^GregorJanitor/), 'Arn'] })
    templateOf({ janitorInterval: Duration.hours(1) }).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 hour)',
    })
  })

  test('what would be deployed and not do what was meant is refused', () => {
    expect(() => templateOf({ bucketPrefix: 'no-slash' })).toThrow('slash at its end')
    expect(() => templateOf({ defaultPartitions: 0 })).toThrow('1 to 10,000')
    expect(() => templateOf({ janitorInterval: Duration.seconds(30) })).toThrow('a minute')
    expect(() => templateOf({ functions: { produce: { timeout: Duration.seconds(30) } } })).toThrow('at most 29 s')
  })
}
