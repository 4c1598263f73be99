/**
 * Alarms and a dashboard. Ten alarm metrics and three dashboards of fifty metrics cost nothing in any account; so there are
 * ten, and the dashboard stays below fifty. Throttled calls of the API's functions show as its 5xx; a function that is
 * limited by `reservedConcurrency` gets an alarm of its own for them.
 */
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Construct } from 'constructs'
import { type FunctionName, functionNames, type GregorProps } from './gregor-props.ts'
import type { Measured } from './measured.ts'

interface AlarmSettings {
  readonly id: string
  readonly metric: IMetric
  readonly threshold: number
  readonly description: string
  /** Of five minutes each, that must be beyond the threshold. */
  readonly periods?: number
}

/** What a produce takes on S3 and DynamoDB is tens of milliseconds; cold starts and first connections take most of a second. */
const produceMsMax = 5_000

export function makeAlarms(scope: Construct, metrics: Measured, props: GregorProps): Alarm[] {
  if (props.alarms === false) return []
  const topic = props.alarms?.topic
  return [...errorAlarms(metrics), ...loadAlarms(metrics), ...throttleAlarms(metrics, props)].map((settings) => {
    const { id, metric, threshold, description, periods = 1 } = settings
    const alarm = new Alarm(scope, `${id}Alarm`, {
      metric,
      threshold,
      alarmDescription: `Gregor: ${description}`,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Nobody calls: all is well.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic))
    return alarm
  })
}

const errorAlarms = (metrics: Measured): AlarmSettings[] =>
  functionNames.map((name) => ({
    id: `${capitalized(name)}Errors`,
    metric: metrics.metricErrors(name),
    threshold: 1,
    description:
      name === 'janitor'
        ? 'the janitor was cut off or could not start; what it left is done by its next call, if that succeeds'
        : `calls of ${name} were cut off (time, memory) or could not start; what is expected to go wrong is answered instead`,
    // One that is cut off goes on where it stopped. Three in a row do not get on.
    periods: name === 'janitor' ? 3 : 1,
  }))

const loadAlarms = (metrics: Measured): AlarmSettings[] => [
  {
    id: 'ServerErrors',
    metric: metrics.metricServerErrors(),
    threshold: 5,
    description: 'callers were answered 5xx: a store does not answer, or functions are throttled, fail or are late',
  },
  {
    id: 'ProduceLatency',
    metric: metrics.metricDuration('produce', { statistic: 'p99' }),
    threshold: produceMsMax,
    description: `one produce in a hundred takes ${produceMsMax / 1_000} s or more`,
    periods: 3,
  },
  ...(['read', 'write'] as const).map((kind) => ({
    id: `Table${capitalized(kind)}Throttles`,
    metric: metrics.metricTableThrottles(kind),
    threshold: 1,
    description: `DynamoDB turned ${kind}s away: one partition is busier than an item can be, or the table grew faster than it doubles`,
    periods: 3,
  })),
]

const throttleAlarms = (metrics: Measured, props: GregorProps): AlarmSettings[] =>
  functionNames
    .filter((name) => props.functions?.[name]?.reservedConcurrency !== undefined)
    .map((name) => ({
      id: `${capitalized(name)}Throttles`,
      metric: metrics.metricThrottles(name),
      threshold: 1,
      description: `${name} has no instance left of those that are reserved for it`,
    }))

export function makeDashboard(scope: Construct, metrics: Measured): Dashboard {
  const of = (make: (name: FunctionName) => IMetric) => functionNames.map(make)
  const dashboard = new Dashboard(scope, 'Dashboard')
  dashboard.addWidgets(
    new GraphWidget({
      title: 'Calls',
      left: [metrics.metricRequests(), metrics.metricClientErrors(), metrics.metricServerErrors()],
    }),
    new GraphWidget({
      title: 'Latency, API (long polls wait)',
      left: [metrics.metricLatency({ statistic: 'p50' }), metrics.metricLatency({ statistic: 'p99' })],
    }),
    new GraphWidget({
      title: 'Latency, produce',
      left: [
        metrics.metricDuration('produce', { statistic: 'p50' }),
        metrics.metricDuration('produce', { statistic: 'p99' }),
      ],
    }),
  )
  dashboard.addWidgets(
    new GraphWidget({ title: 'Invocations', left: of((name) => metrics.metricInvocations(name, { label: name })) }),
    new GraphWidget({
      title: 'Errors and throttles',
      left: of((name) => metrics.metricErrors(name, { label: name })),
      right: of((name) => metrics.metricThrottles(name, { label: `${name} throttled` })),
    }),
    new GraphWidget({
      title: 'Duration, p99',
      left: of((name) => metrics.metricDuration(name, { statistic: 'p99', label: name })),
    }),
  )
  dashboard.addWidgets(
    new GraphWidget({
      title: 'DynamoDB: units',
      left: [metrics.metricTableUnits('read'), metrics.metricTableUnits('write')],
      right: [metrics.metricTableThrottles('read'), metrics.metricTableThrottles('write')],
    }),
    new GraphWidget({ title: 'S3: bytes stored, once a day', left: [metrics.metricStoredBytes()] }),
  )
  return dashboard
}

const capitalized = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`
