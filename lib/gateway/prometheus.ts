/**
 * The gateway's numbers as Prometheus reads them. They are counted as plain numbers (`gateway-metrics.ts`) and put into
 * prom-client's metrics when somebody asks: what nobody reads costs nothing.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { eventLoopSampleMs, gatewayHeldBytesMax, gatewayUnsentBytesMax } from '../base/limits.ts'
import type { Bill } from '../store/metered.ts'
import type { Gateway } from './gateway.ts'
import { type GatewayMetrics, latencyBoundsMs } from './gateway-metrics.ts'

export interface Metered {
  readonly gateway: Pick<Gateway, 'metrics' | 'heldBytes'>
  /** What the stores were asked for; undefined where nobody meters them. */
  readonly bill?: () => Bill
}

/** A function that answers what a scrape gets, in Prometheus's text format. */
export function prometheusMetrics(metered: Metered): () => Promise<{ contentType: string; text: string }> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMs })
  addRequests(registry, metered.gateway.metrics)
  addConnections(registry, metered.gateway)
  if (metered.bill !== undefined) addStores(registry, metered.bill)
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
  total(registry, 'gregor_kafka_received_bytes_total', 'Bytes of requests.', () => metrics.bytesIn)
  total(registry, 'gregor_kafka_sent_bytes_total', 'Bytes of answers.', () => metrics.bytesOut)
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
  const registers = [registry]
  const { metrics } = gateway
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('gregor_kafka_connections', 'Open connections.', () => metrics.connections)
  gauge('gregor_kafka_request_memory_bytes', 'Requests that are read and not answered.', () => gateway.heldBytes)
  gauge('gregor_kafka_request_memory_limit_bytes', 'Past it reading stops.', () => gatewayHeldBytesMax)
  gauge('gregor_kafka_unsent_bytes', 'Answers that clients have not taken.', () => metrics.unsentBytes)
  gauge('gregor_kafka_unsent_limit_bytes', 'Past it the slowest client is cut off.', () => gatewayUnsentBytesMax)
  const accepted = 'Connections that were taken.'
  total(registry, 'gregor_kafka_connections_accepted_total', accepted, () => metrics.connectionsAccepted)
  totals(
    registry,
    'gregor_kafka_connections_refused_total',
    'Connections that a limit refused.',
    'limit',
    () => metrics.connectionsRefused,
  )
  totals(
    registry,
    'gregor_kafka_connections_closed_total',
    'Connections that were closed from here, by why.',
    'reason',
    () => metrics.connectionsClosed,
  )
}

/** What AWS would send a bill for; on a laptop the same calls, for nothing. */
function addStores(registry: Registry, bill: () => Bill): void {
  totals(registry, 'gregor_store_item_calls_total', 'Calls to DynamoDB.', 'operation', () => bill().items)
  totals(registry, 'gregor_store_object_calls_total', 'Calls to S3.', 'operation', () => bill().objects)
  totals(registry, 'gregor_store_item_units_total', 'Capacity units of DynamoDB.', 'kind', () => {
    const { readUnits, writeUnits } = bill()
    return { read: readUnits, write: writeUnits }
  })
  totals(registry, 'gregor_store_item_unsuccessful_total', 'Writes to DynamoDB that did nothing.', 'outcome', () => {
    const { refused, failed } = bill()
    return { refused, failed }
  })
  totals(registry, 'gregor_store_object_bytes_total', 'Bytes of objects.', 'direction', () => {
    const { bytesIn, bytesOut } = bill()
    return { written: bytesIn, read: bytesOut }
  })
}

function total(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

function totals(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count)
    },
  })
}
