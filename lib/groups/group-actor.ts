/**
 * One group in one process. Events gather and are applied together; one guarded write at a time stores what came of them,
 * and only then is anyone answered. Whatever this process believes of the group is a hint: the guard decides, and a
 * refusal brings the state to which the same events are applied again. So two processes may coordinate one group at once
 * and differ only in whom they have heard of, which is why the writer's name stands beside the state: who finds another's
 * there puts nobody out, and claims the group with its next write, which grants every member a fresh session.
 */
import { assert } from '../base/assert.ts'
import { groupEventAgeMsMax, groupEventsPerWriteMax, groupWriteTriesMax, transitionRunsMax } from '../base/limits.ts'
import { StoreUnavailable } from '../store/errors.ts'
import { type Applied, applyEvents } from './event-batch.ts'
import type { GroupEvent } from './group-events.ts'
import { GroupLoader } from './group-loader.ts'
import type { GroupPorts } from './group-ports.ts'
import type { Outcome } from './group-protocol.ts'
import { Liveness } from './liveness.ts'
import type { PayloadRef } from './payload.ts'
import type { StoredGroup } from './state-item.ts'
import { nextDeadlineMs } from './transition.ts'

interface Queued {
  readonly event: GroupEvent
  /** When it was asked for, ms. */
  readonly beganMs: number
  readonly resolve: (reply: Outcome['reply']) => void
  readonly reject: (fault: unknown) => void
}

export class GroupActor {
  readonly group: string
  readonly #ports: GroupPorts
  readonly #loader: GroupLoader
  readonly #liveness = new Liveness()
  readonly #queue: Queued[] = []
  readonly #watchers = new Set<() => void>()
  #stored: StoredGroup | undefined
  /** When the store was last asked, or wrote for us; `undefined`: never. */
  #viewedMs: number | undefined
  #viewing: Promise<void> | undefined
  /** Looks and writes that were begun, and the one that the view comes from. */
  #began = 0
  #viewBegan = 0
  /** Grows with every write that was answered: what a read that began before it brings is old. */
  #writes = 0
  /** This process wrote the group last, and has heard its members since. */
  #isClaimed = false
  #isWriting = false

  constructor(group: string, ports: GroupPorts) {
    this.group = group
    this.#ports = ports
    this.#loader = new GroupLoader(group, ports)
  }

  /** What the group is as far as this process knows, at most `viewMsMax` old. */
  async view(): Promise<StoredGroup | undefined> {
    const { clock, viewMsMax } = this.#ports
    const ageMs = this.#viewedMs === undefined ? Number.POSITIVE_INFINITY : clock.now() - this.#viewedMs
    // A clock that was set back says nothing of how long it was.
    if (ageMs < 0 || ageMs >= viewMsMax) await this.#look()
    return this.#stored
  }

