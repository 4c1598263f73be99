/**
 * What clients asked and were answered, in the order in which that happened: all that the checks know of the world, besides
 * what its stores hold. Nothing here comes from the code under test but its answers.
 */
import type { PartitionId } from '../../lib/base/ids.ts'

export interface Batch {
  /** Unique in its world, for instance `c1/0/3`. */
  readonly name: string
  readonly values: readonly string[]
  /** Of an idempotent producer's: its tries are one and the same batch. `undefined`: each batch is sent once. */
  readonly sequenced: { readonly producerId: number; readonly order: number } | undefined
}

/** Moments are numbers of the history, later ones larger; `undefined`: not answered. */
interface Asked {
  readonly client: string
  /** The life of the process that was asked. */
  readonly process: string
  readonly id: PartitionId
  readonly invoked: number
  returned: number | undefined
}

export interface AppendAsked extends Asked {
  readonly kind: 'append'
  readonly batch: Batch
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
    | { readonly is: 'out-of-range'; readonly start: number; readonly end: number }
    | { readonly is: 'nothing' }
}

export interface TrimAsked extends Asked {
  readonly kind: 'trim'
  readonly before: number | 'high-watermark'
  answer: { readonly is: 'trimmed'; readonly start: number } | { readonly is: 'refused' | 'unknown' }
}

export type Operation = AppendAsked | ReadAsked | TrimAsked

/** Many violations say no more than a few. */
const violationsMax = 20

export class History {
  readonly operations: Operation[] = []
  readonly violations: string[] = []
  readonly #tell: (violation: string) => void
  #moment = 0

  constructor(tell: (violation: string) => void) {
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

  violation(text: string): void {
    if (this.violations.length >= violationsMax || this.violations.includes(text)) return
    this.violations.push(text)
    this.#tell(text)
  }
}
