/** How a client speaks to processes: one of these a client, whose answers are the same in all languages. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { Epoch } from '../../../lib/base/ids.ts'
import type { AppendAsked, Batch, Ends, Target } from '../history.ts'
import type { SimProcess } from '../process.ts'
import type { Lost } from '../world.ts'

/** As Kafka's `request.timeout.ms`, on a scale with the rest of the world. */
export const waitMs = 5_000

export interface Sequence {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** What a process is to append under: an epoch, whatever the head has, or not at all (it does not lead). */
export type Route = { readonly process: SimProcess; readonly leaderEpoch: Epoch | undefined }

export interface Told {
  readonly answer: AppendAsked['answer']
  readonly outcome: string
}

export type Found =
  | {
      readonly is: 'read'
      readonly records: readonly { readonly offset: number; readonly value: string }[]
      readonly start: number
      readonly end: number
      /** Where to go on; `undefined` where the protocol does not say. */
      readonly next: number | undefined
    }
  | { readonly is: 'out-of-range'; readonly start: number | undefined; readonly end: number | undefined }
  | { readonly is: 'unknown-partition' | 'nothing' }

export interface Line {
  /** What is sent one after the other lies one after the other. */
  readonly inOrder: boolean
  /** It names topics, and whatever topic has the name by then is asked. */
  readonly byName: boolean
  /** A process to append by; `undefined`: nobody leads, or nobody answers. */
  route(entropy: Entropy, target: Target): Promise<Route | undefined>
  append(route: Route, target: Target, batch: Batch, sequence: Sequence | undefined): Promise<Told | Lost>
  read(process: SimProcess, target: Target, from: number, maxBytes: number): Promise<Found | Lost>
  /** `undefined`: nobody says. */
  ends(process: SimProcess, target: Target): Promise<Ends | undefined>
  /** The topic of a name as a client finds it, which may be old; 'unknown': nobody says. */
  lookUp(process: SimProcess, topic: string): Promise<{ readonly id: string; readonly partitions: number } | 'unknown'>
}
