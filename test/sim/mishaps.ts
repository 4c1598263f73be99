/**
 * All that goes wrong in a world, each under a name of its own: which call of which process is late, which turn of fate kills
 * somebody. The names are the same in a world that differs by little, so that one mishap after the other can be taken out of
 * it; their chances are drawn all the same.
 */
export class Mishaps {
  /** Those that happened, in their order. */
  readonly happened: string[] = []
  readonly #only: ReadonlySet<string> | undefined

  /** `only`: no other happens; `undefined`: all that are drawn. */
  constructor(only: ReadonlySet<string> | undefined) {
    this.#only = only
  }

  /** Whether it happens, now that it has been drawn. `kind` has no space in it. */
  happens(kind: string, where: string): boolean {
    const name = `${kind} ${where}`
    if (this.#only && !this.#only.has(name)) return false
    this.happened.push(name)
    return true
  }
}

export const kindOf = (mishap: string) => mishap.slice(0, mishap.indexOf(' '))
