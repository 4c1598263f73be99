/** Choices that a seed makes. Processes are real, so a seed repeats the faults and their times, not what becomes of them. */
import { seeded } from '../world/seeded.ts'

export interface Chance {
  /** In [from, to), whole. */
  between(from: number, to: number): number
  /** Whether what has this probability happens. */
  happens(probability: number): boolean
  pick<Choice>(choices: readonly Choice[]): Choice
  /** Another one, whose choices do not depend on how often this one is asked. */
  fork(): Chance
}

export function chanceOf(seed: number): Chance {
  const entropy = seeded(seed)
  const between = (from: number, to: number) => from + Math.floor(entropy.fraction() * (to - from))
  return {
    between,
    happens: (probability) => entropy.fraction() < probability,
    pick: <Choice>(choices: readonly Choice[]) => choices[between(0, choices.length)] as Choice,
    fork: () => chanceOf(between(0, 2 ** 32)),
  }
}
