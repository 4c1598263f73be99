/**
 * Everything that is asked of groups: what their members ask (through the coordinator), their offsets, and what operators
 * ask. Who may commit is judged by the group's state as this process sees it, and held by the fence (`fence.ts`) whatever
 * it sees.
 */
import { groupListMax, groupsListedMax } from '../base/limits.ts'
import { type CoordinatorOptions, GroupCoordinator } from './coordinator.ts'
import { isUnannounced } from './fence.ts'
import { finishDeletion } from './group-deletion.ts'
import { type GroupView, viewOf } from './group-description.ts'
import type { GroupEvent } from './group-events.ts'
import type { CommitContext, Committer } from './group-protocol.ts'
import type { GroupReply, Refused } from './group-replies.ts'
import type { Patience } from './group-waiting.ts'
import type { CommitAnswer, GroupOffsets, OffsetCommit } from './offsets.ts'
import type { PayloadRef } from './payload.ts'
import { stateFromItem, stateKey } from './state-item.ts'
import { commitGeneration, judgeCommit, subscribedTopics } from './transition.ts'

export interface GroupsOptions extends CoordinatorOptions {
  readonly offsets: GroupOffsets
}

/** Of one request that commits or reads offsets. */
export type Judging = Pick<CommitContext, 'purpose' | 'version'>

/** See `GroupProtocol.commitGeneration`: of the very state by which the commit is legal. */
interface Legal {
  readonly generation: number
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class Groups {
  readonly coordinator: GroupCoordinator
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
    this.coordinator = new GroupCoordinator(options)
  }

  /** See `GroupCoordinator.close`. */
  close(): void {
    this.coordinator.close()
  }

  /** See `GroupCoordinator.request`. */
  request(group: string, event: GroupEvent, patience: Patience): Promise<GroupReply | 'out-of-time'> {
    return this.coordinator.request(group, event, patience)
  }

  /** See `GroupCoordinator.payloads`. */
  payloads(group: string, refs: readonly PayloadRef[]): Promise<ReadonlyMap<PayloadRef, Uint8Array> | undefined> {
    return this.coordinator.payloads(group, refs)
  }

  /** Commits for a member, or for nobody in particular while the group is empty. */
  async commit(
    group: string,
    committer: Committer,
    commits: readonly OffsetCommit[],
    version: number,
  ): Promise<CommitAnswer | Refused> {
    const judged = await this.#judge(group, committer, { purpose: 'commit', version })
    if (!('generation' in judged)) return judged
    const { generation } = judged
    if (generation < 0) return this.#options.offsets.commit(group, commits)
    const { meta } = this.#options
    return this.#options.offsets.commit(group, commits, {
      generation,
      isUnannounced: () => isUnannounced({ meta }, group, generation),
    })
  }

  /** Whether a member may commit, or read with its epoch. It counts as heard of. */
  async judge(group: string, committer: Committer, judging: Judging): Promise<'legal' | Refused> {
    const judged = await this.#judge(group, committer, judging)
    return 'generation' in judged ? 'legal' : judged
  }

  async #judge(group: string, committer: Committer, judging: Judging): Promise<Legal | Refused> {
    const refusal = this.coordinator.refusal(group)
    if (refusal !== undefined) return refusal
    const actor = committer.memberId === '' ? this.coordinator.actor(group) : await this.coordinator.serve(group)
    const first = this.#judged(await actor.view(), committer, judging, actor.seenMs())
    if ('generation' in first) {
      actor.heard(committer.memberId)
      return first
    }
    // Another may have coordinated meanwhile: nobody is refused for what no longer is.
    actor.forget()
    return this.#judged(await actor.view(), committer, judging, actor.seenMs())
  }

  #judged(
    stored: Awaited<ReturnType<GroupCoordinator['store']['load']>>,
    committer: Committer,
    judging: Judging,
    seenMs: CommitContext['seenMs'],
  ): Legal | Refused {
    const context = { ...judging, now: this.#options.clock.now(), seenMs, settings: this.coordinator.settings() }
    const judged = judgeCommit(stored?.state, committer, context)
    return judged === 'legal' ? { generation: commitGeneration(stored?.state, committer) } : judged
  }

  /** What there is to say about a group, as it is stored now; `undefined`: there is no such group. */
  async view(group: string): Promise<GroupView | undefined> {
    const stored = await this.coordinator.store.load(group)
    if (stored !== undefined && stored.state.kind !== 'dead') return viewOf(group, stored.state)
    const listing = await this.coordinator.registry.get(group)
    return listing === undefined || stored !== undefined ? undefined : viewOf(group, undefined)
  }

  /**
   * Settles what is overdue in a group that nobody may have touched for long: members that are no more cannot hold it. For
   * operators' requests that depend on who is there.
   */
  async settle(group: string): Promise<void> {
    if (this.coordinator.refusal(group) !== undefined) return
    const actor = await this.coordinator.serve(group)
    await actor.send({ kind: 'tick' })
  }

  /** Every group, by id, `groupsListedMax` at most. */
  async list(): Promise<GroupView[]> {
    const views: GroupView[] = []
    for (let after: string | undefined; views.length < groupsListedMax; ) {
      const page = await this.coordinator.registry.list({
        limit: groupListMax,
        ...(after === undefined ? {} : { after }),
      })
      const keys = page.groups.map(({ group }) => stateKey(group))
      const items = keys.length === 0 ? [] : await this.#options.meta.getMany(keys, { strong: true })
      for (const [index, { group }] of page.groups.entries()) {
        const item = items[index]
        const state = item === undefined ? undefined : stateFromItem(item).state
        if (state?.kind !== 'dead') views.push(viewOf(group, state))
      }
      if (page.next === undefined) break
      after = page.next
    }
    return views
  }

  /** Deletes a group that nobody is in, with its offsets. */
  async delete(group: string, patience: Patience): Promise<'deleted' | Refused> {
    const { registry, store } = this.coordinator
    const refusal = this.coordinator.refusal(group)
    if (refusal !== undefined) return refusal
    await this.settle(group)
    const isKnown = (await store.load(group)) !== undefined || (await registry.get(group)) !== undefined
    if (!isKnown) return { kind: 'refused', problem: 'unknown-group' }
    const reply = await this.coordinator.request(group, { kind: 'delete' }, patience)
    if (reply === 'out-of-time') return { kind: 'refused', problem: 'coordinator-not-available' }
    if (reply.kind === 'refused') return reply
    const dead = await store.load(group)
    if (dead?.state.kind === 'dead') {
      const { meta, clock } = this.#options
      await finishDeletion({ meta, clock, store, registry }, group, dead)
    }
    this.coordinator.actor(group).forget()
    return 'deleted'
  }

  /**
   * The topics that a group's members have subscribed to, whose offsets are theirs; `null`: that cannot be known, and while
   * it has members nobody else may touch any.
   */
  async subscribedTopics(group: string): Promise<ReadonlySet<string> | null> {
    const actor = this.coordinator.actor(group)
    actor.forget()
    const stored = await actor.view()
    const none = subscribedTopics(stored?.state, { payload: () => undefined })
    if (none === null || !('needs' in none)) return none
    const found = await actor.payloads(none.needs.payloads ?? [])
    const topics = subscribedTopics(stored?.state, { payload: (ref) => found.get(ref) })
    return topics === null || 'needs' in topics ? null : topics
  }
}
