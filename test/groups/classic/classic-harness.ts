/** A classic group without a store: events one after the other, at times that the test says. */
import type { ClassicGroup } from '../../../lib/groups/classic/classic-state.ts'
import { applyEvents } from '../../../lib/groups/event-batch.ts'
import type { GroupEvent, Join } from '../../../lib/groups/group-events.ts'
import type { CommitContext, Committer, Waiting } from '../../../lib/groups/group-protocol.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import { defaultGroupSettings, type GroupSettings } from '../../../lib/groups/group-settings.ts'
import type { GroupState } from '../../../lib/groups/group-state.ts'
import { Liveness } from '../../../lib/groups/liveness.ts'
import { answerFor, judgeCommit } from '../../../lib/groups/transition.ts'

export class ClassicHarness {
  now = 1_000_000
  state: GroupState | undefined
  readonly settings: GroupSettings
  readonly #liveness = new Liveness()
  readonly #joins = new Map<string, Join>()
  #fresh = 0

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...defaultGroupSettings, initialRebalanceDelayMs: 0, ...settings }
  }

  get group(): ClassicGroup {
    if (this.state?.kind !== 'classic') throw new Error('no classic group')
    return this.state
  }

  /** The answer, or what is waited for. */
  send(...events: GroupEvent[]): GroupReply | { readonly wait: Waiting } {
    const applied = applyEvents(this.state, events, {
      now: this.now,
      group: 'g',
      settings: this.settings,
      generationOfOffsets: 0,
      payload: () => undefined,
      topic: () => null,
      allTopics: () => [],
      seenIn: (state) => this.#liveness.of(state, 0),
      persistSeen: false,
    })
    if ('needs' in applied) throw new Error('a classic group needs nothing')
    this.state = applied.state
    for (const id of applied.alive) this.#liveness.heard(id, this.now)
    return applied.replies.at(-1) ?? { kind: 'noted' }
  }

  pass(ms: number): void {
    this.now += ms
    this.send({ kind: 'tick' })
  }

  /** Who joins, as a client of JoinGroup 3 without an id: a member at once. */
  join(more: Partial<Join> & { readonly metadata?: string } = {}): GroupReply | { readonly wait: Waiting } {
    const { metadata, ...rest } = more
    // Who joins again brings what it brought before, where the test says nothing else.
    const before = this.#joins.get(more.memberId ?? '')
    const join: Join = {
      kind: 'join',
      instanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      protocolType: 'consumer',
      requiresKnownMemberId: false,
      maySkipAssignment: false,
      ...before,
      memberId: '',
      freshMemberId: `member-${++this.#fresh}`,
      protocols:
        before === undefined || metadata !== undefined
          ? [{ name: 'range', metadata: Buffer.from(metadata ?? 'm') }]
          : before.protocols,
      ...rest,
    }
    this.#joins.set(join.memberId || join.freshMemberId, join)
    return this.send(join)
  }

  sync(memberId: string, more: Partial<Extract<GroupEvent, { kind: 'sync' }>> = {}) {
    const { generation } = this.group
    return this.send({
      kind: 'sync',
      memberId,
      instanceId: null,
      generation,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
      ...more,
    })
  }

  beat(memberId: string, generation = this.group.generation, instanceId: string | null = null) {
    return this.send({ kind: 'heartbeat', memberId, instanceId, generation })
  }

  answer(reply: GroupReply | { readonly wait: Waiting }): GroupReply | 'wait' {
    return 'wait' in reply ? answerFor(this.state, reply.wait) : reply
  }

  judge(committer: Partial<Committer>, version = 8): string {
    const all = { memberId: '', instanceId: null, generation: -1, ...committer }
    const context: CommitContext = {
      purpose: 'commit',
      version,
      now: this.now,
      settings: this.settings,
      seenMs: () => this.now,
    }
    const judged = judgeCommit(this.state, all, context)
    return judged === 'legal' ? judged : judged.problem
  }

  /** Ids of members, in the order in which they came. */
  get members(): readonly string[] {
    return this.group.members.map((member) => member.id)
  }

  /** A stable group of this many members; their ids. */
  stable(count: number, more: (index: number) => Partial<Join> = () => ({})): readonly string[] {
    for (let index = 0; index < count; index++) this.join(more(index))
    this.rejoinAll()
    this.syncAll()
    return this.members
  }

  /** Everybody joins again, with what they have. */
  rejoinAll(): void {
    for (const member of this.group.members) {
      if (this.group.phase !== 'preparing') return
      if (member.joined) continue
      this.join({ memberId: member.id, instanceId: member.instanceId })
    }
  }

  syncAll(): void {
    const { leader } = this.group
    const assignments = this.members.map((memberId) => ({ memberId, assignment: Buffer.from(`of ${memberId}`) }))
    for (const member of this.group.members) {
      this.sync(member.id, {
        instanceId: member.instanceId,
        protocolName: this.group.protocolName,
        assignments: member.id === leader ? assignments : [],
      })
    }
  }
}
