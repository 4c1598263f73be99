/** One run of one kind of cluster under faults: what happened, in the order in which it did, and what was wrong. */

export interface Trial {
  readonly name: string
  readonly seed: number
  /** Said aloud only when something is wrong. */
  readonly story: readonly string[]
  readonly wrongs: readonly string[]
  /** What it counted, for the last line. */
  readonly counts: Readonly<Record<string, number>>
  /** Why it did not take place here. */
  readonly skipped?: string
}

export class Storyteller {
  readonly story: string[] = []
  readonly wrongs: string[] = []
  readonly counts: Record<string, number> = {}
  readonly #name: string
  readonly #sinceMs = Date.now()
  readonly #quiet: boolean

  constructor(name: string, options: { readonly quiet?: boolean } = {}) {
    this.#name = name
    this.#quiet = options.quiet ?? false
  }

  get elapsedMs(): number {
    return Date.now() - this.#sinceMs
  }

  tell(what: string): void {
    this.story.push(`${(this.elapsedMs / 1_000).toFixed(2)} s: ${what}`)
  }

  /** What a person who waits may want to know. */
  progress(what: string): void {
    if (!this.#quiet) console.log(`${this.#name}, ${(this.elapsedMs / 1_000).toFixed(0)} s: ${what}`)
  }

  count(what: string, n = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + n
  }

  /** Answers whether all is well so far. */
  judge(wrongs: readonly string[]): boolean {
    for (const wrong of wrongs) {
      if (this.wrongs.includes(wrong)) continue
      this.wrongs.push(wrong)
      this.tell(`WRONG: ${wrong}`)
    }
    return this.wrongs.length === 0
  }

  trial(seed: number, counts: Readonly<Record<string, number>>): Trial {
    const { story, wrongs } = this
    return { name: this.#name, seed, story, wrongs, counts: { ...counts, ...this.counts } }
  }
}
