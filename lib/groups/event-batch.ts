/**
 * Many events as one: the transitions follow each other, and only the last state is stored. Time is looked at before the
 * first and after the last, since whoever touches a group settles what is overdue. Pure, so that the same events can be
 * applied again to whatever state is there by then.
 */
import { assert } from '../base/assert.ts'
import { groupTicksPerEventMax } from '../base/limits.ts'
import type { GroupEvent } from './group-events.ts'
import type { Needs, Outcome, TransitionContext } from './group-protocol.ts'
import type { GroupState } from './group-state.ts'
import { withSeen } from './liveness.ts'
import type { PayloadRef } from './payload.ts'
import { nextDeadlineMs, transition } from './transition.ts'

export interface BatchContext extends Omit<TransitionContext, 'seenMs'> {
  /** Of the members of this state. */
  readonly seenIn: (state: GroupState | undefined) => TransitionContext['seenMs']
  /** See `liveness.ts`. */
  readonly persistSeen: boolean
}

export interface Applied {
  readonly state: GroupState | undefined
  /** In the order of the events. */
  readonly replies: readonly Outcome['reply'][]
  readonly payloads: ReadonlyMap<PayloadRef, Uint8Array>
  /** Members whose sessions begin anew. */
  readonly alive: readonly string[]
}

export function applyEvents(
  before: GroupState | undefined,
  events: readonly GroupEvent[],
  context: BatchContext,
): Applied | { readonly needs: Needs } {
  const run = new Run(before, context)
  run.ticks()
  const replies: Outcome['reply'][] = []
  for (const event of events) {
    const reply = run.apply(event)
    if (reply !== undefined) replies.push(reply)
  }
  run.ticks()
  if (run.needs !== undefined) return { needs: run.needs }
  return { state: run.state, replies, payloads: run.payloads, alive: run.alive }
}

class Run {
  state: GroupState | undefined
  needs: Needs | undefined
  readonly payloads = new Map<PayloadRef, Uint8Array>()
  readonly alive: string[] = []
  readonly #context: BatchContext

  constructor(state: GroupState | undefined, context: BatchContext) {
    this.state = state
    this.#context = context
  }

  /** `undefined` once something is needed: the rest has to wait. */
  apply(event: GroupEvent): Outcome['reply'] | undefined {
    if (this.needs !== undefined) return undefined
    const { persistSeen, now, seenIn, payload, ...context } = this.#context
    const answer = transition(this.state, event, {
      ...context,
      now,
      seenMs: seenIn(this.state),
      // What an earlier event has brought is not stored yet.
      payload: (ref) => this.payloads.get(ref) ?? payload(ref),
    })
    if ('needs' in answer) {
      this.needs = answer.needs
      return undefined
    }
    const { state, alive } = answer
    this.state = persistSeen && state !== undefined && alive !== undefined ? withSeen(state, alive, now) : state
    for (const [ref, bytes] of answer.payloads ?? []) this.payloads.set(ref, bytes)
    if (alive !== undefined) this.alive.push(alive)
    return answer.reply
  }

  /** Everything that is overdue; what becomes due by it as well. */
  ticks(): void {
    for (let ticks = 0; this.#isDue(); ticks++) {
      assert(ticks < groupTicksPerEventMax, 'a group is overdue whatever time does to it')
      this.apply({ kind: 'tick' })
    }
  }

  #isDue(): boolean {
    if (this.needs !== undefined) return false
    const { now, settings, seenIn } = this.#context
    const dueMs = nextDeadlineMs(this.state, { settings, seenMs: seenIn(this.state) })
    return dueMs !== undefined && dueMs <= now
  }
}
