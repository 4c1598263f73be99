/**
 * What clients asked and were answered, in the order in which that happened: all that the checks know of the world, besides
 * what its stores hold. Nothing here comes from the code under test but its answers.
 */
import type { PartitionId } from '../../lib/base/ids.ts'
import type { About } from './story.ts'

/** A partition, and the name of its topic as a client knows it. */
export interface Target {
  readonly topic: string
  readonly id: PartitionId
}

export interface Batch {
  /** Unique in its world, for instance `c1/0/3`. */
  readonly name: string
  readonly values: readonly string[]
  /** Its records' timestamps. */
  readonly createdMs: number
  /** Of an idempotent producer's: its tries are one and the same batch. `undefined`: each batch is sent once. */
  readonly sequenced: { readonly producerId: number; readonly order: number } | undefined
}

/** Moments are numbers of the history, later ones larger; `undefined`: not answered. */
interface Asked {
  readonly client: string
  /** The life of the process that was asked. */
  readonly process: string
  id: PartitionId
  readonly invoked: number
  returned: number | undefined
}

export interface AppendAsked extends Asked {
  readonly kind: 'append'
  readonly batch: Batch
  /** What its client gives one process lies in the order in which it was given. Requests over HTTP overtake each other. */
  readonly inOrder: boolean
  /** It was asked for by the topic's name: `id` is of whichever topic of the name has it, once the world is over. */
  readonly byName?: { readonly topic: string; readonly askedMs: number } | undefined
  /** The epoch under which it was accepted; `undefined`: by one who appends beside whoever leads. */
  readonly leaderEpoch?: number | undefined
  /** `acknowledged` without an offset: a duplicate of an unknown one. */
  answer: { readonly is: 'acknowledged'; readonly base: number | undefined } | { readonly is: 'refused' | 'unknown' }
  outcome: string
}

export interface ReadAsked extends Asked {
  readonly kind: 'read'
  readonly from: number
  answer:
    | { readonly is: 'read'; readonly values: readonly string[]; readonly end: number }
    /** The protocol does not say what the range is. */
    | { readonly is: 'out-of-range'; readonly start: number | undefined; readonly end: number | undefined }
    | { readonly is: 'nothing' }
}

/** Where the log begins, or ends, or both. */
export interface EndsAsked extends Asked {
  readonly kind: 'ends'
  readonly answer: { readonly is: 'ends' } & Ends
}

export interface Ends {
  readonly start?: number
  readonly end?: number
}

export interface TrimAsked extends Asked {
  readonly kind: 'trim'
  readonly before: number | 'high-watermark'
  answer: { readonly is: 'trimmed'; readonly start: number } | { readonly is: 'refused' | 'unknown' }
}

export type Operation = AppendAsked | ReadAsked | EndsAsked | TrimAsked

/** Many violations say no more than a few. */
const violationsMax = 20

export class History {
  readonly operations: Operation[] = []
  readonly violations: string[] = []
  readonly #tell: (violation: string, about?: About) => void
  #moment = 0

  constructor(tell: (violation: string, about?: About) => void) {
    this.#tell = tell
  }

  /** The next moment. */
  moment(): number {
    return ++this.#moment
  }

  add<Kind extends Operation>(operation: Kind): Kind {
    this.operations.push(operation)
    return operation
  }

  /** `about`: what it is of, where that is no partition that it names. */
  violation(text: string, about?: About): void {
    if (this.violations.length >= violationsMax || this.violations.includes(text)) return
    this.violations.push(text)
    this.#tell(text, about)
  }
}
