/**
 * A coordinator is a pure function: a state and an event give a new state and an answer, and nothing is answered before
 * the state is stored (`group-actor.ts`). A transition that finds something missing in its context says what it needs and
 * is run again with it. A state that comes back as the same object is not written at all.
 *
 * These are its types, and what each kind of group implements; `transition.ts` finds whose turn it is: a KIP-848
 * heartbeat, and everything that happens to a consumer group, is for `consumer/consumer-protocol.ts`; the rest is classic.
 */
import type { TopicRef } from '../cluster/topic-item.ts'
import type { GroupEvent } from './group-events.ts'
import type { GroupReply, Refused } from './group-replies.ts'
import type { GroupSettings } from './group-settings.ts'
import type { GroupState } from './group-state.ts'
import type { PayloadRef, Payloads } from './payload.ts'

/** All that a transition may know besides state and event. */
export interface TransitionContext {
  readonly now: number
  readonly group: string
  readonly settings: GroupSettings
  /** The highest generation that the group's offsets know, where there is no state: a group's new life begins there. */
  readonly generationOfOffsets: number
  /**
   * When the member was last heard of, by memory, by its state or by the last claim, whichever is latest; its session ends
   * its time-out later. 0 for one that is unknown.
   */
  readonly seenMs: (memberId: string) => number
  /** `undefined` when it is not loaded: return it in `needs`. */
  readonly payload: (ref: PayloadRef) => Uint8Array | undefined
  /** `undefined`: not loaded. `null`: there is no such topic. */
  readonly topic: (name: string) => GroupTopic | null | undefined
  /** Every topic there is, by name; `undefined` when not loaded: return `topics: 'all'` in `needs`. */
  readonly allTopics: () => readonly GroupTopic[] | undefined
}

export interface GroupTopic extends TopicRef {
  readonly partitions: number
}

export type Transition = Outcome | { readonly needs: Needs }

export interface Outcome {
  /** The same object when nothing changed. */
  readonly state: GroupState | undefined
  /** `wait`: answered by `answerFor` a later state. */
  readonly reply: GroupReply | { readonly wait: Waiting }
  /** Payloads that the new state names for the first time, as far as this transition knows. */
  readonly payloads?: Payloads
  /** The member whose session begins anew, if one's does. */
  readonly alive?: string
}

/** What the transition could not find in its context. At most `transitionRunsMax` runs. */
export interface Needs {
  readonly payloads?: readonly PayloadRef[]
  /** Names to look up, or all there are. */
  readonly topics?: readonly string[] | 'all'
}

/** A request that is parked: plain data, so that it can be answered by any process that sees the state. */
export type Waiting =
  | {
      readonly for: 'join'
      readonly memberId: string
      readonly instanceId: string | null
      /** The generation that was there when it began to wait. */
      readonly generation: number
      readonly maySkipAssignment: boolean
    }
  | {
      readonly for: 'sync'
      readonly memberId: string
      readonly instanceId: string | null
      readonly generation: number
    }

/** What each kind of group implements. */
export interface GroupProtocol<State extends GroupState> {
  /** Every event but `claim`, which is dealt with before. The consumer protocol has a function more: `transition.ts`. */
  readonly transition: (state: State, event: GroupEvent, context: TransitionContext) => Transition
  /** The answer to a parked request, or `wait`. Alive: the member's session begins anew with this answer. */
  readonly answerFor: (state: State, waiting: Waiting) => GroupReply | 'wait'
  /** When a `tick` will change something, ms since the epoch; `undefined`: never. */
  readonly nextDeadlineMs: (state: State, context: Pick<TransitionContext, 'seenMs' | 'settings'>) => number | undefined
  /** Every payload that the state names. */
  readonly payloadRefs: (state: State) => Iterable<PayloadRef>
  /** What Kafka's tools show: `Stable`, `Empty` ... */
  readonly stateName: (state: State) => string
  /** See `fence.ts`: how commits of older generations are kept out. */
  readonly fence: (state: State) => Fence
  /** May this member commit, or (`isFetch`) read with its epoch? */
  readonly judgeCommit: (state: State, commit: Committer, context: CommitContext) => 'legal' | Refused
  /**
   * The number by which a legal commit is held to the fence: at least what this state has raised it to. A generation is all
   * members' own; epochs differ between members, none of whom another's shall keep out.
   */
  readonly commitGeneration: (state: State, commit: Committer) => number
  /**
   * Names of the topics that its members have subscribed to, or which payloads are needed to say so. `null`: unknown
   * (not of the protocol type `consumer`), so all count as subscribed while it has members.
   */
  readonly subscribedTopics: (
    state: State,
    context: Pick<TransitionContext, 'payload'>,
  ) => ReadonlySet<string> | null | { readonly needs: Needs }
}

/** Both only grow while the group lives; -1: none. */
export interface Fence {
  /** Commits of lower generations will soon be refused. Stored with the state; no new item of offsets is made for them. */
  readonly announced: number
  /**
   * Commits of lower generations are refused: it is written to every item of the group's offsets before this state is
   * stored, and after one that announced it was. A state in which a member may learn that it has what another had.
   */
  readonly raised: number
}

export interface Committer {
  /** '' for none. */
  readonly memberId: string
  readonly instanceId: string | null
  /** Or the member's epoch; -1 for none. */
  readonly generation: number
}

export interface CommitContext extends Pick<TransitionContext, 'now' | 'seenMs' | 'settings'> {
  readonly purpose: 'commit' | 'fetch'
  /** The request's version: OffsetCommit and OffsetFetch 9 on know member epochs. */
  readonly version: number
}
