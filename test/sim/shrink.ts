/**
 * Makes a failing world small: clients, mishaps and batches are taken away, first many at once and then one by one (Zeller and
 * Hildebrandt's delta debugging), for as long as what was violated first still is. What is tried is bounded by the worlds'
 * own steps and not by a clock, and each is the same each time: so is what is left.
 */
import { kindOf } from './mishaps.ts'
import { type Outcome, runWorld } from './run-world.ts'
import { type SimOptions, simDefaults } from './sim-options.ts'

/** A quarter of a minute on one core. */
const stepsMax = 2_000_000
const roundsMax = 6

export interface Shrunk {
  readonly options: SimOptions
  /** With its story. */
  readonly outcome: Outcome
}

/** `undefined`: with these options nothing is violated. */
export async function shrink(seed: number, given: Partial<SimOptions> = {}): Promise<Shrunk | undefined> {
  const options: SimOptions = { ...simDefaults, ...given }
  const outcome = await runWorld(seed, options)
  if (outcome.violations.length === 0) return undefined
  return new Shrinking(options, outcome).run()
}

class Shrinking {
  #options: SimOptions
  #outcome: Outcome
  #steps = 0
  readonly #kinds: ReadonlySet<string>

  constructor(options: SimOptions, outcome: Outcome) {
    this.#outcome = outcome
    this.#options = { ...options, only: new Set(outcome.mishaps) }
    this.#kinds = new Set(outcome.violations.map(wordsOf))
  }

  async run(): Promise<Shrunk> {
    // What is left out of one round lets more be left out in the next.
    for (let round = 0, size = Number.POSITIVE_INFINITY; round < roundsMax && this.#size() < size; round++) {
      size = this.#size()
      await this.#clients()
      await this.#batches()
      await this.#mishaps()
      await this.#tries({ isQuick: true })
    }
    return { options: this.#options, outcome: await runWorld(this.#outcome.seed, { ...this.#options, story: true }) }
  }

  #size = () => this.#clientsLeft().length + this.#outcome.mishaps.length + Math.min(this.#options.batchesMax, 1_000)
  #clientsLeft = () => this.#outcome.parts.filter((part) => !this.#options.without.has(part))

  async #clients(): Promise<void> {
    const without = new Set(this.#options.without)
    await fewest(this.#clientsLeft(), (kept) =>
      this.#tries({ without: new Set([...without, ...this.#outcome.parts.filter((part) => !kept.includes(part))]) }),
    )
  }

  async #batches(): Promise<void> {
    for (let batchesMax = 1; batchesMax < Math.min(this.#options.batchesMax, 32); batchesMax *= 2) {
      if (await this.#tries({ batchesMax })) return
    }
  }

  /** Kind by kind, and what is left one by one. */
  async #mishaps(): Promise<void> {
    const kinds = [...new Set(this.#outcome.mishaps.map(kindOf))]
    const all = () => this.#outcome.mishaps
    await fewest(kinds, (kept) =>
      this.#tries({ only: new Set(all().filter((mishap) => kept.includes(kindOf(mishap)))) }),
    )
    await fewest(all(), (kept) => this.#tries({ only: new Set(kept) }))
  }

  async #tries(fewer: Partial<SimOptions>): Promise<boolean> {
    if (this.#steps > stepsMax) return false
    const options = { ...this.#options, ...fewer }
    const outcome = await runWorld(this.#outcome.seed, options)
    this.#steps += outcome.counts.steps ?? 0
    if (!outcome.violations.some((violation) => this.#kinds.has(wordsOf(violation)))) return false
    this.#options = options
    this.#outcome = outcome
    return true
  }
}

/** A violation without its names and numbers: what is left violates the same. */
const wordsOf = (violation: string) =>
  violation
    .replace(/; stuck at.*$/s, '')
    .split(' ')
    .filter((word) => /^[a-z’,:]+$/i.test(word))
    .join(' ')

/** So few of them that with any one less it holds no more; if `holds` is honest, and asked of fewer and fewer. */
export async function fewest<Each>(
  all: readonly Each[],
  holds: (kept: readonly Each[]) => Promise<boolean>,
): Promise<readonly Each[]> {
  let kept = all
  for (let chunk = kept.length; chunk >= 1; chunk = Math.floor(chunk / 2)) {
    for (let at = 0; at < kept.length; ) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + chunk)]
      if (await holds(fewer)) kept = fewer
      else at += chunk
    }
  }
  return kept
}
