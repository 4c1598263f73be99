/** A flaw that is planted into the real code, as text, and what it is to be found by. */

import type { GroupKind, Speech } from '../features.ts'

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

const features = 'test/sim/features.ts'
const speeches = "speech < 0.08 ? [frames] : speech < 0.16 ? ['log', frames] : speech < 0.2 ? ['http', 'log'] : ['log']"

/** What all worlds of a mutant have, where only some of them have it otherwise. */
export const everyWorld = {
  /** A topic that comes and goes. */
  guests: edit(features, 'hasFleetingTopic: rarely() < 0.1', 'hasFleetingTopic: true'),
  /** Clients of one kind only. */
  speaks: (speech: Speech) => edit(features, `speeches: ${speeches}`, `speeches: ['${speech}']`),
  /** A group, with members of this kind. */
  group: (kind: GroupKind) => [
    edit('test/sim/run-world.ts', 'const hasGroup = fraction() < groupShareOf(world.options)', 'const hasGroup = true'),
    edit(features, "group: any('classic', 'consumer', 'mixed')", `group: '${kind}'`),
  ],
}
