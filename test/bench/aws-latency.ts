/**
 * How long AWS takes to answer, as distributions to draw from: log-normal, by their median and 99th percentile, each call by
 * itself. They are assumptions, not measurements of ours: nobody here has an account. What they rest on:
 * - S3: "consistent small-object latencies of roughly 100-200 milliseconds" at worst (S3 User Guide, "Best practices design
 *   patterns: optimizing Amazon S3 performance"); medians of 15 to 30 ms from the same Region are what systems on S3 report
 * - S3 Express One Zone: "consistent single-digit millisecond", "up to 10x faster than S3 Standard" (its user guide)
 * - DynamoDB: "consistent single-digit millisecond performance at any scale" (Developer Guide); writes to three zones take
 *   longer than reads
 * Give your own with `--latency FILE`, in the shape of `LatencyProfile`.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'

/** Milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

export type StoreCall = 'objectPut' | 'objectGet' | 'itemWrite' | 'itemRead'
/** Bytes that a connection carries in a millisecond, and how long each call takes before them. */
export type LatencyProfile = Readonly<Record<StoreCall, Spread>> & { readonly bytesPerMs: number }

const items = { itemWrite: { p50: 5, p99: 15 }, itemRead: { p50: 3, p99: 10 } }

export const latencyProfiles = {
  'S3 Standard': { objectPut: { p50: 30, p99: 150 }, objectGet: { p50: 18, p99: 100 }, ...items, bytesPerMs: 90_000 },
  'S3 Express': { objectPut: { p50: 6, p99: 16 }, objectGet: { p50: 4, p99: 12 }, ...items, bytesPerMs: 90_000 },
} as const satisfies Record<string, LatencyProfile>

/** The 99th percentile of a standard normal distribution. */
const z99 = 2.326

/** Stores that answer late, and every delay that they drew. */
export class SlowStores {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly drawn: Record<StoreCall, number[]> = { objectPut: [], objectGet: [], itemWrite: [], itemRead: [] }
  readonly #profile: LatencyProfile
  readonly #clock: Clock
  readonly #entropy: Entropy

  constructor(
    inner: { readonly meta: MetaStore; readonly objects: ObjectStore },
    { profile, clock, entropy }: { profile: LatencyProfile; clock: Clock; entropy: Entropy },
  ) {
    this.#profile = profile
    this.#clock = clock
    this.#entropy = entropy
    const { meta, objects } = inner
    this.meta = {
      get: (...call) => this.#late('itemRead', () => meta.get(...call)),
      getMany: (...call) => this.#late('itemRead', () => meta.getMany(...call)),
      query: (...call) => this.#late('itemRead', () => meta.query(...call)),
      put: (...call) => this.#late('itemWrite', () => meta.put(...call)),
      update: (...call) => this.#late('itemWrite', () => meta.update(...call)),
      delete: (...call) => this.#late('itemWrite', () => meta.delete(...call)),
    }
    this.objects = {
      ...objects,
      put: (key, chunks, options) => {
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        return this.#late('objectPut', () => objects.put(key, chunks, options), bytes)
      },
      get: (...call) => this.#late('objectGet', () => objects.get(...call)),
      list: (...call) => this.#late('objectGet', () => objects.list(...call)),
      delete: (...call) => this.#late('objectPut', () => objects.delete(...call)),
      compose: (...call) => this.#late('objectPut', () => objects.compose(...call)),
    }
  }

  forget(): void {
    for (const drawn of Object.values(this.drawn)) drawn.length = 0
  }

  /**
   * It happens a millisecond before it is answered: what is slow in a store, queues and copies in three zones, comes before,
   * and a Region's network takes half a millisecond each way.
   */
  async #late<Result>(call: StoreCall, run: () => Promise<Result>, bytes = 0): Promise<Result> {
    const { p50, p99 } = this.#profile[call]
    const ms = p50 * Math.exp((Math.log(p99 / p50) / z99) * this.#normal()) + bytes / this.#profile.bytesPerMs
    const back = 1
    const there = Math.max(0, Math.ceil(ms) - back)
    this.drawn[call].push(there + back)
    await this.#clock.sleep(there)
    const result = await run()
    await this.#clock.sleep(back)
    return result
  }

  /** Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#entropy.fraction()))
    return radius * Math.cos(2 * Math.PI * this.#entropy.fraction())
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}
