/**
 * What the gateway counts, as plain numbers: counting is on the way of every request, reading them out is not
 * (`prometheus.ts`).
 */
import type { Served } from '../broker/broker.ts'

/** Upper bounds of the latency histogram, ms: from an answer out of memory to a long poll. */
export const latencyBoundsMs = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const

/** The requests of one API. */
export class ApiMetrics {
  /** Answered requests by version. */
  readonly byVersion = new Map<number, number>()
  /** By the bucket that the latency falls into; the last one has no upper bound. Not cumulative. */
  readonly buckets: number[] = new Array(latencyBoundsMs.length + 1).fill(0)
  latencySumMs = 0
}

/** Why the gateway closes a connection. */
export type CloseReason = 'idle' | 'malformed' | 'unanswered' | 'failed' | 'memory' | 'unsent'

export class GatewayMetrics {
  bytesIn = 0
  bytesOut = 0
  connections = 0
  connectionsAccepted = 0
  /** By the limit that refused them. */
  readonly connectionsRefused = { 'max.connections': 0, 'max.connections.per.ip': 0 }
  readonly connectionsClosed: Record<CloseReason, number> = {
    idle: 0,
    malformed: 0,
    unanswered: 0,
    failed: 0,
    memory: 0,
    unsent: 0,
  }
  /** Answers that clients have not taken, bytes. */
  unsentBytes = 0
  /** Bounded by the number of APIs: only what was answered is counted here. */
  readonly apis = new Map<string, ApiMetrics>()

  served({ api, version }: Served, latencyMs: number): void {
    let metrics = this.apis.get(api)
    if (metrics === undefined) {
      metrics = new ApiMetrics()
      this.apis.set(api, metrics)
    }
    metrics.byVersion.set(version, (metrics.byVersion.get(version) ?? 0) + 1)
    metrics.latencySumMs += latencyMs
    let bucket = 0
    while (bucket < latencyBoundsMs.length && latencyMs > (latencyBoundsMs[bucket] as number)) bucket += 1
    metrics.buckets[bucket] = (metrics.buckets[bucket] ?? 0) + 1
  }
}
