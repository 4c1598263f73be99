/** A consumer of the classic protocol, as its libraries behave: joins, assigns when it leads, reads, commits, beats. */
import type { Clock } from '../../../lib/base/clock.ts'
import { offset, topicId } from '../../../lib/base/ids.ts'
import type { GroupEvent } from '../../../lib/groups/group-events.ts'
import type { GroupReply, JoinReply } from '../../../lib/groups/group-replies.ts'
import type { SimProcess } from '../sim-process.ts'

const simTopic = { id: topicId('orders0000000000000000'), name: 'orders' }

/** What the whole group did: to be judged. */
export interface GroupRecord {
  readonly partitions: number
  /** Generation and partition to the member that had it. */
  readonly owners: Map<string, string>
  /** Of all assignments that any member has learned. */
  learned: number
  readonly violations: string[]
}

export const newRecord = (partitions: number): GroupRecord => ({
  partitions,
  owners: new Map(),
  learned: -1,
  violations: [],
})

export interface MemberOptions {
  readonly name: string
  readonly instanceId?: string
  readonly clock: Clock
  readonly record: GroupRecord
  /** A process that is alive, as the member finds it. */
  readonly find: () => SimProcess
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
}

const group = 'g'
const heartbeatMs = 3_000
const retryMs = 100

export class SimMember {
  readonly name: string
  id = ''
  generation = -1
  partitions: readonly number[] = []
  /** Neither dead nor gone. */
  isAlive = true
  readonly #options: MemberOptions
  readonly #gone = new AbortController()

  constructor(options: MemberOptions) {
    this.name = options.name
    this.#options = options
  }

  /** It stops, and tells nobody. */
  die(): void {
    this.isAlive = false
    this.#gone.abort()
  }

  async leave(): Promise<void> {
    const { id } = this
    const instanceId = this.#options.instanceId ?? null
    this.die()
    if (id !== '') await this.#ask({ kind: 'leave', members: [{ memberId: id, instanceId }] })
  }

  async run(): Promise<void> {
    while (this.isAlive) {
      const joined = await this.#join()
      if (joined === undefined || !(await this.#sync(joined))) continue
      await this.#consume()
    }
  }

  /** Commits everything it has; says so if it could though it must not. */
  async commit(): Promise<void> {
    const { record } = this.#options
    const { generation } = this
    const isLate = generation < record.learned
    const process = this.#options.find()
    const commits = this.partitions.map((partition) => ({ topic: simTopic, partition, offset: offset(generation) }))
    const committer = { memberId: this.id, instanceId: this.#options.instanceId ?? null, generation }
    const answer = await this.#race(process, process.groups.commit(group, committer, commits, { version: 8 }))
    if (answer === undefined || !('partitions' in answer) || !isLate) return
    const isDone = answer.partitions.some((partition) => partition.outcome === 'committed')
    if (isDone)
      record.violations.push(`${this.name} has committed in ${generation} after ${record.learned} was learned`)
  }

  async #join(): Promise<JoinReply | undefined> {
    const { instanceId = null, sessionTimeoutMs = 10_000, rebalanceTimeoutMs = 20_000 } = this.#options
    const reply = await this.#ask({
      kind: 'join',
      memberId: this.id,
      freshMemberId: `${this.name}-${Math.floor(this.#options.clock.now())}-${freshIds++}`,
      instanceId,
      clientId: this.name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolType: 'consumer',
      // Two lie in the state itself, more in items of their own.
      protocols: [{ name: 'range', metadata: Buffer.from(this.name.padEnd(400, '-')) }],
      requiresKnownMemberId: true,
      maySkipAssignment: false,
    })
    if (reply?.kind === 'join') {
      this.id = reply.memberId
      return reply
    }
    if (reply?.kind === 'refused' && reply.problem === 'member-id-required') this.id = reply.memberId ?? ''
    else await this.#refused(reply)
    return undefined
  }

  async #sync(joined: JoinReply): Promise<boolean> {
    const { record } = this.#options
    const shares = joined.members.map(({ memberId }, index) => ({
      memberId,
      assignment: Buffer.from(
        JSON.stringify(range(record.partitions).filter((partition) => partition % joined.members.length === index)),
      ),
    }))
    const reply = await this.#ask({
      kind: 'sync',
      memberId: this.id,
      instanceId: this.#options.instanceId ?? null,
      generation: joined.generation,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: shares,
    })
    if (reply?.kind !== 'sync') {
      await this.#refused(reply)
      return false
    }
    const process = this.#options.find()
    const found = await this.#race(process, process.groups.payloads(group, [reply.assignment]))
    const bytes = found?.get(reply.assignment)
    if (bytes === undefined) return false
    this.#learn(joined.generation, JSON.parse(Buffer.from(bytes).toString() || '[]'))
    return true
  }

  #learn(generation: number, partitions: readonly number[]): void {
    const { record } = this.#options
    this.generation = generation
    this.partitions = partitions
    record.learned = Math.max(record.learned, generation)
    for (const partition of partitions) {
      const place = `${generation}/${partition}`
      const owner = record.owners.get(place) ?? this.id
      if (owner !== this.id) record.violations.push(`${place} is of ${owner} and of ${this.id}`)
      record.owners.set(place, owner)
    }
  }

  async #consume(): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(heartbeatMs, this.#gone.signal)
      if (!this.isAlive) return
      await this.commit()
      const { generation } = this
      const instanceId = this.#options.instanceId ?? null
      const reply = await this.#ask({ kind: 'heartbeat', memberId: this.id, instanceId, generation })
      if (reply?.kind === 'heartbeat') continue
      await this.#refused(reply)
      if (reply !== undefined) return
    }
  }

  async #refused(reply: GroupReply | undefined): Promise<void> {
    const problem = reply?.kind === 'refused' ? reply.problem : 'no answer'
    if (problem === 'unknown-member') this.id = ''
    if (problem === 'fenced-instance') return this.die()
    if (problem === 'rebalance-in-progress' || problem === 'illegal-generation') return
    await this.#options.clock.sleep(retryMs, this.#gone.signal)
  }

  async #ask(event: GroupEvent): Promise<GroupReply | undefined> {
    const process = this.#options.find()
    const patience = { waitMsMax: 25_000, signal: this.#gone.signal }
    const reply = await this.#race(process, process.groups.request(group, event, patience))
    if (reply === 'out-of-time') return { kind: 'refused', problem: 'rebalance-in-progress' }
    return reply
  }

  /** `undefined`: the process died, or its store did. */
  async #race<T>(process: SimProcess, work: Promise<T>): Promise<T | undefined> {
    const answer = await Promise.race([work.catch(() => undefined), process.death])
    return answer === 'died' ? undefined : (answer as T | undefined)
  }
}

let freshIds = 0

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
