/**
 * What is told of a function's calls: a log line for what went wrong, with the id that its caller was answered, and one line
 * of metrics (EMF). CloudWatch counts a metric for each combination of dimensions: `service` and `function` only, and what
 * is zero is left out, which keeps a cluster of HTTP clients within the ten that cost nothing.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { LambdaCall } from '../lib/http/lambda-call.ts'
import type { LogCounts } from '../lib/log/counted-log.ts'
import { metricsNamespace, serviceName } from './settings.ts'
import { traced } from './tracing.ts'

const logger = new Logger({ serviceName })
/** For faults that no client is told of: they go to the function's log. */
export const report = (fault: unknown) => logger.error('fault', fault instanceof Error ? fault : String(fault))

/** Watches calls that answer an HTTP status. What the log counts meanwhile in `counts` becomes metrics; without it none are. */
export function watch(name: string, counts?: LogCounts) {
  const metrics = new Metrics({ namespace: metricsNamespace, serviceName, defaultDimensions: { function: name } })
  const add = (metric: string, value: number, unit: 'Bytes' | 'Count' = MetricUnit.Count) =>
    value > 0 && metrics.addMetric(metric, unit, value)
  return async ({ correlationId, context }: LambdaCall, run: () => Promise<number>): Promise<void> => {
    if (typeof context === 'object' && context !== null) logger.addContext(context as never)
    logger.setCorrelationId(correlationId)
    const before = { ...counts }
    const startMs = performance.now()
    const status = await traced(name, correlationId, run)
    if (counts === undefined) return
    if (correlationId !== undefined) metrics.addMetadata('correlation_id', correlationId)
    metrics.addMetadata('status', String(status))
    metrics.addMetric('Duration', MetricUnit.Milliseconds, performance.now() - startMs)
    add('ServerErrors', status >= 500 ? 1 : 0)
    add('ClientErrors', status >= 400 && status < 500 ? 1 : 0)
    add('RecordsIn', counts.recordsIn - (before.recordsIn ?? 0))
    add('BytesIn', counts.bytesIn - (before.bytesIn ?? 0), MetricUnit.Bytes)
    add('RecordsOut', counts.recordsOut - (before.recordsOut ?? 0))
    add('BytesOut', counts.bytesOut - (before.bytesOut ?? 0), MetricUnit.Bytes)
    metrics.publishStoredMetrics()
  }
}
