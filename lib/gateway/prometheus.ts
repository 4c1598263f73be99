/**
 * The gateway's numbers as Prometheus reads them. They are counted as plain numbers (`gateway-metrics.ts`) and put into
 * prom-client's metrics when somebody asks: what nobody reads costs nothing.
 */
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { eventLoopSampleMs, gatewayHeldBytesMax, gatewayUnsentBytesMax } from '../base/limits.ts'
import type { CacheState } from '../log/cache-counts.ts'
import type { StoreCalls } from '../store/counted-stores.ts'
import type { Bill } from '../store/metered.ts'
import type { Gateway } from './gateway.ts'
import { type GatewayMetrics, latencyBoundsMs } from './gateway-metrics.ts'
import { addGauge, addTotal, addTotals } from './metric-kinds.ts'
import { addBill, addReadCache, addStoreCalls } from './store-metrics.ts'

export interface Metered {
  readonly gateway: Pick<Gateway, 'metrics' | 'heldBytes'>
  /** What the stores were asked for; undefined where nobody counts. */
  readonly calls?: () => StoreCalls
  /** What AWS sends a bill for; undefined where nobody meters it. */
  readonly bill?: () => Bill
  /** What readers find in memory. */
  readonly cache: () => CacheState
}

/** A function that answers what a scrape gets, in Prometheus's text format. */
export function prometheusMetrics(metered: Metered): () => Promise<{ contentType: string; text: string }> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMs })
  addRequests(registry, metered.gateway.metrics)
  addConnections(registry, metered.gateway)
  if (metered.calls !== undefined) addStoreCalls(registry, metered.calls)
  if (metered.bill !== undefined) addBill(registry, metered.bill)
  addReadCache(registry, metered.cache)
  return async () => ({
    contentType: registry.contentType,
    text: `${await registry.metrics()}\n${latencies(metered.gateway.metrics)}`,
  })
}

function addRequests(registry: Registry, metrics: GatewayMetrics): void {
  const registers = [registry]
  new Counter({
    name: 'gregor_kafka_requests_total',
    help: 'Requests that were answered, by API and its version.',
    labelNames: ['api', 'version'],
    registers,
    collect() {
      this.reset()
      for (const [api, { byVersion }] of metrics.apis) {
        for (const [version, count] of byVersion) this.inc({ api, version }, count)
      }
    },
  })
  addTotal(registry, 'gregor_kafka_received_bytes_total', 'Bytes of requests.', () => metrics.bytesIn)
  addTotal(registry, 'gregor_kafka_sent_bytes_total', 'Bytes of answers.', () => metrics.bytesOut)
}

/**
 * A histogram in Prometheus's text format: prom-client's own is counted by `observe` alone, on the way of every request, and
 * cannot be filled from what was counted elsewhere. From a request's beginning to its answer, a long poll's wait included.
 */
function latencies({ apis }: GatewayMetrics): string {
  const name = 'gregor_kafka_request_duration_seconds'
  const lines = [
    `# HELP ${name} How long requests took, from their beginning to their answer.`,
    `# TYPE ${name} histogram`,
  ]
  for (const [api, { buckets, latencySumMs }] of apis) {
    let count = 0
    for (const [index, requests] of buckets.entries()) {
      count += requests
      const boundMs = latencyBoundsMs[index]
      lines.push(`${name}_bucket{api="${api}",le="${boundMs === undefined ? '+Inf' : boundMs / 1_000}"} ${count}`)
    }
    lines.push(`${name}_sum{api="${api}"} ${latencySumMs / 1_000}`, `${name}_count{api="${api}"} ${count}`)
  }
  return `${lines.join('\n')}\n`
}

function addConnections(registry: Registry, gateway: Metered['gateway']): void {
  const { metrics } = gateway
  const gauge = (name: string, help: string, read: () => number) => addGauge(registry, name, help, read)
  gauge('gregor_kafka_connections', 'Open connections.', () => metrics.connections)
  gauge('gregor_kafka_request_memory_bytes', 'Requests that are read and not answered.', () => gateway.heldBytes)
  gauge('gregor_kafka_request_memory_limit_bytes', 'Past it reading stops.', () => gatewayHeldBytesMax)
  gauge('gregor_kafka_unsent_bytes', 'Answers that clients have not taken.', () => metrics.unsentBytes)
  gauge('gregor_kafka_unsent_limit_bytes', 'Past it the slowest client is cut off.', () => gatewayUnsentBytesMax)
  const accepted = 'Connections that were taken.'
  addTotal(registry, 'gregor_kafka_connections_accepted_total', accepted, () => metrics.connectionsAccepted)
  addTotals(
    registry,
    'gregor_kafka_connections_refused_total',
    'Connections that a limit refused.',
    'limit',
    () => metrics.connectionsRefused,
  )
  addTotals(
    registry,
    'gregor_kafka_connections_closed_total',
    'Connections that were closed from here, by why.',
    'reason',
    () => metrics.connectionsClosed,
  )
}
