/**
 * What the members of groups ask: to be in them (through the coordinator), and to commit. Who may commit is judged by the
 * group's state as this process sees it, and held by the fence (`fence.ts`) whatever it sees.
 */
import { groupCommitPauseMs, groupCommitTriesMax } from '../base/limits.ts'
import { sweepBlobs } from './blob-sweep.ts'
import { ToldAssignments } from './consumer/told-assignments.ts'
import { type CoordinatorOptions, GroupCoordinator } from './coordinator.ts'
import { GroupAdministration } from './group-administration.ts'
import { GroupConfigStore } from './group-configs.ts'
import type { GroupEvent } from './group-events.ts'
import { agingOf, isForgettable } from './group-life.ts'
import type { CommitContext, Committer } from './group-protocol.ts'
import type { GroupProblem, GroupReply, Refused } from './group-replies.ts'
import type { GroupSettings } from './group-settings.ts'
import type { GroupState } from './group-state.ts'
import type { Patience } from './group-waiting.ts'
import type { CommitAnswer, GroupOffsets } from './offsets.ts'
import type { OffsetCommit } from './offsets-commit.ts'
import type { ExpiryPage, ExpiryStep, GroupLife } from './offsets-expiry.ts'
import type { PayloadRef } from './payload.ts'
import { commitGeneration, judgeCommit } from './transition.ts'

export interface GroupsOptions extends Omit<CoordinatorOptions, 'settings'> {
  /** Asked for each event: settings may change while the process runs. Groups may have configs of their own besides. */
  readonly settings: () => GroupSettings
  readonly offsets: GroupOffsets
}

/** Of one request that commits or reads offsets. */
export type Judging = Pick<CommitContext, 'purpose' | 'version'>

/** Of the request that commits: its version, and see `Patience`. */
export type CommitRequest = Pick<CommitContext, 'version'> & Pick<Patience, 'sentMs'>

/** See `GroupProtocol.commitGeneration`: of the very state by which the commit is legal. */
interface Legal {
  readonly generation: number
  /** Of a member that may commit all the same when others are fenced: what it is told if that does not come to an end. */
  readonly ifFenced: GroupProblem | undefined
}

const isFenced = (answer: CommitAnswer): boolean =>
  answer.outcome === 'done' && answer.partitions.some(({ outcome }) => outcome === 'stale-generation')

/** What calls a member to come again by what it speaks. */
function ifFenced(state: GroupState | undefined, { memberId }: Committer): GroupProblem | undefined {
  if (state?.kind !== 'consumer') return undefined
  const member = state.members.find(({ id }) => id === memberId)
  return member?.classic === null ? 'stale-member-epoch' : 'rebalance-in-progress'
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class Groups {
  readonly coordinator: GroupCoordinator
  /** What operators ask. */
  readonly administration: GroupAdministration
  /** What is set on single groups. */
  readonly configs: GroupConfigStore
  readonly #options: GroupsOptions
  readonly #told = new ToldAssignments()

  constructor(options: GroupsOptions) {
    this.#options = options
    this.configs = new GroupConfigStore(options)
    this.coordinator = new GroupCoordinator({ ...options, settings: (group) => this.configs.settings(group) })
    this.administration = new GroupAdministration(this.coordinator, options)
  }

  /** See `GroupCoordinator.close`. */
  close(): void {
    this.coordinator.close()
  }

  /** See `GroupCoordinator.request`. */
  request(group: string, event: GroupEvent, patience: Patience): Promise<GroupReply | 'out-of-time'> {
    if (event.kind !== 'consumer-heartbeat') return this.coordinator.request(group, event, patience)
    return this.#told.during(group, event, async () => {
      // What is set on a group takes effect with its members' heartbeats, as in Kafka.
      if (this.coordinator.refusal(group) === undefined) await this.configs.freshen(group)
      return this.coordinator.request(group, event, patience)
    })
  }

  /** See `GroupCoordinator.payloads`. */
  payloads(group: string, refs: readonly PayloadRef[]): Promise<ReadonlyMap<PayloadRef, Uint8Array> | undefined> {
    return this.coordinator.payloads(group, refs)
  }

  /**
   * One bounded step of expiry; see `expireOffsets`. Before a group is judged, what is overdue in it is settled, so that
   * members that died with all who heard them do not hold it for ever, and what crashes have left over is swept.
   */
  expire(now: number, retentionMs: number, step: ExpiryStep = {}): Promise<ExpiryPage> {
    return this.#options.offsets.expire(now, retentionMs, step, (group) => this.#lifeOf(group))
  }

  /** Commits for a member, or for nobody in particular while the group is empty. */
  async commit(
    group: string,
    committer: Committer,
    commits: readonly OffsetCommit[],
    { version, sentMs: beganMs = this.#options.clock.now() }: CommitRequest,
  ): Promise<CommitAnswer | Refused> {
    const fence = this.coordinator.fenceReading(group)
    for (let tries = 1; ; tries++) {
      const judged = await this.#judge(group, committer, { purpose: 'commit', version })
      if (!('generation' in judged)) return judged
      const { generation, ifFenced } = judged
      const answer = await this.#options.offsets.commit(group, commits, { generation, fence, beganMs })
      if (ifFenced === undefined || !isFenced(answer)) return answer
      if (tries === groupCommitTriesMax) return { kind: 'refused', problem: ifFenced }
      // Another member was put out meanwhile, which raises the number of all. One that may still commit learns it by a look.
      this.coordinator.actor(group).forget()
      await this.#options.clock.sleep(groupCommitPauseMs * tries)
    }
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
    const first = this.#judged(group, await actor.view(), { committer, judging, seenMs: actor.seenMs() })
    if ('generation' in first) {
      actor.heard(committer.memberId)
      return first
    }
    // Another may have coordinated meanwhile: nobody is refused for what no longer is.
    actor.forget()
    const stored = await actor.view()
    const judged = this.#judged(group, stored, { committer, judging, seenMs: actor.seenMs() })
    if ('generation' in judged || stored !== undefined) return judged
    // One that nobody has ever joined, and that has offsets, is there, and so it is the member that is not.
    const isThere = (await this.coordinator.registry.get(group)) !== undefined
    return isThere ? { kind: 'refused', problem: 'unknown-member' } : judged
  }

  async #lifeOf(group: string): Promise<GroupLife> {
    const { meta } = this.#options
    const { store } = this.coordinator
    if (this.coordinator.refusal(group) === undefined) {
      await this.coordinator.serve(group)
      await this.coordinator.send(group, { kind: 'tick' })
      await this.coordinator.bury(group)
      await sweepBlobs({ ...this.#options, store }, group)
    }
    const stored = await store.load(group)
    const aging = await agingOf(meta, group, stored)
    const forget = async () => {
      if (stored !== undefined && isForgettable(stored)) await store.delete(group, stored)
    }
    return { aging, forget }
  }

  #judged(
    group: string,
    stored: Awaited<ReturnType<GroupCoordinator['store']['load']>>,
    asked: { readonly committer: Committer; readonly judging: Judging; readonly seenMs: CommitContext['seenMs'] },
  ): Legal | Refused {
    const { committer, judging, seenMs } = asked
    const context = { ...judging, now: this.#options.clock.now(), seenMs, settings: this.coordinator.settings(group) }
    const judged = judgeCommit(stored?.state, committer, context)
    if (judged !== 'legal') return judged
    const generation = commitGeneration(stored?.state, committer)
    return { generation, ifFenced: ifFenced(stored?.state, committer) }
  }
}
