/** Alarms, the dashboard and metrics: what is free is on, and what it looks at is ours. */
import { Match } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { expect, test } from 'vitest'
import { functionNames } from '../../cdk/gregor-props.ts'
import { gregorIn, templateOf } from './synthesized.ts'

/** CloudWatch's pricing page: always free, in each account. */
const freeAlarms = 10
const freeDashboardMetrics = 50

export function watchingCases(): void {
  test('there are as many alarms as are free: errors of each function, 5xx, slow produces, a throttled table', () => {
    const alarms = Object.values(templateOf().findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties,
    )
    expect(alarms.map(({ MetricName }) => MetricName).sort()).toEqual(
      [
        ...Array(functionNames.length).fill('Errors'),
        '5xx',
        'Duration',
        'ReadThrottleEvents',
        'WriteThrottleEvents',
      ].sort(),
    )
    expect(alarms).toHaveLength(freeAlarms)
    for (const alarm of alarms) expect(alarm).toMatchObject({ TreatMissingData: 'notBreaching' })
    expect(alarms.filter(({ AlarmActions }) => AlarmActions !== undefined)).toEqual([])
  })

  test('alarms tell a topic that they are given', () => {
    const { gregor, template } = gregorIn((mine) => ({ alarms: { topic: new Topic(mine, 'Operators') } }))
    expect(gregor.alarms).toHaveLength(freeAlarms)
    template().allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Operators') }],
    })
  })

  test('a REST API’s 5xx go by another name', () => {
    templateOf({ api: 'rest' }).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: '5XXError' })
  })

  test('the dashboard shows no more metrics than are free', () => {
    const [dashboard] = Object.values(templateOf().findResources('AWS::CloudWatch::Dashboard'))
    const metrics = JSON.stringify(dashboard).match(/\[\\"AWS\/\w+\\"/g) ?? []
    expect(metrics.length).toBeGreaterThan(25)
    expect(metrics.length).toBeLessThanOrEqual(freeDashboardMetrics)
  })

  test('who wants neither has neither', () => {
    const template = templateOf({ alarms: false, dashboard: false })
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0)
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0)
  })

  test('metrics name what they measure, for alarms of one’s own', () => {
    const { stack, gregor } = gregorIn()
    const of = (metric: ReturnType<typeof gregor.metricErrors>) => stack.resolve(metric.toMetricConfig().metricStat)
    expect(of(gregor.metricInvocations('produce'))).toMatchObject({ metricName: 'Invocations', statistic: 'Sum' })
    expect(of(gregor.metricDuration('fetch', { statistic: 'p99' }))).toMatchObject({ statistic: 'p99' })
    expect(of(gregor.metricRequests())).toMatchObject({ namespace: 'AWS/ApiGateway', metricName: 'Count' })
    expect(of(gregor.metricClientErrors())).toMatchObject({ metricName: '4xx', statistic: 'Sum' })
    expect(of(gregor.metricTableUnits('write'))).toMatchObject({ metricName: 'ConsumedWriteCapacityUnits' })
    expect(of(gregor.metricStoredBytes())).toMatchObject({ namespace: 'AWS/S3', period: { amount: 1 } })
  })
}
