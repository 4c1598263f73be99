/**
 * A consumer of the consumer protocol as the clients behave: it sends all of a heartbeat when it joins and after a lost
 * answer, gives up what is no longer assigned before it takes what is new, and when it is fenced it gives up everything and
 * joins again. `revokes: 'slowly'`: a revocation takes until it is told to end.
 */
import type { TopicId } from '../../../lib/base/ids.ts'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import {
  difference,
  intersection,
  noPartitions,
  type Partitions,
  samePartitions,
} from '../../../lib/groups/consumer/topic-partitions.ts'
import type { GroupReply } from '../../../lib/groups/group-replies.ts'
import type { GroupWorld } from './group-world.ts'

export class ModernClient {
  readonly world: Pick<GroupWorld, 'beat' | 'freshId'>
  readonly instanceId: string | null
  id: string
  topics: readonly string[]
  epoch = 0
  /** What it is reading: the truth. */
  owned: Partitions = noPartitions
  isAlive = true
  isFenced = false
  revokes: 'at once' | 'slowly' = 'at once'
  #assigned: Partitions = noPartitions
  #saidOwned: Partitions | undefined
  #saidTopics: readonly string[] | undefined
  #saying: { readonly owned: Partitions; readonly topics: readonly string[] } = { owned: noPartitions, topics: [] }

  constructor(
    world: Pick<GroupWorld, 'beat' | 'freshId'>,
    topics: readonly string[],
    instanceId: string | null = null,
  ) {
    this.world = world
    this.topics = topics
    this.instanceId = instanceId
    this.id = world.freshId()
  }

  /** @param answer What becomes of the answer. */
  heartbeat(answer: 'arrives' | 'is lost' = 'arrives'): void {
    if (!this.isAlive) return
    const reply = this.world.beat(this.next())
    this.hear(answer === 'is lost' ? answer : reply)
  }

  /** Its next heartbeat, to be followed by `hear`. */
  next(): Partial<ConsumerHeartbeat> & { readonly memberId: string } {
    this.#reconcile()
    const isFull = this.epoch === 0 || this.#saidOwned === undefined
    const isOwnedSaid = !isFull && samePartitions(this.owned, this.#saidOwned ?? noPartitions)
    this.#saying = { owned: this.owned, topics: this.topics }
    return {
      memberId: this.id,
      memberEpoch: this.epoch,
      instanceId: this.instanceId,
      rebalanceTimeoutMs: isFull ? 30_000 : -1,
      subscribedTopicNames: isFull || this.topics !== this.#saidTopics ? this.topics : null,
      topicPartitions: isOwnedSaid ? null : this.owned,
    }
  }

  hear(reply: GroupReply | 'is lost'): void {
    this.#saidOwned = reply === 'is lost' ? undefined : this.#saying.owned
    if (reply === 'is lost') return
    this.#saidTopics = this.#saying.topics
    this.#heard(reply)
    this.#reconcile()
  }

  /** The process dies: nobody is told. */
  die(): void {
    this.isAlive = false
    this.owned = noPartitions
  }

  leave(epoch: -1 | -2 = -1): void {
    if (!this.isAlive) return
    this.owned = noPartitions
    this.isAlive = false
    if (this.epoch > 0) this.world.beat({ memberId: this.id, memberEpoch: epoch, instanceId: this.instanceId })
  }

  /** The process starts again, under a new id. */
  restart(): void {
    this.isAlive = true
    this.id = this.world.freshId()
    this.#forget()
  }

  #heard(reply: GroupReply): void {
    if (reply.kind === 'consumer-heartbeat') {
      this.epoch = reply.memberEpoch
      if (reply.isTold) this.#assigned = reply.assignment
      return
    }
    if (reply.kind !== 'refused') return
    // Fenced, or thrown out, or refused while its place is taken: it begins anew.
    this.#forget()
  }

  #reconcile(): void {
    if (this.revokes === 'slowly' && difference(this.owned, this.#assigned).length > 0) return
    this.owned = intersection(this.owned, this.#assigned)
    this.owned = this.#assigned
  }

  #forget(): void {
    this.epoch = 0
    this.owned = noPartitions
    this.#assigned = noPartitions
    this.#saidOwned = undefined
    this.#saidTopics = undefined
  }
}

/** `topic/partition` of each, for messages. */
export const named = (all: Partitions): string[] =>
  all.flatMap(({ topicId, partitions }: { topicId: TopicId; partitions: readonly number[] }) =>
    partitions.map((partition) => `${topicId}/${partition}`),
  )
