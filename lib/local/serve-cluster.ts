/**
 * Runs a cluster's parts in this process: the Kafka protocol and the HTTP API in front of them, the janitor behind. The same
 * for one process on a laptop and for a gateway on AWS.
 */
import { allHandlers } from '../broker/all-handlers.ts'
import { Broker } from '../broker/broker.ts'
import type { Brokers } from '../cluster/brokers.ts'
import { createHttpApp } from '../http/all-routes.ts'
import { Janitor } from '../janitor/janitor.ts'
import type { JanitorOptions } from '../janitor/work.ts'
import type { Leaders } from '../log/leader-types.ts'
import type { StoreCalls } from '../store/counted-stores.ts'
import type { Bill } from '../store/metered.ts'
import { brokerServices, type ClusterParts } from './cluster-parts.ts'
import { startHttpServer } from './http-server.ts'
import { runJanitor } from './janitor-timer.ts'
import type { KafkaFront } from './kafka-front.ts'

export interface ClusterToServe {
  readonly parts: ClusterParts
  readonly brokers: Brokers
  readonly leaders: Leaders
  /** Listening; it is closed with the rest, but not where this throws. */
  readonly front: KafkaFront
  readonly http: { readonly host: string; readonly port: number }
  /** Whether the janitor runs here, and what it does otherwise than by default. */
  readonly cleans: boolean
  readonly janitorOptions?: Partial<JanitorOptions>
  /** What the stores were asked for, where somebody counts. */
  readonly calls?: () => StoreCalls
  /** What AWS sends a bill for, where somebody meters it. */
  readonly bill?: () => Bill
}

export interface ServedCluster {
  /** The HTTP API's URL, without a slash at its end. */
  readonly http: string
  /** Takes no more, finishes and answers what was begun. The stores stay open. */
  close(): Promise<void>
}

/** Throws a `StartRefused`, or what the store throws. */
export async function serveCluster({
  parts,
  brokers,
  leaders,
  front,
  http,
  cleans,
  janitorOptions,
  calls,
  bill,
}: ClusterToServe): Promise<ServedCluster> {
  const { topics, offsets, log, settings, clock, entropy, report } = parts
  const { meta, objects } = parts.stores
  const world = { clock, entropy, report }
  const services = await brokerServices(parts, { brokers, leaders })
  const broker = new Broker(services, allHandlers)
  const stop = new AbortController()
  const app = createHttpApp({
    topics,
    groups: offsets,
    members: services.groups.administration,
    log,
    meta,
    objects,
    ...world,
    defaultPartitions: settings.config.numPartitions,
    broker,
    stopping: stop.signal,
    metrics: lazily(async () => {
      // Loaded when it is asked for: prom-client takes some megabytes.
      const { prometheusMetrics } = await import('../gateway/prometheus.ts')
      const { gateway } = front
      return prometheusMetrics({
        gateway,
        ...(calls !== undefined && { calls }),
        ...(bill !== undefined && { bill }),
        cache: () => log.cache,
      })
    }),
  })
  const server = await startHttpServer({ ...http, fetch: (request) => app.fetch(request), clock })
  front.gateway.serve(broker, services.settings)
  // Asked in each round: dynamic configs change meanwhile.
  const options = () => ({
    ...janitorOptions,
    offsetsRetentionMs: settings.config.offsetsRetentionMinutes * 60_000,
    producerExpirationMs: settings.config.producerIdExpirationMs,
  })
  const janitor = new Janitor({ meta, objects, ...world, topics, offsets: services.groups, onLoss: report }, options)
  const cleaning = cleans ? runJanitor(janitor, clock, stop.signal, report) : undefined
  return {
    http: server.url,
    close: async () => {
      stop.abort()
      services.groups.close()
      await Promise.all([front.gateway.close(), server.close()])
      await cleaning
      await log.settle()
    },
  }
}

/** Calls what `make` has made, once made. */
function lazily<T>(make: () => Promise<() => Promise<T>>): () => Promise<T> {
  let made: Promise<() => Promise<T>> | undefined
  return async () => {
    made ??= make()
    return (await made)()
  }
}
