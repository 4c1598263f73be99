/**
 * What the members of groups ask: to be in them (through the coordinator), and to commit. Who may commit is judged by the
 * group's state as this process sees it, and held by the fence (`fence.ts`) whatever it sees.
 */
import { type CoordinatorOptions, GroupCoordinator } from './coordinator.ts'
import { GroupAdministration } from './group-administration.ts'
import type { GroupEvent } from './group-events.ts'
import type { CommitContext, Committer } from './group-protocol.ts'
import type { GroupReply, Refused } from './group-replies.ts'
import type { Patience } from './group-waiting.ts'
import type { CommitAnswer, GroupOffsets } from './offsets.ts'
import type { OffsetCommit } from './offsets-commit.ts'
import type { PayloadRef } from './payload.ts'
import { commitGeneration, judgeCommit } from './transition.ts'

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
  /** What operators ask. */
  readonly administration: GroupAdministration
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
    this.coordinator = new GroupCoordinator(options)
    this.administration = new GroupAdministration(this.coordinator, options)
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
    const fence = this.coordinator.fenceReading(group)
    return this.#options.offsets.commit(group, commits, { generation: judged.generation, fence })
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
}