  /**
   * Applies an event and answers once what came of it is stored. An event that changes nothing, as most heartbeats do, is
   * answered from the view.
   */
  async send(event: GroupEvent, beganMs = this.#ports.clock.now()): Promise<Outcome['reply']> {
    const began = this.#began
    await this.view()
    for (let looks = 0; looks < 3 && !this.isForeign; looks++) {
      const applied = await this.#apply([event])
      const [reply] = applied.replies
      if (applied.state !== this.#stored?.state || reply === undefined) break
      // Counted, not timed: a clock that was set back makes no view younger.
      const isOld = this.#viewBegan <= began
      // Some refusals end a client for good, and what a member is given another may have by now: neither is said of a state
      // that may no longer be.
      if ((isRefusal(reply) || gives(reply)) && isOld) {
        await this.#look()
        continue
      }
      this.#heard(applied.alive)
      return reply
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ event, beganMs, resolve, reject })
      void this.#write()
    })
  }

  /** Payloads that the present state names, or has named; without those that are gone. */
  async payloads(refs: readonly PayloadRef[]): Promise<ReadonlyMap<PayloadRef, Uint8Array>> {
    if ((await this.#loader.load({ payloads: refs }, this.#stored)) === 'outdated') await this.#look()
    const { payload } = this.#loader.loaded()
    const found = new Map<PayloadRef, Uint8Array>()
    for (const ref of refs) {
      const bytes = payload(ref)
      if (bytes !== undefined) found.set(ref, bytes)
    }
    return found
  }

  /** What the state says of its members, from as long ago as the view is: for descriptions and judgements. */
  seenMs(): (memberId: string) => number {
    return this.#seenIn(this.#stored)
  }

  /** When something will happen to the group by itself, as this process sees it; `undefined`: never, or not its business. */
  nextDeadlineMs(): number | undefined {
    if (!this.#isClaimed) return undefined
    return nextDeadlineMs(this.#stored?.state, {
      settings: this.#ports.settings(this.group),
      seenMs: this.#seenIn(this.#stored),
    })
  }

  /** Whether the group has members whose sessions are in another's memory, or in one that is no more. */
  get isForeign(): boolean {
    return !this.#isClaimed && this.#hasMembers()
  }

  /** Nobody would miss this actor: all that it knows can be read again. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && !this.#isWriting && this.#watchers.size === 0 && !this.#hasMembers()
  }

  heard(memberId: string): void {
    if (this.#isClaimed) this.#heard([memberId])
  }

  /** Calls `wake` after every change of the view, until the function that is answered is called. */
  onChange(wake: () => void): () => void {
    this.#watchers.add(wake)
    return () => {
      this.#watchers.delete(wake)
    }
  }

  /** The next view is read from the store. */
  forget(): void {
    this.#viewedMs = undefined
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return
    this.#isWriting = true
    try {
      await this.#ports.clock.sleep(this.#ports.gatherMs)
      while (this.#queue.length > 0) await this.#writeBatch(this.#queue.splice(0, groupEventsPerWriteMax))
    } finally {
      this.#isWriting = false
    }
  }

  async #writeBatch(batch: readonly Queued[]): Promise<void> {
    try {
      const { replies } = await this.#settle(batch)
      for (const [index, queued] of batch.entries()) {
        const reply = replies[index]
        assert(reply !== undefined, 'an event has no reply')
        queued.resolve(reply)
      }
    } catch (fault) {
      this.forget()
      for (const queued of batch) queued.reject(fault)
    }
    this.#wake()
  }

  /**
   * Applies the events to what is there, and stores what comes of it. What was asked for too long ago is not applied to what
   * others have made of the group since: its member has asked another process by now, and gone on from that answer.
   */
  async #settle(batch: readonly Queued[]): Promise<Applied> {
    const events = batch.map((queued) => queued.event)
    for (let tries = 0; tries < groupWriteTriesMax; tries++) {
      await this.#known()
      if (batch.some(this.#isOld)) throw new StoreUnavailable(`an event of group ${this.group} that came long ago`)
      const seen = this.#stored
      const applied = await this.#apply(events)
      // The passing of time is nobody's word: who only waits takes no group over.
      const isAddressed = events.some((event) => event.kind !== 'tick')
      const claims = !this.#isClaimed && isAddressed && (applied.state?.members.length ?? 0) > 0
      if (applied.state === undefined || (applied.state === seen?.state && !claims)) {
        this.#heard(applied.alive)
        return applied
      }
      const now = this.#ports.clock.now()
      const { self, store } = this.#ports
      const isKept = seen !== undefined && !claims
      const by = isKept ? seen.by : self
      const claimedMs = isKept ? seen.claimedMs : now
      const began = ++this.#began
      const saved = await store.save(this.group, seen, {
        state: applied.state,
        payloads: applied.payloads,
        by,
        claimedMs,
      })
      this.#writes++
      if ('stored' in saved) {
        this.#loader.brought(applied.payloads, saved.stored.state)
        const isOurs = saved.stored.by === self && (this.#isClaimed || !isKept)
        this.#see(saved.stored, isOurs || this.#isShared(saved.stored), began)
        this.#heard(applied.alive)
        return applied
      }
      this.#see(saved.found, this.#isShared(saved.found), began)
    }
    throw new StoreUnavailable(`a write of group ${this.group}, which others write all the time,`)
  }

  /** A clock that was set back says nothing of how long it was. */
  readonly #isOld = ({ event, beganMs }: Queued): boolean => {
    const ageMs = this.#ports.clock.now() - beganMs
    return isMembers(event) && (ageMs < 0 || ageMs > groupEventAgeMsMax)
  }

  /** Runs the transitions, loading what they ask for, until they have all they need. */
  async #apply(events: readonly GroupEvent[]): Promise<Applied> {
    for (let runs = 0; runs < transitionRunsMax; runs++) {
      const stored = this.#stored
      if (stored === undefined && events.some(isFirst)) await this.#loader.loadGeneration()
      const now = this.#ports.clock.now()
      const { persistSeen } = this.#ports
      const settings = this.#ports.settings(this.group)
      const applied = applyEvents(stored?.state, events, {
        group: this.group,
        now,
        settings,
        persistSeen,
        ...this.#loader.loaded(),
        seenIn: (state) => this.#liveness.of(state, this.#isClaimed ? (stored?.claimedMs ?? now) : now),
      })
      if (!('needs' in applied)) return applied
      if ((await this.#loader.load(applied.needs, stored)) === 'outdated') await this.#look()
    }
    throw new StoreUnavailable(`what an event of group ${this.group} needs, which changes all the time,`)
  }

  #seenIn(stored: StoredGroup | undefined) {
    return this.#liveness.of(stored?.state, stored?.claimedMs ?? 0)
  }

  #heard(alive: readonly string[]): void {
    // Where only functions run, what this one has heard is not what the others have.
    if (this.#ports.persistSeen) return
    for (const id of alive) this.#liveness.heard(id, this.#ports.clock.now())
    this.#liveness.keep(this.#stored?.state)
  }

  #hasMembers(): boolean {
    return (this.#stored?.state.members.length ?? 0) > 0
  }

  async #known(): Promise<void> {
    if (this.#viewedMs === undefined) await this.#look()
  }

  /** Reads the state, once for all who ask at the same time. */
  #look(): Promise<void> {
    this.#viewing ??= this.#read().finally(() => {
      this.#viewing = undefined
    })
    return this.#viewing
  }

  async #read(): Promise<void> {
    const writes = this.#writes
    const began = ++this.#began
    const found = await this.#ports.store.load(this.group)
    if (writes !== this.#writes) return
    const before = this.#stored?.write
    this.#see(found, this.#isShared(found) || (this.#isClaimed && found?.write === before), began)
    if (before !== found?.write) this.#wake()
  }

  /** Functions have one name, and no memory that differs: what one has claimed all have. */
  #isShared(stored: StoredGroup | undefined): boolean {
    return this.#ports.persistSeen && stored?.by === this.#ports.self
  }

  #see(stored: StoredGroup | undefined, isClaimed: boolean, began: number): void {
    this.#stored = stored
    this.#viewBegan = began
    this.#isClaimed = isClaimed
    this.#viewedMs = this.#ports.clock.now()
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }
}

/** A member has asked for it, and asks again elsewhere when it has waited long enough. */
const isMembers = ({ kind }: GroupEvent): boolean => kind !== 'tick' && kind !== 'claim' && kind !== 'delete'

const isRefusal = (reply: Outcome['reply']): boolean =>
  'kind' in reply && reply.kind === 'refused' && reply.problem !== 'rebalance-in-progress'

/** A member takes what it is told that it has, though it may have given it up to another since. */
const gives = (reply: Outcome['reply']): boolean =>
  'kind' in reply && reply.kind === 'consumer-heartbeat' && reply.isTold

/** What may begin a group's life. */
const isFirst = ({ kind }: GroupEvent): boolean => kind === 'join' || kind === 'consumer-heartbeat'
