/**
 * Lines to stores for tests of the log and the janitor: all kinds of faults in fixed shares, by a seed. What the simulation
 * draws for each of its worlds is here the same for all runs of a test.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { type FaultShares, type FaultTimes, faultsByChance } from '../../lib/store/adapters/memory/fault-plans.ts'
import { type Fault, Faults, type StoreCall } from '../../lib/store/adapters/memory/faults.ts'

export interface BadLines {
  readonly shares: FaultShares
  readonly times: FaultTimes
}

/** All is done and answered; of what is done twice, one half is answered by its second copy. */
export const mild: BadLines = { shares: { twice: 0.075, retried: 0.075 }, times: { wayMsMax: 5, laterMsMax: 60 } }
export const wild: BadLines = {
  shares: {
    unavailable: 0.03,
    'request-lost': 0.06,
    'answer-lost': 0.06,
    late: 0.06,
    twice: 0.075,
    retried: 0.075,
    slow: 0.03,
  },
  times: { wayMsMax: 10, laterMsMax: 3_000, doubled: 0.15 },
}

/** As `lines`, but with these times. */
export const timed = ({ shares, times }: BadLines, other: FaultTimes): BadLines => ({
  shares,
  times: { ...times, ...other },
})

/** A line on which nothing fails and each way takes 1 to 4 ms, so that processes meet. */
export function goodLine(clock: Clock, { fraction }: Entropy): Faults {
  const wayMs = () => 1 + Math.floor(fraction() * 4)
  return new Faults({ next: () => ({ kind: 'none', beforeMs: wayMs(), afterMs: wayMs() }) }, clock)
}

const reads: ReadonlySet<StoreCall['operation']> = new Set(['get', 'getMany', 'query', 'list'])

/** Reads fail where the store is not available, and else arrive: what takes many of them is to get to its writes. */
export function badLine(clock: Clock, entropy: Entropy, { shares, times }: BadLines): Faults {
  const chance = faultsByChance(entropy, shares, times)
  const next = (call: StoreCall): Fault => {
    const fault = chance.next(call)
    const { kind, beforeMs = 0, afterMs = 0 } = fault
    const isSpared = reads.has(call.operation) && kind !== 'unavailable'
    return isSpared ? { kind: 'none', beforeMs, afterMs } : fault
  }
  return new Faults({ next }, clock)
}
