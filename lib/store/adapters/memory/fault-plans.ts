/** Plans of faults: none, an outage, and chance by a seed. They are small, so that a test can write one of its own. */
import type { Clock } from '../../../base/clock.ts'
import type { Entropy } from '../../../base/entropy.ts'
import type { Fault, FaultPlan } from './faults.ts'

/** Every call is done at once. */
export const noFaults: FaultPlan = { next: () => ({ kind: 'none' }) }

/** How often a call meets what, 0 to 1 each and at most 1 together; the rest meet nothing. */
export type FaultShares = { readonly [Kind in Exclude<Fault['kind'], 'none'>]?: number }

export interface FaultTimes {
  /** Every call takes a random time of up to this on each way. Default 0. */
  readonly wayMsMax?: number
  /** What is late, slow or tried again, and second copies, arrive up to this much later. Default 0. */
  readonly laterMsMax?: number
  /** Of what is late and of what is not answered, the share that happens twice. Default 0. */
  readonly doubled?: number
  /** A time up to so many ms, given by chance from 0 to 1; each is as likely as the next where nothing else is given. */
  readonly drawMs?: (chance: number, msMax: number) => number
}

/** Faults by chance: the same entropy and the same calls meet the same. */
export function faultsByChance(entropy: Entropy, shares: FaultShares, times: FaultTimes = {}): FaultPlan {
  const { wayMsMax = 0, laterMsMax = 0, doubled = 0, drawMs = evenly } = times
  const some = Object.values(shares).reduce((sum, share) => sum + share, 0)
  const choose = (): Fault => {
    let left = entropy.fraction()
    const hits = (kind: keyof FaultShares) => {
      left -= shares[kind] ?? 0
      return left < 0
    }
    const later = entropy.fraction()
    const again =
      doubled > 0 && entropy.fraction() < doubled ? { againMs: drawMs(entropy.fraction(), laterMsMax) } : undefined
    if (left >= some) return { kind: 'none' }
    if (hits('unavailable')) return { kind: 'unavailable' }
    if (hits('request-lost')) return { kind: 'request-lost' }
    if (hits('answer-lost')) return { kind: 'answer-lost', ...again }
    if (hits('late')) return { kind: 'late', lateMs: drawMs(later, laterMsMax), ...again }
    if (hits('twice')) return { kind: 'twice', againMs: drawMs(later, laterMsMax) }
    if (hits('retried')) return { kind: 'retried', againMs: drawMs(later, laterMsMax) }
    if (hits('slow')) return { kind: 'slow', slowMs: drawMs(later, laterMsMax) }
    return { kind: 'none' }
  }
  return {
    next: () => {
      const beforeMs = evenly(entropy.fraction(), wayMsMax)
      const afterMs = evenly(entropy.fraction(), wayMsMax)
      return { ...choose(), beforeMs, afterMs }
    },
  }
}

const evenly = (chance: number, msMax: number) => Math.floor(chance * (msMax + 1))

/** As `plan`, but between two times every call is answered that the store is unavailable (503). */
export function withOutage(plan: FaultPlan, clock: Clock, fromMs: number, toMs: number): FaultPlan {
  return {
    next: (call) => {
      const fault = plan.next(call)
      const isOut = clock.now() >= fromMs && clock.now() < toMs
      return isOut ? { kind: 'unavailable' } : fault
    },
  }
}
