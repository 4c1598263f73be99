/** Plans of faults: none, an outage, and chance by a seed. They are small, so that a test can write one of its own. */
import type { Clock } from '../../../base/clock.ts'
import type { Entropy } from '../../../base/entropy.ts'
import type { Fault, FaultPlan } from './faults.ts'

/** Every call is done at once. */
export const noFaults: FaultPlan = { next: () => ({ kind: 'none' }) }

/** How often a call meets what, 0 to 1 each and at most 1 together; the rest meet nothing. */
export interface FaultShares {
  readonly unavailable?: number
  readonly requestLost?: number
  readonly answerLost?: number
  readonly late?: number
  readonly twice?: number
  /** Every call takes a random time of up to this on each way. Default 0. */
  readonly delayMsMax?: number
  /** What is late, and second copies, arrive up to this much later. Default 0. */
  readonly lateMsMax?: number
}

/** Faults by chance: the same entropy and the same calls meet the same. */
export function faultsByChance(entropy: Entropy, shares: FaultShares): FaultPlan {
  const { unavailable = 0, requestLost = 0, answerLost = 0, late = 0, twice = 0 } = shares
  const upTo = (ms = 0) => Math.floor(entropy.fraction() * ms)
  const choose = (): Fault => {
    let left = entropy.fraction()
    const hits = (share: number) => {
      left -= share
      return left < 0
    }
    if (hits(unavailable)) return { kind: 'unavailable' }
    if (hits(requestLost)) return { kind: 'request-lost' }
    if (hits(answerLost)) return { kind: 'answer-lost' }
    if (hits(late)) return { kind: 'late', lateMs: upTo(shares.lateMsMax) }
    if (hits(twice)) return { kind: 'twice', againMs: upTo(shares.lateMsMax) }
    return { kind: 'none' }
  }
  return {
    next: () => ({ ...choose(), beforeMs: upTo(shares.delayMsMax), afterMs: upTo(shares.delayMsMax) }),
  }
}

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
