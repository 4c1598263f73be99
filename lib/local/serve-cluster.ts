/**
 * Runs a cluster's parts in this process: the Kafka protocol and the HTTP API in front of them, the janitor behind. The same
 * for one process on a laptop and for a gateway on AWS.
 */
import { allHandlers } from '../broker/all-handlers.ts'
import { Broker } from '../broker/broker.ts'
import type { Brokers } from '../cluster/brokers.ts'
import { createHttpApp } from '../http/all-routes.ts'
import { Janitor } from '../janitor/janitor.ts'
import type { Leaders } from '../log/leader-types.ts'
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
  /** Whether the janitor runs here. */
  readonly cleans: boolean
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
}: ClusterToServe): Promise<ServedCluster> {
  const { topics, offsets, log, settings, clock, entropy, report } = parts
  const { meta, objects } = parts.stores
  const world = { clock, entropy, report }
  const services = await brokerServices(parts, { brokers, leaders })
  const stop = new AbortController()
  const app = createHttpApp({
    topics,
    groups: offsets,
    log,
    meta,
    objects,
    ...world,
    defaultPartitions: settings.config.numPartitions,
    broker: new Broker(services, allHandlers),
    stopping: stop.signal,
  })
  const server = await startHttpServer({ ...http, fetch: (request) => app.fetch(request), clock })
  front.serve(services)
  const times = {
    offsetsRetentionMs: settings.config.offsetsRetentionMinutes * 60_000,
    producerExpirationMs: settings.config.producerIdExpirationMs,
  }
  const janitor = new Janitor({ meta, objects, ...world, topics, offsets, onLoss: report }, times)
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
