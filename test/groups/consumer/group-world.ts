/**
 * A group with its clock, topics and payloads, driven event by event without a store: transitions are pure, so this is all
 * that a coordinator is. What waits is answered when a state answers it; time passes only when it is told to, and does then
 * what it does to a group.
 */
import { assert } from '../../../lib/base/assert.ts'
import { type TopicId, topicId } from '../../../lib/base/ids.ts'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import type { ConsumerGroup } from '../../../lib/groups/consumer/consumer-state.ts'
import type { GroupEvent } from '../../../lib/groups/group-events.ts'
import type { GroupTopic, Outcome, TransitionContext, Waiting } from '../../../lib/groups/group-protocol.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import { defaultGroupSettings, type GroupSettings } from '../../../lib/groups/group-settings.ts'
import type { GroupState } from '../../../lib/groups/group-state.ts'
import type { PayloadRef } from '../../../lib/groups/payload.ts'
import { answerFor, nextDeadlineMs, payloadRefsOf, transition } from '../../../lib/groups/transition.ts'
import { silentHeartbeat } from './heartbeat.ts'

export type Answer = GroupReply | 'waits'

interface Parked {
  readonly waiting: Waiting
  readonly answer: (reply: GroupReply) => void
}

export class GroupWorld {
  state: GroupState | undefined
  now = 1_000_000
  settings: GroupSettings = { ...defaultGroupSettings, initialRebalanceDelayMs: 0 }
  /** Times that an event made another state: what would have been written. */
  writes = 0
  readonly #topics = new Map<string, GroupTopic>()
  readonly #payloads = new Map<PayloadRef, Uint8Array>()
  readonly #seen = new Map<string, number>()
  #parked: Parked[] = []
  #made = 0

  /** A topic with so many partitions, new or grown. */
  topic(name: string, partitions: number): TopicId {
    const there = this.#topics.get(name)
    const id = there?.id ?? topicId(`${name}${this.#made++}`.padEnd(22, '0').slice(0, 22))
    this.#topics.set(name, { id, name, partitions })
    return id
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name)
  }

  topics(): readonly GroupTopic[] {
    return [...this.#topics.values()]
  }

  freshId(): string {
    return `m${this.#made++}`
  }

  payload(ref: PayloadRef): Uint8Array {
    const bytes = ref === '' ? new Uint8Array() : this.#payloads.get(ref)
    assert(bytes !== undefined, `a payload that nobody has stored: ${ref}`)
    return bytes
  }

  /** Lets an event happen; `later` gets the answer when it is not at hand. */
  send(event: GroupEvent, later: (reply: GroupReply) => void = () => {}): Answer {
    const reply = this.#apply(event)
    if (!('wait' in reply)) return reply
    const at = answerFor(this.state, reply.wait)
    if (at !== 'wait') return at
    this.#parked.push({ waiting: reply.wait, answer: later })
    return 'waits'
  }

  /** Lets time pass, with all that falls due on the way. */
  pass(ms: number): void {
    const end = this.now + ms
    for (let ticks = 0; ticks < 1_000; ticks++) {
      const due = nextDeadlineMs(this.state, { seenMs: this.#seenMs, settings: this.settings })
      if (due === undefined || due > end) break
      this.now = Math.max(this.now, due)
      this.#apply({ kind: 'tick' })
    }
    this.now = end
  }

  get consumer(): ConsumerGroup {
    assert(this.state?.kind === 'consumer', `not a consumer group: ${this.state?.kind}`)
    return this.state
  }

  /** A heartbeat of a member of the consumer protocol, with defaults. */
  beat(fields: Partial<ConsumerHeartbeat> & { readonly memberId: string }): GroupReply {
    const reply = this.send({
      ...silentHeartbeat,
      freshMemberId: 'fresh',
      ...fields,
    })
    assert(reply !== 'waits', 'no heartbeat waits')
    return reply
  }

  /** The first heartbeat of a member. */
  join(memberId: string, topics: readonly string[], fields: Partial<ConsumerHeartbeat> = {}): GroupReply {
    return this.beat({
      memberId,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: topics,
      topicPartitions: [],
      ...fields,
    })
  }

  readonly #seenMs = (id: string): number => {
    const member = this.state?.members.find((each) => each.id === id)
    return member === undefined ? 0 : Math.max(member.seenMs, this.#seen.get(id) ?? 0)
  }

  #apply(event: GroupEvent): Outcome['reply'] {
    const context: TransitionContext = {
      now: this.now,
      group: 'group',
      settings: this.settings,
      generationOfOffsets: 0,
      seenMs: this.#seenMs,
      payload: (ref) => (ref === '' ? new Uint8Array() : this.#payloads.get(ref)),
      topic: (name) => this.#topics.get(name) ?? null,
      allTopics: () => this.topics(),
    }
    const answer = transition(this.state, event, context)
    assert('reply' in answer, 'something is needed that is always there')
    for (const [ref, bytes] of answer.payloads ?? []) this.#payloads.set(ref, bytes)
    if (answer.state !== this.state) this.writes++
    // What is stored is JSON: what it would lose must not matter.
    this.state = answer.state === this.state ? this.state : structuredClone(JSON.parse(JSON.stringify(answer.state)))
    if (this.state !== undefined) for (const ref of payloadRefsOf(this.state)) this.payload(ref)
    if (answer.alive !== undefined) this.#seen.set(answer.alive, this.now)
    this.#answerParked()
    return answer.reply
  }

  #answerParked(): void {
    const parked = this.#parked
    this.#parked = []
    for (const each of parked) {
      const reply = answerFor(this.state, each.waiting)
      if (reply === 'wait') {
        this.#parked.push(each)
        continue
      }
      this.#seen.set(each.waiting.memberId, this.now)
      each.answer(reply)
    }
  }
}
