/** A flaw that is planted into the real code, as text, and what it is to be found by. */

export interface Edit {
  /** From the root. */
  readonly file: string
  /** Stands there exactly once: a test says so. */
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  readonly of: 'log' | 'janitor' | 'topics' | 'leadership' | 'groups' | 'protocol'
  /** What is lost, doubled or reordered by it, in a sentence. */
  readonly flaw: string
  readonly edits: readonly Edit[]
  /** What makes its worlds harsher than others: edits of the simulation, without and with the flaw. */
  readonly world?: readonly Edit[]
  /** Where small worlds are too small for it. */
  readonly size?: 'medium'
  /** Takes ten thousand seeds: not for CI. */
  readonly isRare?: true
}

export const edit = (file: string, find: string, replace = ''): Edit => ({ file, find, replace })

/** The text with all edits of a file planted. Throws where one does not stand there exactly once. */
export function planted(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { file, find, replace }) => {
    const times = before.split(find).length - 1
    if (times !== 1) throw new Error(`stands ${times} times in ${file}: ${find}`)
    return before.replace(find, () => replace)
  }, text)
}
