/** What a group's transitions ask for beyond state and event: payloads, and the topics that there are. */
import { inParallel } from '../base/in-parallel.ts'
import { groupCallsAtOnceMax, groupTopicsMsMax } from '../base/limits.ts'
import type { GroupPorts } from './group-ports.ts'
import type { GroupTopic, Needs, TransitionContext } from './group-protocol.ts'
import type { GroupState } from './group-state.ts'
import { noPayload, type PayloadRef, type Payloads } from './payload.ts'
import type { StoredGroup } from './state-item.ts'
import { payloadRefsOf } from './transition.ts'

const empty = new Uint8Array()

export class GroupLoader {
  readonly #group: string
  readonly #ports: GroupPorts
  #payloads: Map<PayloadRef, Uint8Array> = new Map()
  #topics = new Map<string, GroupTopic | null>()
  #allTopics: readonly GroupTopic[] | undefined
  #topicsMs = 0
  #generationOfOffsets = 0

  constructor(group: string, ports: GroupPorts) {
    this.#group = group
    this.#ports = ports
  }

  /** As the context of a transition. Topics are forgotten after `groupTopicsMsMax`. */
  loaded(): Pick<TransitionContext, 'payload' | 'topic' | 'allTopics' | 'generationOfOffsets'> {
    if (this.#ports.clock.now() - this.#topicsMs > groupTopicsMsMax) {
      this.#topics = new Map()
      this.#allTopics = undefined
    }
    return {
      payload: (ref) => (ref === noPayload ? empty : this.#payloads.get(ref)),
      topic: (name) => this.#topics.get(name),
      allTopics: () => this.#allTopics,
      generationOfOffsets: this.#generationOfOffsets,
    }
  }

  /** There is no state: a new life of the group may be about to begin. */
  async loadGeneration(): Promise<void> {
    this.#generationOfOffsets = await this.#ports.store.generationOfOffsets(this.#group)
  }

  /** What was just stored need not be read; what the new state does not name is forgotten. */
  brought(payloads: Payloads, state: GroupState): void {
    const kept = new Map<PayloadRef, Uint8Array>()
    for (const ref of payloadRefsOf(state)) {
      const bytes = payloads.get(ref) ?? this.#payloads.get(ref)
      if (bytes !== undefined) kept.set(ref, bytes)
    }
    this.#payloads = kept
  }

  /** `outdated`: the state names payloads that are gone, so there is a newer one. */
  async load(needs: Needs, stored: StoredGroup | undefined): Promise<'loaded' | 'outdated'> {
    if (needs.topics !== undefined) await this.#loadTopics(needs.topics)
    const isMissing = needs.payloads?.some((ref) => ref !== noPayload && !this.#payloads.has(ref)) === true
    if (!isMissing || stored === undefined) return 'loaded'
    const payloads = await this.#ports.store.payloads(this.#group, stored)
    if (payloads === undefined) return 'outdated'
    this.#payloads = payloads
    return 'loaded'
  }

  async #loadTopics(wanted: readonly string[] | 'all'): Promise<void> {
    const { topics, clock } = this.#ports
    this.#topicsMs = clock.now()
    if (wanted !== 'all') {
      const found = await inParallel(wanted, groupCallsAtOnceMax, (name) => topics.get(name))
      for (const [index, name] of wanted.entries()) this.#topics.set(name, found[index] ?? null)
      return
    }
    const all: GroupTopic[] = []
    for (let after: string | undefined; ; ) {
      const page = await topics.list(after === undefined ? {} : { after })
      all.push(...page.topics)
      if (page.next === undefined) break
      after = page.next
    }
    this.#allTopics = all
  }
}
