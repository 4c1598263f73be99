/**
 * Makes a failing world small: kinds of faults, clients, single faults and batches are taken away as long as something is
 * still violated. Every world that is tried is the same each time, so what is left is the same each time, too.
 */
import { type Outcome, runWorld } from './run-world.ts'
import { type SimOptions, simDefaults } from './sim-options.ts'
import { faultKinds } from './weather.ts'

const runsMax = 300
/** Single faults are tried one by one where there are so many or fewer. */
const sparedMax = 120

export interface Shrunk {
  readonly options: SimOptions
  /** With its story. */
  readonly outcome: Outcome
}

/** `undefined`: with these options nothing is violated. */
export async function shrink(seed: number, given: Partial<SimOptions> = {}): Promise<Shrunk | undefined> {
  let options: SimOptions = { ...simDefaults, ...given }
  let outcome = await runWorld(seed, options)
  if (outcome.violations.length === 0) return undefined
  let runs = 0
  const tries = async (fewer: Partial<SimOptions>): Promise<boolean> => {
    if (runs++ >= runsMax) return false
    const smaller = { ...options, ...fewer }
    const found = await runWorld(seed, smaller)
    if (found.violations.length === 0) return false
    options = smaller
    outcome = found
    return true
  }
  const leaveOut = (name: string) => tries({ without: new Set([...options.without, name]) })
  for (const kind of faultKinds) await leaveOut(kind)
  for (const part of outcome.parts) await leaveOut(part)
  for (let batchesMax = 1; batchesMax < 16; batchesMax *= 2) if (await tries({ batchesMax })) break
  for (let step = outcome.strikes; step >= 1; step = Math.floor(step / 2)) {
    while (await tries({ strikesMax: Math.max(0, Math.min(options.strikesMax, outcome.strikes) - step) }));
  }
  const last = Math.min(options.strikesMax, outcome.strikes)
  for (let nth = last - 1; nth >= Math.max(0, last - sparedMax); nth--) {
    await tries({ spared: new Set([...options.spared, nth]) })
  }
  return { options, outcome: await runWorld(seed, { ...options, story: true }) }
}
