/**
 * What AWS measures of a deployment without being paid for it: sums over five minutes, and averages of durations, unless
 * `options` say otherwise.
 */
import { Duration } from 'aws-cdk-lib'
import { type IMetric, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ApiMetricName } from './api.ts'
import type { Functions } from './functions.ts'
import type { FunctionName } from './gregor-props.ts'

export abstract class Measured extends Construct {
  abstract readonly bucket: Bucket
  abstract readonly table: Table
  abstract readonly functions: Functions
  protected abstract apiMetric(name: ApiMetricName, options?: MetricOptions): IMetric

  metricInvocations(name: FunctionName, options?: MetricOptions): IMetric {
    return this.functions[name].metricInvocations(options)
  }

  metricErrors(name: FunctionName, options?: MetricOptions): IMetric {
    return this.functions[name].metricErrors(options)
  }

  metricThrottles(name: FunctionName, options?: MetricOptions): IMetric {
    return this.functions[name].metricThrottles(options)
  }

  /** Milliseconds. */
  metricDuration(name: FunctionName, options?: MetricOptions): IMetric {
    return this.functions[name].metricDuration(options)
  }

  metricRequests(options?: MetricOptions): IMetric {
    return this.apiMetric('requests', options)
  }

  /** Answers 4xx. */
  metricClientErrors(options?: MetricOptions): IMetric {
    return this.apiMetric('clientErrors', { statistic: Stats.SUM, ...options })
  }

  /** Answers 5xx. */
  metricServerErrors(options?: MetricOptions): IMetric {
    return this.apiMetric('serverErrors', { statistic: Stats.SUM, ...options })
  }

  /** Milliseconds, from the request's arrival to the answer: long polls wait for as long as they were told to. */
  metricLatency(options?: MetricOptions): IMetric {
    return this.apiMetric('latency', options)
  }

  /** Read or write units that were consumed: what DynamoDB is paid for. */
  metricTableUnits(kind: 'read' | 'write', options?: MetricOptions): IMetric {
    return this.#table(kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits', options)
  }

  /** Reads or writes that DynamoDB turned away. */
  metricTableThrottles(kind: 'read' | 'write', options?: MetricOptions): IMetric {
    return this.#table(kind === 'read' ? 'ReadThrottleEvents' : 'WriteThrottleEvents', options)
  }

  /** Of all objects, as S3 counts them once a day. */
  metricStoredBytes(options?: MetricOptions): IMetric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName: 'BucketSizeBytes',
      dimensionsMap: { BucketName: this.bucket.bucketName, StorageType: 'StandardStorage' },
      period: Duration.days(1),
      ...options,
    })
  }

  #table(metricName: string, options?: MetricOptions): IMetric {
    return this.table.metric(metricName, { statistic: Stats.SUM, ...options })
  }
}
