/**
 * The groups that this process coordinates, and the way of every request to its group. Which broker that is follows from
 * the group's id and the brokers that are alive; the functions coordinate all. Two at once are safe, so this is a matter of
 * affinity: members are told to go elsewhere, never kept from harm by it.
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { groupDeletionMsMax, groupGatherMs, groupPollMsMax, groupsLoadedMax, groupViewMsMax } from '../base/limits.ts'
import { type Brokers, functionsBrokerId } from '../cluster/brokers.ts'
import { chooseBroker } from '../cluster/rendezvous.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { announcedOf } from './fence.ts'
import { GroupActor } from './group-actor.ts'
import { finishDeletion } from './group-deletion.ts'
import type { GroupEvent } from './group-events.ts'
import { groupIdProblem } from './group-ids.ts'
import type { GroupPorts, GroupTopics } from './group-ports.ts'
import type { Outcome } from './group-protocol.ts'
import { GroupRegistry } from './group-registry.ts'
import type { GroupReply, Refused } from './group-replies.ts'
import type { GroupSettings } from './group-settings.ts'
import { GroupStore } from './group-store.ts'
import { keepTime, type Patience, waitForAnswer } from './group-waiting.ts'
import type { FenceReading } from './offsets-commit.ts'
import type { PayloadRef } from './payload.ts'

export interface CoordinatorOptions {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly topics: GroupTopics
  readonly brokers: Pick<Brokers, 'self' | 'live'> & Partial<Pick<Brokers, 'leasedSinceMs'>>
  /** Asked for each event: settings may change while the process runs. */
  readonly settings: (group: string) => GroupSettings
  /** How long a write waits for what comes with it, ms; `groupGatherMs` by default. */
  readonly gatherMs?: number
  readonly report: (fault: unknown) => void
}

/** Every method throws `OutcomeUnknown` or `StoreUnavailable`, and may be called again after either. */
export class GroupCoordinator {
  readonly registry: GroupRegistry
  readonly store: GroupStore
  readonly #options: CoordinatorOptions
  readonly #ports: GroupPorts
  readonly #actors = new BoundedMap<string, GroupActor>(groupsLoadedMax)
  readonly #timed = new Set<GroupActor>()
  readonly #closing = new AbortController()

  constructor(options: CoordinatorOptions) {
    const { meta, clock, entropy, report, topics, settings } = options
    const isFunctions = options.brokers.self === functionsBrokerId
    this.#options = options
    this.registry = new GroupRegistry(options)
    this.store = new GroupStore({ meta, clock, entropy, report, registry: this.registry })
    const mark = Buffer.from(entropy.bytes(9)).toString('base64url')
    this.#ports = {
      store: this.store,
      clock,
      topics,
      settings,
      // A broker that starts again is another one: its predecessor's memory is gone.
      self: isFunctions ? 'functions' : `${options.brokers.self}-${mark}`,
      persistSeen: isFunctions,
      viewMsMax: isFunctions ? 0 : groupViewMsMax,
      gatherMs: options.gatherMs ?? groupGatherMs,
    }
  }

  /** Stops waiting and keeping time: whoever waits is answered `out-of-time`. */
  close(): void {
    this.#closing.abort()
  }

  /** `undefined`: this process may serve the group. */
  refusal(group: string): Refused | undefined {
    const message = groupIdProblem(group)
    if (message !== undefined) return { kind: 'refused', problem: 'invalid-group', message }
    return this.#coordinates(group) ? undefined : { kind: 'refused', problem: 'not-coordinator' }
  }

  /** Lets an event happen to a group, and waits for its answer as long as there is patience. */
  async request(group: string, event: GroupEvent, patience: Patience): Promise<GroupReply | 'out-of-time'> {
    const refusal = this.refusal(group)
    if (refusal !== undefined) return refusal
    const actor = this.actor(group)
    try {
      const reply = await this.send(group, event, patience.sentMs)
      if (!('wait' in reply)) return reply
      const signal = AbortSignal.any([patience.signal, this.#closing.signal])
      const ports = { clock: this.#options.clock, pollMsMax: this.#ports.viewMsMax || groupPollMsMax }
      return await waitForAnswer(actor, reply.wait, ports, { ...patience, signal })
    } finally {
      if (actor.isIdle) this.#actors.delete(group)
    }
  }

  /** Lets an event happen to a group, whoever coordinates it: the answer, or what is to be waited for. */
  async send(group: string, event: GroupEvent, sentMs?: number): Promise<Outcome['reply']> {
    const actor = this.actor(group)
    let reply = await actor.send(event, sentMs)
    if ('kind' in reply && reply.kind === 'refused' && (await this.bury(group))) reply = await actor.send(event, sentMs)
    this.#keepTime(actor)
    return reply
  }

  /** The payloads of an answer; `undefined` when the group has gone on since, and they are gone. */
  async payloads(group: string, refs: readonly PayloadRef[]) {
    const found = await this.actor(group).payloads(refs)
    return refs.every((ref) => found.has(ref)) ? found : undefined
  }

  /** The group as this process sees it: its members are this process's to hear from now on, if it has any. */
  async serve(group: string): Promise<GroupActor> {
    const actor = this.actor(group)
    await actor.view()
    if (actor.isForeign) {
      await actor.send({ kind: 'claim' })
      this.#keepTime(actor)
    }
    return actor
  }

  /** The group's actor in this process, whoever coordinates. */
  actor(group: string): GroupActor {
    const actor = this.#actors.get(group) ?? new GroupActor(group, this.#ports)
    // Set anew, it is the last to be forgotten.
    this.#actors.set(group, actor)
    return actor
  }

  /** How commits for the group are held to its fence. */
  fenceReading(group: string): FenceReading {
    const { meta, entropy } = this.#options
    const mark = () => Buffer.from(entropy.bytes(9)).toString('base64url')
    return { announced: () => announcedOf({ meta }, group), mark }
  }

  settings(group: string): GroupSettings {
    return this.#options.settings(group)
  }

  /** True when the group was dead for so long that whoever deletes it has died as well, and its deletion is finished. */
  async bury(group: string): Promise<boolean> {
    const actor = this.actor(group)
    const stored = await actor.view()
    if (stored?.state.kind !== 'dead') return false
    const { clock, meta } = this.#options
    if (clock.now() - stored.state.sinceMs < groupDeletionMsMax) return false
    await finishDeletion({ meta, clock, store: this.store, registry: this.registry }, group, stored)
    actor.forget()
    return true
  }

  /**
   * Without its lease a gateway may have stood still for long: whoever asks then has gone to another, which has put down since
   * what this request would undo.
   */
  #coordinates(group: string): boolean {
    const { brokers } = this.#options
    if (brokers.self === functionsBrokerId) return true
    if (brokers.leasedSinceMs !== undefined && brokers.leasedSinceMs() === undefined) return false
    return chooseBroker(group, brokers.live())?.id === brokers.self
  }

  /** Functions live no longer than their requests: there, who touches the group next settles what is overdue. */
  #keepTime(actor: GroupActor): void {
    if (this.#ports.persistSeen || this.#timed.has(actor)) return
    this.#timed.add(actor)
    const { group } = actor
    void keepTime(actor, this.#options, () => this.#coordinates(group), this.#closing.signal).finally(() => {
      this.#timed.delete(actor)
      if (actor.isIdle && this.#actors.get(group) === actor) this.#actors.delete(group)
    })
  }
}
