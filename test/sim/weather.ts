/**
 * What a world's stores, clocks and processes suffer: drawn from the seed, so that some worlds have one kind of fault in
 * plenty, others all kinds, and a few none. What is taken out of a world draws its chance all the same (see `Mishaps`).
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { faultsByChance } from '../../lib/store/adapters/memory/fault-plans.ts'
import type { Fault, FaultPlan, StoreCall } from '../../lib/store/adapters/memory/faults.ts'

export const hourMs = 3_600_000

export interface Weather {
  /** Of a store call, 0 to 1. */
  readonly shares: Readonly<Record<Exclude<Fault['kind'], 'none'>, number>>
  /** Of what is late and of what is not answered, the share that happens twice. */
  readonly doubled: number
  /** A call's way, each direction, ms. */
  readonly wayMsMax: number
  /** What is late, or comes again, does so within 1 ms and this; small and large times are equally likely. */
  readonly lateMsMax: number
  readonly outage: { readonly fromMs: number; readonly toMs: number } | undefined
  /** Of the pauses between what fate does. */
  readonly fateMsMax: number
  readonly crash: number
  readonly pause: number
  readonly skew: number
  readonly night: number
  /** Of reads that need not be strong: the share that sees the item as it was before its last change. */
  readonly stale: number
}

export function drawWeather(entropy: Entropy, startMs: number): Weather {
  const { fraction } = entropy
  const any = <T>(...choices: readonly T[]): T => choices[Math.floor(fraction() * choices.length)] as T
  const isCalm = fraction() < 0.05
  const scale = isCalm ? 0 : any(0.3, 1, 1, 2.5)
  const share = (most: number) => scale * any(0, 0, 0.3, 1) * most
  const outageFromMs = startMs + fraction() * 3_000
  const outage = fraction() < 0.15 * scale && { fromMs: outageFromMs, toMs: outageFromMs + any(100, 1_000, 20_000) }
  const shares = {
    unavailable: share(0.06),
    'request-lost': share(0.08),
    'answer-lost': share(0.1),
    late: share(0.1),
    twice: share(0.2),
    slow: share(0.05),
  }
  return {
    wayMsMax: any(0, 3, 10, 60),
    lateMsMax: any(50, 1_000, 30_000, 6 * hourMs),
    outage: outage || undefined,
    fateMsMax: any(100, 500, 2_000),
    crash: share(0.25),
    pause: share(0.5),
    skew: share(0.5),
    night: share(0.15),
    stale: share(0.3),
    shares: { ...shares, retried: share(0.1) },
    doubled: any(0, 0, 0.3),
  }
}

/** Any time up to so many ms, each order of magnitude as likely as the next. */
const spreadMs = (chance: number, msMax: number) => Math.ceil(msMax ** chance)
export const spread = ({ fraction }: Pick<Entropy, 'fraction'>, msMax: number) => spreadMs(fraction(), msMax)

export interface PlanParts {
  readonly entropy: Entropy
  readonly clock: Clock
  readonly weather: Weather
  readonly isQuick: boolean
  /** Told of each call that meets something, and decides whether it does. `isOut`: because the store is away. */
  readonly strikes: (call: StoreCall, fault: Fault, isOut: boolean) => boolean
}

const atOnce = { beforeMs: 0, afterMs: 0 }
/** As long as an adapter waits for an answer. */
const answerMsMax = 3_000

/** Which call of one process's lines meets what. */
export function weatherPlan({ entropy, clock, weather, isQuick, strikes }: PlanParts): FaultPlan {
  const { shares, doubled, wayMsMax, lateMsMax, outage } = weather
  const chance = faultsByChance(entropy, shares, { wayMsMax, laterMsMax: lateMsMax, doubled, drawMs: spreadMs })
  const drawn = (call: StoreCall): Fault => {
    const fault = chance.next(call)
    if (fault.kind === 'slow') return { ...fault, slowMs: Math.min(fault.slowMs, answerMsMax) }
    return fault.kind === 'retried' ? { ...fault, againMs: Math.min(fault.againMs, answerMsMax) } : fault
  }
  return {
    next: (call) => {
      const fault = drawn(call)
      const way = isQuick ? atOnce : { beforeMs: fault.beforeMs ?? 0, afterMs: fault.afterMs ?? 0 }
      const now = clock.now()
      const isOut = outage !== undefined && now >= outage.fromMs && now < outage.toMs
      if (fault.kind === 'none' && !isOut) return { kind: 'none', ...way }
      const met: Fault = isOut ? { kind: 'unavailable', ...way } : { ...fault, ...way }
      return strikes(call, met, isOut) ? met : { kind: 'none', ...way }
    },
  }
}
