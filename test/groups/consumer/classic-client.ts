/**
 * A consumer of the classic protocol as the clients behave, eager or cooperative. It joins with what it owns (nothing, if
 * eager), assigns if it is the leader, takes what a sync gives it, and joins again when its heartbeats say so. What it
 * loses it gives up before it says anything else; whoever is told that its generation is over gives up everything.
 */
import type { TopicId } from '../../../lib/base/ids.ts'
import { identified } from '../../../lib/groups/consumer/classic-payloads.ts'
import { difference, noPartitions, type Partitions } from '../../../lib/groups/consumer/topic-partitions.ts'
import type { GroupReply, JoinReply } from '../../../lib/groups/group-replies.ts'
import {
  consumerProtocolVersionMax,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../lib/wire/consumer-protocol.ts'
import type { GroupWorld } from './group-world.ts'

type Mode = 'eager' | 'cooperative'

const protocolOf = { eager: 'range', cooperative: 'cooperative-sticky' } as const

/** What answers it; a group whose answers take time says `waits`, and answers later. */
type Group = Pick<GroupWorld, 'send' | 'payload' | 'freshId' | 'topics'>

export class ClassicClient {
  readonly world: Group
  readonly mode: Mode
  readonly instanceId: string | null
  id = ''
  topics: readonly string[]
  generation = -1
  owned: Partitions = noPartitions
  isAlive = true
  /** Times that it was told to give up everything. */
  losses = 0
  /** What it has asked and was not answered yet. */
  #awaits: 'nothing' | 'join' | 'sync' = 'nothing'
  #mustJoin = true

  constructor(world: Group, mode: Mode, topics: readonly string[], instanceId: string | null = null) {
    this.world = world
    this.mode = mode
    this.topics = topics
    this.instanceId = instanceId
  }

  get isSettled(): boolean {
    return this.#awaits === 'nothing' && !this.#mustJoin
  }

  /** One turn of its loop: a heartbeat, or a join if one is due. */
  turn(): void {
    if (!this.isAlive || this.#awaits === 'join') return
    if (!this.#mustJoin) this.#beat()
    if (this.#mustJoin && this.#awaits !== 'sync') this.#join()
  }

  die(): void {
    this.isAlive = false
    this.owned = noPartitions
  }

  leave(): void {
    if (!this.isAlive) return
    this.die()
    if (this.id !== '')
      this.world.send({ kind: 'leave', members: [{ memberId: this.id, instanceId: this.instanceId }] })
  }

  #beat(): void {
    const { id: memberId, instanceId, generation } = this
    const beat = { kind: 'heartbeat', memberId, instanceId, generation } as const
    const reply = this.world.send(beat, (later) => this.#beaten(later))
    if (reply !== 'waits') this.#beaten(reply)
  }

  #beaten(reply: GroupReply): void {
    if (!this.isAlive || reply.kind === 'heartbeat') return
    if (reply.kind === 'refused' && reply.problem === 'rebalance-in-progress') this.#mustJoin = true
    else this.#fail(reply)
  }

  #join(): void {
    if (this.mode === 'eager') this.owned = noPartitions
    this.#mustJoin = false
    this.#awaits = 'join'
    const metadata = encodeSubscription(consumerProtocolVersionMax, {
      topics: [...this.topics],
      ownedPartitions: this.#named(this.owned),
      generationId: this.generation,
    })
    const reply = this.world.send(
      {
        kind: 'join',
        memberId: this.id,
        freshMemberId: this.world.freshId(),
        instanceId: this.instanceId,
        clientId: 'classic',
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: 45_000,
        rebalanceTimeoutMs: 60_000,
        protocolType: 'consumer',
        protocols: [{ name: protocolOf[this.mode], metadata }],
        requiresKnownMemberId: true,
        maySkipAssignment: true,
      },
      (later) => this.#joined(later),
    )
    if (reply !== 'waits') this.#joined(reply)
  }

  #joined(reply: GroupReply): void {
    this.#awaits = 'nothing'
    if (!this.isAlive) return
    if (reply.kind === 'refused' && reply.problem === 'member-id-required') {
      this.id = reply.memberId ?? ''
      this.#join()
    } else if (reply.kind === 'refused' && reply.problem === 'rebalance-in-progress') {
      this.#mustJoin = true
    } else if (reply.kind === 'join') {
      this.id = reply.memberId
      this.generation = reply.generation
      this.#sync(reply)
    } else {
      this.#fail(reply)
    }
  }

  #sync(joined: JoinReply): void {
    const { id: memberId, instanceId, generation } = this
    this.#awaits = 'sync'
    const leads = joined.leader === memberId && !joined.skipAssignment
    const reply = this.world.send(
      {
        kind: 'sync',
        memberId,
        instanceId,
        generation,
        protocolType: 'consumer',
        protocolName: joined.protocolName,
        assignments: leads ? this.#assign(joined) : [],
      },
      (later) => this.#synced(later),
    )
    if (reply !== 'waits') this.#synced(reply)
  }

  #synced(reply: GroupReply): void {
    this.#awaits = 'nothing'
    if (!this.isAlive) return
    if (reply.kind === 'refused' && reply.problem === 'rebalance-in-progress') this.#mustJoin = true
    else if (reply.kind === 'sync') this.#take(this.world.payload(reply.assignment))
    else this.#fail(reply)
  }

  #take(bytes: Uint8Array): void {
    const named = bytes.length === 0 ? [] : decodeAssignment(Buffer.from(bytes)).message.assignedPartitions
    const assigned = identified(named, this.#ids())
    // A cooperative member gives up first, then takes, and says so by another join.
    this.#mustJoin = this.mode === 'cooperative' && difference(this.owned, assigned).length > 0
    this.owned = assigned
  }

  /** Told that it is out, or that its generation is over: what it had is lost. */
  #fail(reply: GroupReply): void {
    this.losses++
    this.owned = noPartitions
    this.#mustJoin = true
    this.generation = -1
    if (reply.kind === 'refused' && reply.problem === 'unknown-member') this.id = ''
  }

  /** A leader's assignor: round and round; what another still owns waits for the next round if all are cooperative. */
  #assign(joined: JoinReply) {
    const members = joined.members.map(({ memberId, metadata }) => {
      const { topics, ownedPartitions } = decodeSubscription(Buffer.from(this.world.payload(metadata))).message
      return { memberId, topics, owned: ownedPartitions ?? [], given: new Map<string, number[]>() }
    })
    let turn = 0
    for (const { name, partitions } of this.world.topics()) {
      const takers = members.filter(({ topics }) => topics.includes(name))
      for (let partition = 0; partition < partitions && takers.length > 0; partition++) {
        const taker = takers[turn++ % takers.length]
        const owner = members.find(({ owned }) =>
          owned.some((each) => each.topic === name && each.partitions.includes(partition)),
        )
        if (taker === undefined || (owner !== undefined && owner !== taker)) continue
        taker.given.set(name, [...(taker.given.get(name) ?? []), partition])
      }
    }
    return members.map(({ memberId, given }) => ({
      memberId,
      assignment: encodeAssignment(consumerProtocolVersionMax, {
        assignedPartitions: [...given].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    }))
  }

  #ids(): ReadonlyMap<string, TopicId> {
    return new Map(this.world.topics().map(({ name, id }) => [name, id]))
  }

  #named(partitions: Partitions) {
    const names = new Map(this.world.topics().map(({ name, id }) => [id, name]))
    return partitions.flatMap(({ topicId, partitions: numbers }) => {
      const topic = names.get(topicId)
      return topic === undefined ? [] : [{ topic, partitions: [...numbers] }]
    })
  }
}
