/**
 * What operators ask of groups, of whichever process: to see them, to set back or delete their offsets, to delete them. Only
 * a group that nobody is in may be changed: its members' offsets are theirs.
 */
import type { Clock } from '../base/clock.ts'
import { groupListMax, groupsListedMax } from '../base/limits.ts'
import type { TopicRef } from '../cluster/topic-item.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { consumerProtocolType } from './classic/classic-commit.ts'
import type { GroupCoordinator } from './coordinator.ts'
import { finishDeletion } from './group-deletion.ts'
import { type GroupView, viewOf } from './group-description.ts'
import type { GroupListing } from './group-item.ts'
import type { Refused } from './group-replies.ts'
import type { CommitAnswer, GroupOffsets } from './offsets.ts'
import type { OffsetCommit } from './offsets-commit.ts'
import { noGeneration } from './offsets-item.ts'
import { stateFromItem, stateKey } from './state-item.ts'
import { judgeCommit, subscribedTopics } from './transition.ts'

interface Ports {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly offsets: GroupOffsets
}

type TopicPartition = { readonly topic: TopicRef; readonly partition: number }

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class GroupAdministration {
  readonly #coordinator: GroupCoordinator
  readonly #ports: Ports

  constructor(coordinator: GroupCoordinator, ports: Ports) {
    this.#coordinator = coordinator
    this.#ports = ports
  }

  /** What there is to say about a group, as it is stored now; `undefined`: there is no such group. */
  async view(group: string): Promise<GroupView | undefined> {
    const { store, registry } = this.#coordinator
    if (this.#isIllegal(group)) return undefined
    const stored = await store.load(group)
    if (stored?.state.kind === 'dead') return undefined
    if (stored !== undefined) return viewOf(group, stored.state)
    return (await registry.get(group)) === undefined ? undefined : viewOf(group, undefined)
  }

  /** What there is to say about these groups, without those that are being deleted. */
  async views(listings: readonly GroupListing[]): Promise<GroupView[]> {
    const keys = listings.map(({ group }) => stateKey(group))
    const items = keys.length === 0 ? [] : await this.#ports.meta.getMany(keys, { strong: true })
    return listings.flatMap(({ group }, index) => {
      const item = items[index]
      const state = item === undefined ? undefined : stateFromItem(item).state
      return state?.kind === 'dead' ? [] : [viewOf(group, state)]
    })
  }

  /** Every group, by id, `groupsListedMax` at most. */
  async list(): Promise<GroupView[]> {
    const views: GroupView[] = []
    for (let after: string | undefined; views.length < groupsListedMax; ) {
      const options = { limit: groupListMax, ...(after === undefined ? {} : { after }) }
      const page = await this.#coordinator.registry.list(options)
      views.push(...(await this.views(page.groups)))
      if (page.next === undefined) break
      after = page.next
    }
    return views
  }

  /** Commits in nobody's name, if nobody is in the group. */
  async commit(group: string, commits: readonly OffsetCommit[]): Promise<CommitAnswer | Refused> {
    const nobody = { memberId: '', instanceId: null, generation: noGeneration }
    if (!this.#isIllegal(group)) {
      const { state, seenMs } = await this.#settled(group)
      const now = this.#ports.clock.now()
      const context = {
        purpose: 'commit',
        version: 0,
        now,
        seenMs,
        settings: this.#coordinator.settings(group),
      } as const
      const judged = judgeCommit(state, nobody, context)
      if (judged !== 'legal') return judged
    }
    return this.#ports.offsets.commit(group, commits, { fence: this.#coordinator.fenceReading(group) })
  }

  /** Deletes committed offsets; for each whether it was refused because the group's members read the topic. */
  async deleteOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<Refused | ('deleted' | 'group-subscribed-to-topic')[]> {
    const view = this.#isIllegal(group) ? undefined : await this.view(group)
    if (view === undefined) return refused('unknown-group')
    const subscribed = await this.subscribedTopics(group)
    if (subscribed === null && view.protocolType !== consumerProtocolType) return refused('group-not-empty')
    // Consumers of which it cannot be known, as before their first generation, may read any.
    const isFree = ({ topic }: TopicPartition) => subscribed !== null && !subscribed.has(topic.name)
    await this.#ports.offsets.deleteOffsets(group, partitions.filter(isFree))
    return partitions.map((each) => (isFree(each) ? 'deleted' : 'group-subscribed-to-topic'))
  }

  /** Deletes a group that nobody is in, with its offsets. */
  async delete(group: string): Promise<'deleted' | Refused> {
    const { registry, store } = this.#coordinator
    if (this.#isIllegal(group)) return refused('unknown-group')
    await this.#settled(group)
    const isKnown = (await store.load(group)) !== undefined || (await registry.get(group)) !== undefined
    if (!isKnown) return refused('unknown-group')
    const reply = await this.#coordinator.send(group, { kind: 'delete' })
    if ('kind' in reply && reply.kind === 'refused') return reply
    const dead = await store.load(group)
    if (dead?.state.kind === 'dead') {
      const { meta, clock } = this.#ports
      await finishDeletion({ meta, clock, store, registry }, group, dead)
    }
    this.#coordinator.actor(group).forget()
    return 'deleted'
  }

  /**
   * The topics that a group's members have subscribed to, whose offsets are theirs; `null`: that cannot be known, and while
   * it has members nobody else may touch any.
   */
  async subscribedTopics(group: string): Promise<ReadonlySet<string> | null> {
    const { state } = await this.#settled(group)
    const known = subscribedTopics(state, { payload: () => undefined })
    if (known === null || !('needs' in known)) return known
    const found = await this.#coordinator.actor(group).payloads(known.needs.payloads ?? [])
    const topics = subscribedTopics(state, { payload: (ref) => found.get(ref) })
    return topics === null || 'needs' in topics ? null : topics
  }

  /**
   * The group as it is stored now. Where this process is the one to do so, what is overdue is settled: members that are no
   * more, of a group that nobody has touched for long, do not hold it for ever.
   */
  async #settled(group: string) {
    const actor = this.#coordinator.actor(group)
    actor.forget()
    if (this.#coordinator.refusal(group) === undefined) {
      await this.#coordinator.serve(group)
      await this.#coordinator.send(group, { kind: 'tick' })
    }
    return { state: (await actor.view())?.state, seenMs: actor.seenMs() }
  }

  #isIllegal(group: string): boolean {
    return this.#coordinator.refusal(group)?.problem === 'invalid-group'
  }
}

const refused = (problem: Refused['problem']): Refused => ({ kind: 'refused', problem })
